"""Questions about the last comparison and the invariants."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from backend.money import Money
from backend.reconciliation.models import Comparison, Difference, InvariantLook


@dataclass(frozen=True, slots=True)
class Unexplained:
    """A difference as the public may see it: how much and since when, not about whom."""

    kind: str
    amount: Money
    since: datetime
    age: timedelta


@dataclass(frozen=True, slots=True)
class InvariantShown:
    """An invariant by its name, with how many rows were looked at and how many break it."""

    name: str
    looked_at: int
    broken: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Status:
    """What is known of the books; `comparison` is None before the first comparison.

    `unexplained` begins with the oldest.
    """

    comparison: Comparison | None
    unexplained: tuple[Unexplained, ...]
    invariants: tuple[InvariantShown, ...]

    @property
    def is_even(self) -> bool:
        """Whether the last comparison was whole and found nothing, and every invariant holds."""
        return (
            self.comparison is not None
            and not self.comparison.silent_accounts
            and not self.unexplained
            and not any(look.broken for look in self.invariants)
        )


def status(*, at: datetime) -> Status:
    """Return what the last comparison and the last look at the invariants found."""
    last = last_comparison()
    found = last.differences.order_by("at", "id") if last else Difference.objects.none()
    return Status(
        comparison=last,
        unexplained=tuple(Unexplained(row.kind, row.amount, row.at, at - row.at) for row in found),
        invariants=tuple(
            InvariantShown(look.name, look.looked_at, look.broken, look.at)
            for look in InvariantLook.objects.order_by("name")
        ),
    )


def last_comparison() -> Comparison | None:
    """Return the newest comparison, if there was one."""
    return Comparison.objects.order_by("-compared_at", "-id").first()
