"""Keep everything in one SQLite file, so that a restart loses nothing.

There is one connection and one thread: a call to Stripe's interface runs from its first read to its
commit without another in between, which is what makes it safe under concurrency.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sandbox.errors import missing

Resource = dict[str, Any]
SCHEMA = Path(__file__).with_name("schema.sql")


class Store:
    """The sandbox's database."""

    def __init__(self, path: Path) -> None:
        """Open the database at `path`, making it if there is none."""
        self.path = path
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.row_factory = sqlite3.Row
        self.run("PRAGMA journal_mode=WAL")
        self.run("PRAGMA synchronous=NORMAL")
        self.run("PRAGMA busy_timeout=5000")
        self._connection.executescript(SCHEMA.read_text(encoding="utf-8"))

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def run(self, sql: str, *values: Any) -> sqlite3.Cursor:
        """Run one statement."""
        return self._connection.execute(sql, values)

    def rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        """Return all rows of a query."""
        return self._connection.execute(sql, values).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Keep all that happens inside, or nothing of it."""
        if self._connection.in_transaction:
            yield
            return
        self.run("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.run("ROLLBACK")
            raise
        self.run("COMMIT")

    def setting(self, name: str, otherwise: Any) -> Any:
        """Return the kept setting `name`."""
        rows = self.rows("SELECT value FROM setting WHERE name = ?", name)
        return json.loads(rows[0]["value"]) if rows else otherwise

    def keep_setting(self, name: str, value: Any) -> None:
        """Keep the setting `name`."""
        self.run("INSERT OR REPLACE INTO setting VALUES (?, ?)", name, json.dumps(value))

    def add(self, resource: Resource, *, account: str, private: Resource | None = None) -> None:
        """Keep a new resource of `account`."""
        self.run(
            "INSERT INTO resource (id, kind, account, created, body, private) VALUES (?,?,?,?,?,?)",
            resource["id"],
            resource["object"],
            account,
            resource.get("created", 0),
            json.dumps(resource),
            json.dumps(private or {}),
        )

    def find(self, kind: str, resource_id: str, *, account: str, param: str = "id") -> Resource:
        """Return a resource of `account`; raises Refusal (resource_missing)."""
        rows = self.rows(
            "SELECT body FROM resource WHERE id = ? AND kind = ? AND account = ?",
            resource_id,
            kind,
            account,
        )
        if not rows:
            raise missing(kind.replace(".", " ").replace("_", " "), resource_id, param=param)
        return json.loads(rows[0]["body"])

    def private(self, resource_id: str) -> Resource:
        """Return what only the sandbox knows of a resource."""
        rows = self.rows("SELECT private FROM resource WHERE id = ?", resource_id)
        return json.loads(rows[0]["private"]) if rows else {}

    def owner_of(self, kind: str, resource_id: str) -> str:
        """Return the account that a resource belongs to; raises Refusal (resource_missing)."""
        rows = self.rows(
            "SELECT account FROM resource WHERE id = ? AND kind = ?", resource_id, kind
        )
        if not rows:
            raise missing(kind, resource_id)
        return str(rows[0]["account"])

    def save(self, resource: Resource) -> None:
        """Keep the changed resource."""
        self.run("UPDATE resource SET body = ? WHERE id = ?", json.dumps(resource), resource["id"])

    def save_private(self, resource_id: str, private: Resource) -> None:
        """Keep what only the sandbox knows of a resource."""
        self.run("UPDATE resource SET private = ? WHERE id = ?", json.dumps(private), resource_id)

    def remove(self, resource_id: str) -> None:
        """Forget a resource."""
        self.run("DELETE FROM resource WHERE id = ?", resource_id)

    def where(self, kind: str, *, account: str, **fields: Any) -> list[Resource]:
        """Return the resources whose top-level fields have these values, the oldest first."""
        tests = ["kind = ?", "account = ?", *(f"json_extract(body, '$.{f}') = ?" for f in fields)]
        rows = self.rows(
            f"SELECT body FROM resource WHERE {' AND '.join(tests)}"  # noqa: S608 - constants of the code
            " ORDER BY sequence",
            kind,
            account,
            *fields.values(),
        )
        return [json.loads(row["body"]) for row in rows]
