"""How fast the sandbox was asked: calls in each second, at each endpoint and in all.

Stripe takes so many calls a second and then answers 429. The sandbox answers all, and tells
afterwards how many there were, so that a test can hold whoever asks to Stripe's limits.
Source: https://docs.stripe.com/rate-limits
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

# Ids have a kind before their random part, pi_3x or cs_test_a1; the names of resources are words.
ID = re.compile(r"/(?=[^/]*[0-9A-Z])[a-z]+_[A-Za-z0-9_]+(?=/|$)")
SECONDS_KEPT = 3600


class Pace:
    """The calls of the last hour, second by second, by the computer's own clock."""

    def __init__(self) -> None:
        """Start with none."""
        self._seconds: dict[int, Counter[str]] = {}

    def note(self, verb: str, path: str, *, at: float) -> None:
        """Count a call."""
        second = int(at)
        if second not in self._seconds:
            self._seconds[second] = Counter()
            while len(self._seconds) > SECONDS_KEPT:
                del self._seconds[min(self._seconds)]
        self._seconds[second][f"{verb} {ID.sub('/{id}', path)}"] += 1

    def busiest(self, *, since: int) -> dict[str, Any]:
        """Return the most calls in one second since then: in all, and at each endpoint."""
        in_all, at_endpoint = 0, Counter[str]()
        for second, calls in self._seconds.items():
            if second >= since:
                in_all = max(in_all, calls.total())
                at_endpoint |= calls
        return {"in_all": in_all, "at_endpoint": dict(at_endpoint)}
