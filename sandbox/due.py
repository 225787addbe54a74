"""What the clock brings about: sessions expire, banks answer, funds become available.

Each change happens at its own moment and in the order of the moments, however far the clock was
moved at once; a change may plan the next one (a payout its arrival), which then has its turn.
"""

from __future__ import annotations

import sqlite3

from sandbox.changes import CHANGES
from sandbox.events import WrongEvent
from sandbox.idempotency import forget_old_keys
from sandbox.running import Sandbox
from sandbox.scope import Scope
from sandbox.violations import keep_violations

MOST_AT_ONCE = 500
RANKS = {change: rank for rank, change in enumerate(CHANGES)}


def bring_about(sandbox: Sandbox) -> int:
    """Do what is due by now, a few hundred changes at most; returns how many there were."""
    done = 0
    while done < MOST_AT_ONCE and (moment := earliest_moment(sandbox)) is not None:
        if moment > sandbox.clock.now():
            break
        for row in _due_at(sandbox, moment):
            done += _bring_about_one(sandbox, row)
    if done:
        sandbox.record.copy_to_file()
        sandbox.something_is_due.set()
    return done


def earliest_moment(sandbox: Sandbox) -> float | None:
    """Return when the next change is due; None if nothing waits."""
    return sandbox.store.rows("SELECT min(at) AS at FROM due")[0]["at"]


def prune(sandbox: Sandbox) -> None:
    """Forget the idempotency keys that are too old."""
    with sandbox.store.transaction():
        forget_old_keys(sandbox, at=sandbox.clock.now())


def _due_at(sandbox: Sandbox, moment: float) -> list[sqlite3.Row]:
    """Return the changes of one moment, in the order in which `CHANGES` names them."""
    rows = sandbox.store.rows(
        "SELECT * FROM due WHERE at = ? ORDER BY resource LIMIT ?", moment, MOST_AT_ONCE
    )
    return sorted(rows, key=lambda row: RANKS[row["change"]])


def _bring_about_one(sandbox: Sandbox, row: sqlite3.Row) -> int:
    """Do one change at its moment; 0 if an earlier one of the same moment took it back."""
    scope = Scope(sandbox, row["account"], int(row["at"]))
    try:
        with sandbox.store.transaction():
            if not scope.not_later(row["change"], row["resource"]):
                return 0
            CHANGES[row["change"]](scope, row["resource"])
    except WrongEvent as wrong:
        keep_violations(sandbox, where=f"the clock, {row['change']}", sentences=[str(wrong)])
        raise
    return 1
