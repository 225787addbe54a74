"""Faults that a tester plants in the answers: once, or so many in a thousand with a seed.

Each has a name: what goes wrong, and whether it goes wrong before or after the effect.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

KINDS = {
    "drop_before": "the connection ends without an answer, nothing has happened",
    "drop_after": "the connection ends without an answer, the effect has happened",
    "error_before": "500, nothing has happened, a retry with the same key works",
    "error_after": "500 although the effect has happened, and the key replays that 500",
    "rate_limit": "429 with Retry-After, nothing has happened",
    "delay_before": "waits, then has its effect and answers",
    "delay_after": "has its effect, waits, then answers",
}


class WrongFault(ValueError):
    """A fault that does not exist, or makes no sense."""


@dataclass
class PlannedFault:
    """A fault for the next calls that fit."""

    kind: str
    count: int = 1
    verb: str = ""
    path: str = ""
    seconds: float = 1.0
    retry_after: int = 1

    def fits(self, verb: str, path: str) -> bool:
        """Whether a call to `path` is meant."""
        return (not self.verb or self.verb == verb) and path.startswith(self.path)


class Faults:
    """The faults that are planned, and how often chance brings one."""

    def __init__(self) -> None:
        """Start with none."""
        self.planned: list[PlannedFault] = []
        self.per_mille: dict[str, int] = {}
        self.seed = 0
        self.seconds = 1.0
        self.counts: dict[str, int] = {}
        self._chance = random.Random(0)  # noqa: S311 - a test must be able to repeat it

    def plan(self, wanted: dict[str, Any]) -> PlannedFault:
        """Plan a fault for the next calls; raises WrongFault."""
        try:
            fault = PlannedFault(**{**wanted, "verb": str(wanted.get("verb", "")).lower()})
        except TypeError as error:
            raise WrongFault(
                "A fault takes kind, count, verb, path, seconds, retry_after."
            ) from error
        if fault.kind not in KINDS:
            raise WrongFault(f"There is no fault “{fault.kind}”. There are: {', '.join(KINDS)}.")
        self.planned.append(fault)
        return fault

    def set_rates(self, *, seed: int, per_mille: dict[str, int], seconds: float) -> None:
        """Let chance bring faults, so many in a thousand calls; raises WrongFault."""
        wrong = [kind for kind in per_mille if kind not in KINDS]
        if wrong or sum(per_mille.values()) > 1000:
            raise WrongFault(f"Rates are per mille, at most 1000 in all, by: {', '.join(KINDS)}.")
        self.seed, self.per_mille, self.seconds = seed, dict(per_mille), seconds
        self._chance = random.Random(seed)  # noqa: S311

    def clear(self) -> None:
        """Plan nothing more and leave nothing to chance."""
        self.planned, self.per_mille = [], {}

    def next_for(self, verb: str, path: str) -> PlannedFault | None:
        """Return the fault that this call meets, and count it."""
        fault = self._planned_for(verb, path) or self._by_chance()
        if fault:
            self.counts[fault.kind] = self.counts.get(fault.kind, 0) + 1
        return fault

    def _planned_for(self, verb: str, path: str) -> PlannedFault | None:
        for fault in self.planned:
            if fault.fits(verb, path):
                fault.count -= 1
                if fault.count <= 0:
                    self.planned.remove(fault)
                return fault
        return None

    def _by_chance(self) -> PlannedFault | None:
        if not self.per_mille:
            return None
        drawn = self._chance.randrange(1000)
        for kind, share in self.per_mille.items():
            if drawn < share:
                return PlannedFault(kind, seconds=self.seconds)
            drawn -= share
        return None
