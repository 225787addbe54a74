"""A program that does one act and dies at a named point of it, as by kill -9.

The test's own process is forked: the child has all modules loaded and a connection of its own, does
the act, and is gone with `os._exit(137)` in the middle of whatever it was doing. Its job is still
in the queue, its transaction was never committed, its call to Stripe may have had its effect.
"""

import json
import os
import re

from django.db import connection, connections
from procrastinate.contrib.django import app

from backend.common import crashpoints
from backend.payments.gateways import stripe

FINISHED, BROKEN = 0, 1
NEXT = "SELECT id, task_name, args::text FROM procrastinate_jobs WHERE status = 'todo'"
PASSED = re.compile(r"^passed (\w+)$", re.MULTILINE)


def work():
    """Do the queue's jobs, each marked only after it was done: who dies leaves it to the next."""
    while row := one_row(f"{NEXT} ORDER BY id LIMIT 1"):
        number, name, arguments = row
        app.tasks[name](**json.loads(arguments))
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE procrastinate_jobs SET status = 'succeeded' WHERE id = %s", [number]
            )


def one_row(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()


def die(act, *, at):
    """Do `act` in a child that dies when it passes its `at`-th point (from 0); None: at none.

    Returns how the child ended, and the points it passed in their order.
    """
    connections.close_all()
    stripe._client.cache_clear()
    readable, writable = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(readable)
        _live(act, at, writable)
    os.close(writable)
    with os.fdopen(readable) as pipe:
        words = pipe.read()
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert ended != BROKEN, words
    return ended, PASSED.findall(words)


def _live(act, at, writable):
    """Be the child: never return."""
    passed = []

    def point(name):
        passed.append(name)
        os.write(writable, f"passed {name}\n".encode())
        return len(passed) - 1 == at

    try:
        crashpoints._armed = Armed(point)
        act()
    except BaseException as problem:  # told to the parent, which fails
        os.write(writable, f"{type(problem).__name__}: {problem}".encode())
        os._exit(BROKEN)
    os._exit(FINISHED)


class Armed:
    """Stands where the names of armed points stand: armed is whatever comes at its turn."""

    def __init__(self, point):
        self.point = point

    def __contains__(self, name):
        return self.point(name)
