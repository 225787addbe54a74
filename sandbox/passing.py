"""Let time pass: everything that falls due happens in its order, and deliveries if it is wished.

Moved in one step, the clock is at its end before the first delivery is tried; the retries that lie
in between are then lost in one. Moved with deliveries it stops at each of their moments, so that
three days of retries take place as they would.
"""

from __future__ import annotations

import time

from sandbox.deliveries import Deliveries
from sandbox.due import bring_about, earliest_moment, prune
from sandbox.running import Sandbox

MOST_STOPS = 1_000
LONGEST_WAIT_SECONDS = 20.0


def pass_time(sandbox: Sandbox, *, seconds: float) -> int:
    """Move the clock forward at once; returns how many changes that brought."""
    sandbox.clock.advance(seconds=seconds)
    changes = 0
    while step := bring_about(sandbox):
        changes += step
    prune(sandbox)
    sandbox.something_is_due.set()
    return changes


async def pass_time_with_deliveries(
    sandbox: Sandbox, deliveries: Deliveries, *, seconds: float
) -> tuple[int, bool]:
    """Move the clock from one moment at which something happens to the next.

    Returns how many changes that brought, and whether the end was reached: an endpoint that does
    not answer, or too many retries, stop it on the way.
    """
    end, deadline = sandbox.clock.now() + seconds, time.monotonic() + LONGEST_WAIT_SECONDS
    changes = 0
    for _ in range(MOST_STOPS):
        changes += pass_time(sandbox, seconds=0)
        await deliveries.finish_due(deadline=deadline)
        if time.monotonic() >= deadline:
            return changes, False
        stops = [earliest_moment(sandbox), deliveries.next_moment()]
        now = sandbox.clock.now()
        stop = min([end, *(moment for moment in stops if moment is not None)])
        if stop <= now < end:
            continue
        sandbox.clock.advance(seconds=max(0.0, stop - now))
        if stop >= end:
            changes += pass_time(sandbox, seconds=0)
            await deliveries.finish_due(deadline=deadline)
            return changes, True
    return changes, False
