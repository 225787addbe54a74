"""Carry out what a button or a control does: one transaction, in which a decline is kept."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.errors import Refusal
from sandbox.events import WrongEvent
from sandbox.running import Sandbox
from sandbox.store import Resource
from sandbox.violations import keep_violations


def carried_out(sandbox: Sandbox, act: Callable[[], Resource]) -> Refusal | None:
    """Carry out `act` and return the refusal, if any.

    A declined card is a refusal whose effects stay (the failed charge, its events); any other
    refusal undoes what `act` had begun.
    """
    try:
        with sandbox.store.transaction():
            try:
                act()
            except Refusal as refusal:
                if not refusal.keeps_effects:
                    raise
                return refusal
    except Refusal as refusal:
        return refusal
    except WrongEvent as wrong:
        keep_violations(sandbox, where="a button or a control", sentences=[str(wrong)])
        raise
    finally:
        sandbox.record.copy_to_file()
        sandbox.something_is_due.set()
    return None
