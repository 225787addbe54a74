"""The running sandbox: everything that a call needs, opened once."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from sandbox.behaviour import load_behaviour
from sandbox.checking.answers import AnswerCheck
from sandbox.checking.requests import RequestCheck
from sandbox.clock import Clock
from sandbox.description.document import load_document
from sandbox.faults import Faults
from sandbox.ids import new_id
from sandbox.pace import Pace
from sandbox.record import Record
from sandbox.store import Store


@dataclass(frozen=True)
class Options:
    """How the program was started."""

    folder: Path
    port: int = 8420
    host: str = "127.0.0.1"
    public_url: str = "http://localhost:8420"
    strict: bool = False
    description_folder: Path | None = None


class Sandbox:
    """One sandbox with its folder, its clock and its settings."""

    def __init__(self, options: Options, built: Collection[tuple[str, str]]) -> None:
        """Open the folder, read the description of the routes in `built`."""
        self.options = options
        options.folder.mkdir(parents=True, exist_ok=True)
        self.document = load_document(
            folder=options.description_folder or options.folder, built=built
        )
        schemas = self.document["components"]["schemas"]
        self.requests = RequestCheck(schemas)
        self.answers = AnswerCheck(self.document)
        self.faults = Faults()
        self.pace = Pace()
        self.busy_keys: set[tuple[str, str]] = set()
        self.something_is_due = asyncio.Event()
        self._open()

    def _open(self) -> None:
        self.store = Store(self.options.folder / "sandbox.sqlite3")
        self.clock = Clock(self.store)
        self.behaviour = load_behaviour(self.store)
        self.record = Record(self.store, self.options.folder / "record.jsonl")
        self.platform = self.store.setting("platform_account", "")
        if not self.platform:
            self.platform = new_id("acct")
            with self.store.transaction():
                self.store.keep_setting("platform_account", self.platform)

    @property
    def api_version(self) -> str:
        """The version of Stripe's interface that this sandbox speaks."""
        return str(self.document["info"]["version"])

    def forget_everything(self) -> None:
        """Begin anew with an empty store; for tests only."""
        self.store.close()
        self.record.forget()
        for path in self.options.folder.glob("sandbox.sqlite3*"):
            path.unlink()
        self.faults = Faults()
        self.pace = Pace()
        self.busy_keys.clear()
        self._open()

    def close(self) -> None:
        """Close the store."""
        self.store.close()
