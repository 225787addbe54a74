"""What a run of the bench stands on: one PostgreSQL with two databases, kept in var/bench.

`bench_small` is the demo as it is. `bench_large` is a copy of it, filled up by population.sql.
Both are made once and kept until a migration, the demo or the population changes; remove
var/bench (or `make clean`) to have them made again.
"""

import hashlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import Connection, sql

from backend.config.embedded import EmbeddedPostgres
from backend.config.plan import ROOT

PROJECTS, PLEDGES = 100_000, 1_000_000
SMALL, LARGE = "bench_small", "bench_large"
POPULATION = Path(__file__).with_name("population.sql")
# Filled faster without their indexes, which are made again at the end.
FILLED = ("projects_project", "pledges_pledge", "ledger_transaction")
Say = Callable[[str], None]


class PopulationFailed(RuntimeError):
    """The database could not be filled; the text says at what."""


@contextmanager
def postgres(folder: Path, environment: Mapping[str, str], say: Say) -> Iterator[dict[str, str]]:
    """Give the addresses of both databases, by name, on a server that ends afterwards."""
    mark = folder / "populated"
    signature = _signature()
    if not mark.exists() or mark.read_text() != signature:
        mark.unlink(missing_ok=True)
        # Not durable while it is filled, which saves minutes; durable when it is measured.
        with EmbeddedPostgres(folder / "postgres", durable=False) as server:
            _make_small(server.url, environment, say)
            _make_large(server.url, say)
        mark.write_text(signature)
    with EmbeddedPostgres(folder / "postgres") as server:
        yield {name: _named(server.url, name) for name in (SMALL, LARGE)}


def _signature() -> str:
    """Return a text that changes when the contents of the databases would."""
    files = [
        POPULATION,
        *sorted(ROOT.glob("backend/*/migrations/*.py")),
        *sorted(path for path in ROOT.glob("backend/demo/**/*.*") if path.suffix != ".pyc"),
    ]
    digest = hashlib.sha256(f"{PROJECTS} {PLEDGES}".encode())
    for path in files:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _make_small(url: str, environment: Mapping[str, str], say: Say) -> None:
    say("Loading the demo …")
    with psycopg.connect(url, autocommit=True) as connection:
        for name in (LARGE, SMALL):
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())
        connection.execute(f"CREATE DATABASE {SMALL}".encode())
    subprocess.run(
        [sys.executable, "-m", "backend.config.prepare"],
        cwd=ROOT,
        env={**environment, "DATABASE_URL": _named(url, SMALL)},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    with psycopg.connect(_named(url, SMALL), autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def _make_large(url: str, say: Say) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {LARGE} TEMPLATE {SMALL}".encode())
    with psycopg.connect(_named(url, LARGE), autocommit=True) as connection:
        # The triggers would check each of a million lines; the rows are made to be right.
        connection.execute("SET session_replication_role = replica")
        connection.execute("SET work_mem = '256MB'")
        connection.execute("SET maintenance_work_mem = '256MB'")
        again = _drop_indexes(connection)
        for name, statements in _steps(connection):
            began = time.monotonic()
            for statement in statements:
                connection.execute(statement)
            say(f"Filling the large database: {name}, {time.monotonic() - began:.0f} s")
        for statement in again:
            connection.execute(statement)
        connection.execute("VACUUM ANALYZE")
        _require_full(connection)


def _steps(connection: Connection) -> Iterator[tuple[str, list[bytes]]]:
    """Yield the steps of population.sql with their statements, the numbers filled in."""
    (projects,) = _one(connection, "SELECT count(*) FROM projects_project")
    (pledges,) = _one(connection, "SELECT count(*) FROM pledges_pledge")
    numbers = {":projects": PROJECTS - projects, ":pledges": PLEDGES - pledges}
    text = re.sub(
        r"(?<!:):(projects|pledges)\b",
        lambda found: str(numbers[found[0]]),
        POPULATION.read_text(),
    )
    for step in text.split("-- step: ")[1:]:
        name, body = step.split("\n", 1)
        yield name, [part.encode() for part in body.split(";\n") if part.strip()]


def _drop_indexes(connection: Connection) -> list[bytes]:
    """Drop all but the primary keys of the tables to be filled; return what makes them again."""
    again: list[bytes] = []
    for table in FILLED:
        rows = connection.execute(
            "SELECT index.indexrelid::regclass::text, pg_get_indexdef(index.indexrelid),"
            " rule.conname, pg_get_constraintdef(rule.oid) FROM pg_index index"
            " LEFT JOIN pg_constraint rule"
            "   ON rule.conindid = index.indexrelid AND rule.contype = 'u'"
            " WHERE indrelid = %s::regclass AND NOT indisprimary",
            [table],
        ).fetchall()
        for index, definition, rule, rule_definition in rows:
            if rule is None:
                connection.execute(sql.SQL("DROP INDEX {}").format(sql.SQL(index)))
                again.append(definition.encode())
            else:
                connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {rule}".encode())
                again.append(
                    f"ALTER TABLE {table} ADD CONSTRAINT {rule} {rule_definition}".encode()
                )
    return again


def _require_full(connection: Connection) -> None:
    """Raise PopulationFailed unless rows, totals and book agree."""
    wanted = {
        "SELECT count(*) FROM projects_project": PROJECTS,
        "SELECT count(*) FROM pledges_pledge": PLEDGES,
        "SELECT count(*) FROM projects_project project JOIN ("
        " SELECT project_id, sum(gift_minor + cover_minor) AS gross, count(*) AS number"
        " FROM pledges_pledge WHERE state = 'settled' GROUP BY project_id) pledged"
        " ON pledged.project_id = project.id"
        " WHERE raised_minor <> gross OR supporters <> number": 0,
        "SELECT sum(debit_minor) - sum(credit_minor) FROM ledger_entry": 0,
        "SELECT (SELECT sum(raised_minor) FROM projects_project) - sum(credit_minor)"
        " FROM ledger_entry entry JOIN ledger_account account ON account.id = entry.account_id"
        " WHERE code LIKE 'project:%%:gifts'": 0,
    }
    for question, right in wanted.items():
        (found,) = _one(connection, question)
        # A thousandth more or less makes no difference; sums must be right to the cent.
        if abs(found - right) > right // 1000:
            raise PopulationFailed(f"{question} gives {found} instead of {right}")


def _one(connection: Connection, question: str) -> tuple[int, ...]:
    row = connection.execute(question.replace("%%", "%").encode()).fetchone()
    return tuple(row) if row else ()


def _named(url: str, database: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


def child_environment() -> dict[str, str]:
    """Return the demo's environment, without what of the caller's would change what is measured."""
    foreign = ("TWINFUND_", "STRIPE_", "DATABASE_URL", "DJANGO_", "SITE_", "PORT", "SANDBOX_PORT")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return {
        **kept,
        "DJANGO_SETTINGS_MODULE": "backend.config.settings",
        "TWINFUND_MODE": "demo",
    }
