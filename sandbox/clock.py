"""The sandbox's own time: the computer's, moved forward by whoever tests.

It can only go forward. Everything that waits (sessions that expire, slow payments, retries of
deliveries) waits on this clock, so a test sees five days pass in one call.
"""

from __future__ import annotations

import time

from sandbox.store import Store


class Clock:
    """Seconds since 1970 with an offset that survives a restart."""

    def __init__(self, store: Store) -> None:
        """Read the offset kept in `store`."""
        self._store = store
        self._offset_seconds = float(store.setting("clock_offset_seconds", 0))

    @property
    def offset_seconds(self) -> float:
        """How far this clock is ahead of the computer's."""
        return self._offset_seconds

    def now(self) -> float:
        """Return the sandbox's time in seconds since 1970."""
        return time.time() + self._offset_seconds

    def advance(self, *, seconds: float) -> None:
        """Move the clock forward; raises ValueError for a step back."""
        if seconds < 0:
            raise ValueError("The sandbox's clock only goes forward.")
        self._offset_seconds += seconds
        with self._store.transaction():
            self._store.keep_setting("clock_offset_seconds", self._offset_seconds)

    def reset(self) -> None:
        """Go back to the computer's time; for tests, together with an emptied store."""
        self._offset_seconds = 0.0
