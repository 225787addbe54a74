"""What one look at the desk sees: the sandbox at one moment, and how its forms are signed."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from sandbox.deliveries import Deliveries
from sandbox.desk.tables import Cell, code
from sandbox.running import Sandbox
from sandbox.store import Resource


@dataclass
class Sight:
    """The sandbox as one page of the desk shows it."""

    sandbox: Sandbox
    deliveries: Deliveries
    token: str
    back: str
    at: int
    names: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Read how the connected accounts are called."""
        for row in self.sandbox.store.rows(
            "SELECT id, private FROM resource WHERE kind = 'account'"
        ):
            standing = json.loads(row["private"]).get("standing") or {}
            name = standing.get("display_name") or standing.get("registered_name")
            if name:
                self.names[row["id"]] = name

    @property
    def form(self) -> dict[str, str]:
        """Return what every form of the page carries."""
        return {"token": self.token, "back": self.back}

    def name_of(self, account: str) -> Cell:
        """Return how an account is called."""
        if account == self.sandbox.platform:
            return "Platform"
        return self.names.get(account) or code(account)

    def latest(self, kind: str, most: int) -> list[tuple[str, Resource]]:
        """Return the latest resources of a kind with their accounts, the newest first."""
        rows = self.sandbox.store.rows(
            "SELECT account, body FROM resource WHERE kind = ? ORDER BY sequence DESC LIMIT ?",
            kind,
            most,
        )
        return [(row["account"], json.loads(row["body"])) for row in rows]

    def count(self, kind: str) -> int:
        """Return how many resources of a kind there are."""
        rows = self.sandbox.store.rows("SELECT count(*) AS n FROM resource WHERE kind = ?", kind)
        return int(rows[0]["n"])
