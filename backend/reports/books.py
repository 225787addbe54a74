"""The open books of projects, as people read them: a line says what came in and what it cost.

The full lines, with accounts and hashes, stand in `backend.ledger`; nothing here is added to them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.core.cache import caches

from backend.ledger.lines import EntryRow
from backend.ledger.models import Transaction
from backend.ledger.queries import balances, chain_head, entry_rows
from backend.money import Money
from backend.projects.models import Project

TOTALS_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Movement:
    """A line of a project's book as people read it."""

    seq: int
    day: date
    kind: str
    received: Money | None
    fee: Money | None
    reference: str
    hash: str


@dataclass(frozen=True, slots=True)
class SiteMovement:
    """A line of any project's book, with the project it belongs to."""

    movement: Movement
    slug: str
    title: Mapping[str, str]
    default_language: str


@dataclass(frozen=True, slots=True)
class MovementPage:
    """Some lines of a book, the newest first; `next_before` starts the page of older ones."""

    movements: Sequence[Movement]
    next_before: int | None
    is_first: bool


@dataclass(frozen=True, slots=True)
class LedgerTotals:
    """A project's book in four figures: `kept` is what Stripe holds or paid out to the committee."""

    lines: int
    head: str
    received: Money
    fees: Money

    @property
    def kept(self) -> Money:
        """What is left for the project after the payment service took its fees."""
        return self.received - self.fees


def ledger_totals(chain: str, currency: str) -> LedgerTotals:
    """Return a project's book in figures.

    They are kept by the head of its chain: that hash changes with every line, so what was once
    added up stays true.
    """
    head = chain_head(chain)
    pages = caches["pages"]
    key = f"reports.ledger:{chain}:{head.hash}"
    known: LedgerTotals | None = pages.get(key)
    if known is not None:
        return known
    totals = {found.account: found.money for found in balances(f"{chain}:")}
    nothing = Money(0, currency)
    counted = LedgerTotals(
        lines=head.seq,
        head=head.hash,
        received=totals.get(f"{chain}:gifts", nothing),
        fees=totals.get(f"{chain}:fees", nothing),
    )
    pages.set(key, counted, TOTALS_SECONDS)
    return counted


def movements_of(chain: str, *, size: int, before_seq: int | None = None) -> MovementPage:
    """Return at most `size` lines of a book before the given one, the newest first."""
    lines = Transaction.objects.filter(chain__code=chain).order_by("-seq")
    if before_seq is not None:
        lines = lines.filter(seq__lt=before_seq)
    found = _movements(list(lines[: size + 1]))
    shown = found[:size]
    return MovementPage(
        movements=shown,
        next_before=shown[-1].seq if len(found) > size else None,
        is_first=before_seq is None,
    )


def latest_movements(number: int) -> list[SiteMovement]:
    """Return the newest lines of all projects' books, the newest first."""
    rows = list(Transaction.objects.select_related("chain").order_by("-id")[:number])
    chains = {row.chain.code.removeprefix("project:") for row in rows}
    projects = {
        str(project["id"]): project
        for project in Project.objects.public()
        .filter(pk__in=chains)
        .values("id", "slug", "title", "default_language")
    }
    named = zip(
        (row.chain.code.removeprefix("project:") for row in rows), _movements(rows), strict=True
    )
    return [
        SiteMovement(movement, found["slug"], found["title"], found["default_language"])
        for code, movement in named
        if (found := projects.get(code))
    ]


def _movements(rows: Sequence[Transaction]) -> list[Movement]:
    entries = entry_rows([row.pk for row in rows]) if rows else {}
    return [
        Movement(
            seq=row.seq,
            day=row.day,
            kind=row.kind,
            received=_moved(entries[row.pk], ":gifts", sign=1),
            fee=_moved(entries[row.pk], ":fees", sign=-1),
            reference=row.public_reference,
            hash=row.hash,
        )
        for row in rows
    ]


def _moved(entries: Iterable[EntryRow], ending: str, *, sign: int) -> Money | None:
    """Return by how much the project's account of that ending grew, or None if it was not met."""
    met = [
        Money(sign * (credit_minor - debit_minor), currency)
        for account, currency, debit_minor, credit_minor in entries
        if account.endswith(ending)
    ]
    return sum(met[1:], start=met[0]) if met else None
