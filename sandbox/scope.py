"""Where a call, a page or the clock acts: on one account, at one moment.

Everything that changes a resource goes through a Scope, so that nothing of another account can be
seen, and each change is told as an event.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import Any

from sandbox.events import announce
from sandbox.running import Sandbox
from sandbox.store import Resource


@dataclass
class Scope:
    """One account at one moment (`at`, in whole seconds since 1970)."""

    sandbox: Sandbox
    account: str
    at: int
    request_id: str | None = None
    idempotency_key: str | None = None

    def add(self, resource: Resource, /, **private: Any) -> Resource:
        """Keep a new resource, with what only the sandbox knows of it."""
        self.sandbox.store.add(resource, account=self.account, private=private)
        return resource

    def find(self, kind: str, resource_id: str, *, param: str = "id") -> Resource:
        """Return a resource of this account; raises Refusal (resource_missing)."""
        return self.sandbox.store.find(kind, resource_id, account=self.account, param=param)

    def where(self, kind: str, **fields: Any) -> list[Resource]:
        """Return this account's resources with these values, the oldest first."""
        return self.sandbox.store.where(kind, account=self.account, **fields)

    def save(self, resource: Resource) -> Resource:
        """Keep the changed resource."""
        self.sandbox.store.save(resource)
        return resource

    def private(self, resource_id: str) -> Resource:
        """Return what only the sandbox knows of a resource."""
        return self.sandbox.store.private(resource_id)

    def note(self, resource_id: str, /, **private: Any) -> None:
        """Add to what only the sandbox knows of a resource."""
        known = self.sandbox.store.private(resource_id)
        self.sandbox.store.save_private(resource_id, {**known, **private})

    def announce(self, name: str, resource: Resource, /, **previous: Any) -> None:
        """Tell that something happened to `resource`; `previous` holds the changed values."""
        announce(
            sandbox=self.sandbox,
            name=name,
            carried=copy.deepcopy(resource),
            previous=previous,
            account=self.account,
            at=self.at,
            request={"id": self.request_id, "idempotency_key": self.idempotency_key},
        )

    def later(self, change: str, resource_id: str, *, at: float) -> None:
        """Let the clock bring about `change` at the moment `at`."""
        self.sandbox.store.run(
            "INSERT OR REPLACE INTO due VALUES (?, ?, ?, ?)", change, resource_id, self.account, at
        )

    def not_later(self, change: str, resource_id: str) -> bool:
        """Take back what `later` planned; returns whether there was anything."""
        taken = self.sandbox.store.run(
            "DELETE FROM due WHERE change = ? AND resource = ?", change, resource_id
        )
        return taken.rowcount > 0

    def record(self, kind: str, *, currency: str, amount: int, **more: Any) -> None:
        """Write into the sandbox's own record what happened to money."""
        self.sandbox.record.add(
            kind, account=self.account, at=self.at, currency=currency, amount=amount, **more
        )


@dataclass
class Call(Scope):
    """A scope with the checked parameters of a call to Stripe's interface."""

    params: dict[str, Any] = field(default_factory=dict)
    ids: list[str] = field(default_factory=list)
    path: str = ""

    @property
    def id(self) -> str:
        """The id in the path: that of the resource which the call is about."""
        return self.ids[0]
