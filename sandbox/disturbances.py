"""What a tester does to deliveries: lose, double, hold back, mix, and sign them wrongly."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, fields
from typing import Any

SHUFFLED_WITHIN_SECONDS = 1.5
MEANINGS = {
    "drop_all": "true: nothing is delivered any more",
    "drop_next": "so many of the next deliveries are lost",
    "drop_per_mille": "so many in a thousand are lost, by chance",
    "duplicate": "true: everything is delivered twice",
    "duplicate_per_mille": "so many in a thousand are delivered twice, by chance",
    "shuffle": "true: deliveries overtake each other",
    "delay_seconds": "how long each delivery is held back",
    "bad_signature_next": "so many of the next are signed with a wrong secret",
    "old_timestamp_next": "so many of the next bear a time that is too old",
    "seed": "begins chance anew, so that a test can repeat it",
}


class WrongDisturbance(ValueError):
    """A disturbance that does not exist, or a value of the wrong kind."""


@dataclass
class Disturbances:
    """What a tester does to deliveries; counts are for the next so many."""

    drop_all: bool = False
    drop_next: int = 0
    drop_per_mille: int = 0
    duplicate: bool = False
    duplicate_per_mille: int = 0
    shuffle: bool = False
    delay_seconds: float = 0.0
    bad_signature_next: int = 0
    old_timestamp_next: int = 0
    seed: int = 0
    chance: random.Random = field(default_factory=lambda: random.Random(0), repr=False)  # noqa: S311

    def __post_init__(self) -> None:
        """Count from nothing what becomes of deliveries."""
        self.met: dict[str, int] = {}

    def change(self, wanted: dict[str, Any]) -> None:
        """Change some of it; raises WrongDisturbance and then changes nothing."""
        kinds = {f.name: type(getattr(self, f.name)) for f in fields(self) if f.name != "chance"}
        for name, value in wanted.items():
            fits = name in kinds and (
                type(value) is kinds[name] or (kinds[name] is float and type(value) is int)
            )
            if not fits or value < 0:
                raise WrongDisturbance(
                    f"Deliveries take: {', '.join(kinds)}; not {name}={value!r}."
                )
        for name, value in wanted.items():
            setattr(self, name, value)
        if "seed" in wanted:
            self.chance = random.Random(self.seed)  # noqa: S311 - a test must be able to repeat it

    def shown(self) -> dict[str, Any]:
        """Return the present disturbances."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name != "chance"}

    def take(self, name: str) -> bool:
        """Use up one of a counted disturbance; False if none is left."""
        left = getattr(self, name)
        if left > 0:
            setattr(self, name, left - 1)
        return bool(left > 0)

    def drops(self) -> bool:
        """Whether the present delivery is lost."""
        return self._counted(
            "lost",
            self.drop_all
            or self.take("drop_next")
            or self.chance.randrange(1000) < self.drop_per_mille,
        )

    def times(self) -> int:
        """How often the present delivery is sent."""
        twice = self.duplicate or self.chance.randrange(1000) < self.duplicate_per_mille
        return 2 if self._counted("doubled", twice) else 1

    def pause_seconds(self) -> float:
        """How long the present delivery is held back."""
        shuffled = self.chance.random() * SHUFFLED_WITHIN_SECONDS if self.shuffle else 0.0
        return self.delay_seconds + shuffled

    def _counted(self, what: str, happens: bool) -> bool:  # noqa: FBT001  it is passed on
        """Count how often it happened, and return whether it does now."""
        self.met[what] = self.met.get(what, 0) + happens
        return happens
