"""Counts what one request asks of others: SQL statements, and connections to anywhere.

With the header `X-Bench-Count` the answer says both in `X-Bench-Queries` and `X-Bench-Calls`. A
program of ours that speaks to PostgreSQL does so inside its driver, so each connection that Python
itself opens is a call to somebody else.
"""

import sys
from collections.abc import Callable, Iterable
from typing import Any

from django.db import connection

Program = Callable[[dict[str, Any], Any], Iterable[bytes]]


class Counted:
    """What was seen since the last reset. One request at a time: the servers have one thread."""

    queries = 0
    calls = 0


def watch(event: str, arguments: tuple[Any, ...]) -> None:
    """Count connections (an audit hook of Python's)."""
    if event == "socket.connect":
        Counted.calls += 1


def count_query(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    """Count one statement (a wrapper of Django's)."""
    Counted.queries += 1
    return execute(sql, params, many, context)


def counting(program: Program) -> Program:
    """Return `program`, which counts when it is asked to."""
    sys.addaudithook(watch)

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if "HTTP_X_BENCH_COUNT" not in environ:
            return program(environ, start_response)

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            counted = [
                ("X-Bench-Queries", str(Counted.queries)),
                ("X-Bench-Calls", str(Counted.calls)),
            ]
            return start_response(status, headers + counted, *rest)

        Counted.queries = Counted.calls = 0
        with connection.execute_wrapper(count_query):
            return program(environ, start)

    return answer
