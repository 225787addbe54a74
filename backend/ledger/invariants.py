"""The named invariants: what must be true at any moment, each a function that looks.

A higher app registers its own in its `invariants.py`, which its AppConfig.ready imports. The
names are those of docs/reliability; `manage.py check_ledger` runs all of them.
"""

import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field

from django.db import Error, connection, transaction
from django.db.models import Count, F, Q, Sum

from backend.ledger.models import Entry, Transaction
from backend.ledger.queries import verify_all_chains

# Every trigger of migration 0002. Without one of them the book is only a table.
GUARDS = frozenset(
    {
        ("ledger_account", "ledger_never_changed"),
        ("ledger_transaction", "ledger_never_changed"),
        ("ledger_entry", "ledger_never_changed"),
        ("ledger_chain", "ledger_never_removed"),
        ("ledger_chain", "ledger_begins_empty"),
        ("ledger_chain", "ledger_moves_forward"),
        ("ledger_transaction", "ledger_linked_to_the_line_before"),
        ("ledger_transaction", "ledger_balances_at_commit"),
        ("ledger_entry", "ledger_no_entry_too_many"),
    }
)
_UNIQUE_KEYS = frozenset({"transaction_once", "transaction_place_in_chain", "entry_place_in_line"})


class UnknownInvariant(LookupError):
    """No app has registered an invariant of this name."""


@dataclass(frozen=True, slots=True)
class Finding:
    """How many rows were looked at, and the ids of those for which the rule does not hold."""

    looked_at: int
    broken: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A finding under its invariant's name, and how long the look took."""

    name: str
    finding: Finding
    seconds: float

    @property
    def holds(self) -> bool:
        """Whether nothing is broken."""
        return not self.finding.broken


Invariant = Callable[[], Finding]
_invariants: dict[str, Invariant] = {}


def invariant(name: str) -> Callable[[Invariant], Invariant]:
    """Make the decorated function the check of the invariant `name`, which only one can be."""

    def register(function: Invariant) -> Invariant:
        if name in _invariants:
            raise ValueError(f"{name} is already checked by {_invariants[name].__qualname__}")
        _invariants[name] = function
        return function

    return register


def check_invariants(names: Collection[str] = ()) -> Iterator[Outcome]:
    """Look at the invariants named, or at all, and yield what each look found.

    Raises UnknownInvariant before the first look.
    """
    unknown = sorted(set(names) - set(_invariants))
    if unknown:
        raise UnknownInvariant(f"{', '.join(unknown)}; there are {', '.join(sorted(_invariants))}")
    return (_outcome(name) for name in names or sorted(_invariants))


def _outcome(name: str) -> Outcome:
    began = time.monotonic()
    finding = _invariants[name]()
    return Outcome(name, finding, time.monotonic() - began)


@invariant("I-zero")
def transactions_balance() -> Finding:
    """Every transaction has the entries it announced and sums to zero in each currency."""
    uneven = (
        Entry.objects.values("transaction_id", "currency")
        .annotate(debited=Sum("debit_minor"), credited=Sum("credit_minor"))
        .exclude(debited=F("credited"))
        .values_list("transaction_id", flat=True)
    )
    short = (
        Transaction.objects.annotate(number=Count("entries"))
        .exclude(number=F("entry_count"))
        .values_list("id", flat=True)
    )
    return Finding(Transaction.objects.count(), _named({*uneven, *short}))


@invariant("I-once")
def facts_are_unique() -> Finding:
    """One transaction per (kind, reference), and the database still enforces it."""
    doubled = (
        Transaction.objects.values("kind", "reference")
        .annotate(number=Count("id"))
        .filter(number__gt=1)
    )
    broken = [f"{row['kind']} {row['reference']}" for row in doubled]
    return Finding(Transaction.objects.count(), broken + _missing_keys())


@invariant("I-immut")
def book_cannot_be_changed() -> Finding:
    """Every guard is there and enabled, and an attempt at each table is refused."""
    attempts = [
        f"{act} {table}"
        for table in ("ledger_account", "ledger_transaction", "ledger_entry")
        for act in ("UPDATE", "DELETE")
        if not _is_refused(act, table)
    ]
    return Finding(len(GUARDS), [*missing_guards(), *attempts])


@invariant("I-chain")
def chains_hold() -> Finding:
    """Every chain verifies from its first line to its head."""
    lines, broken = 0, []
    for check in verify_all_chains():
        lines += check.lines
        if not check.holds:
            broken.append(str(check))
    return Finding(lines, broken)


def missing_guards() -> list[str]:
    """Return the triggers that are not there or are switched off, as `table trigger`."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text, tgname FROM pg_trigger"
            " WHERE NOT tgisinternal AND tgenabled IN ('O', 'A') AND tgname LIKE 'ledger%%'"
        )
        standing = set(cursor.fetchall())
    return sorted(f"{table} {trigger}" for table, trigger in GUARDS - standing)


def _missing_keys() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE contype = 'u' AND conname = ANY(%s)",
            [sorted(_UNIQUE_KEYS)],
        )
        standing = {name for (name,) in cursor.fetchall()}
    return sorted(_UNIQUE_KEYS - standing)


def _is_refused(act: str, table: str) -> bool:
    """Try to change no row at all: the guard stands before the statement, not before the row."""
    attempt = {
        "UPDATE": f"UPDATE {table} SET id = id WHERE false",  # noqa: S608  # our own names
        "DELETE": f"DELETE FROM {table} WHERE false",  # noqa: S608  # our own names
    }[act]
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(attempt)
    except Error:
        return True
    return False


def _named(ids: Collection[int]) -> list[str]:
    rows = Transaction.objects.filter(Q(id__in=ids)).order_by("id")
    return [f"{kind} {reference}" for kind, reference in rows.values_list("kind", "reference")]
