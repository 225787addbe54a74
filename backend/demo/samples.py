"""The sample projects of projects.toml, each an archetype between two real cities.

Nothing here knows the database: a sample is what stands in the file, and what follows from it.
"""

import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from backend.demo.archetypes import Archetype, archetypes
from backend.money import Money, split_by_weight

PROJECTS_FILE = Path(__file__).parent / "projects.toml"
# Goals are multiples of a hundred, so that lines and milestones come out in tens.
ROUND_MINOR = 1000


@dataclass(frozen=True, slots=True)
class SampleCity:
    """A city by the name, country and point under which the list of twin towns has it."""

    name: str
    country: str
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample project. Days count from the day of loading; `goal` is in whole units."""

    archetype: Archetype
    variant: int
    home: SampleCity
    twin: SampleCity
    currency: str
    goal: int
    quantity: int
    state: str
    funded_percent: int
    opens_in_days: int
    closes_in_days: int
    local: dict[str, str]
    outcome: dict[str, str] = field(default_factory=dict)
    reason: dict[str, str] = field(default_factory=dict)
    campaign: str = "flexible"

    @property
    def goal_money(self) -> Money:
        """What all budget lines cost together; the currency has hundredths."""
        return Money(self.goal * 100, self.currency)

    @property
    def lines(self) -> list[Money]:
        """What each budget line costs."""
        return _rounded_split(self.goal_money, self.archetype.shares)

    @property
    def steps(self) -> list[Money]:
        """What each milestone costs."""
        return _rounded_split(self.goal_money, self.archetype.steps)

    @property
    def minimum_money(self) -> Money:
        """What the required budget lines cost together."""
        needed = zip(self.lines, self.archetype.required, strict=True)
        return Money(sum(line.minor for line, is_required in needed if is_required), self.currency)


def _rounded_split(goal: Money, weights: tuple[int, ...]) -> list[Money]:
    tens = split_by_weight(Money(goal.minor // ROUND_MINOR, goal.currency), weights)
    return [Money(part.minor * ROUND_MINOR, part.currency) for part in tens]


@cache
def samples() -> tuple[Sample, ...]:
    """Return the sample projects in the order of the file."""
    return tuple(_sample(row) for row in tomllib.loads(PROJECTS_FILE.read_text())["project"])


def _sample(row: dict[str, Any]) -> Sample:
    return Sample(
        archetype=archetypes()[row.pop("archetype")],
        home=SampleCity(**row.pop("home")),
        twin=SampleCity(**row.pop("twin")),
        **row,
    )
