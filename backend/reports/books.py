"""The open books of projects, as people read them: a line says what came in and what it cost.

The full lines, with accounts and hashes, stand in `backend.ledger`; nothing here is added to them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.cache import caches
from django.db import connection

from backend.ledger.models import Account, Chain, Entry, Transaction
from backend.ledger.queries import balances, chain_head
from backend.money import Money
from backend.projects.models import Project

TOTALS_SECONDS = 3600
MAXIMUM_SEQ = 2**31 - 1
_TABLES = {
    "transaction": Transaction._meta.db_table,
    "chain": Chain._meta.db_table,
    "entry": Entry._meta.db_table,
    "account": Account._meta.db_table,
}
_OF_CHAIN = """
SELECT line.*, chain.code FROM {transaction} line JOIN {chain} chain ON chain.id = line.chain_id
 WHERE chain.code = %(chain)s AND line.seq < %(before)s ORDER BY line.seq DESC LIMIT %(size)s
""".format(**_TABLES)  # names of our own tables
_OF_ALL = """
SELECT line.*, chain.code FROM {transaction} line JOIN {chain} chain ON chain.id = line.chain_id
 WHERE chain.code LIKE 'project:%%' ORDER BY line.id DESC LIMIT %(size)s
""".format(**_TABLES)  # names of our own tables
# One query for a page of lines: the page is chosen first, then its entries are added up.
_LINES = """
SELECT line.id, line.seq, line.day, line.kind, line.public_reference, line.hash,
       min(entry.currency),
       sum(entry.credit_minor - entry.debit_minor) FILTER (WHERE account.code LIKE '%%:gifts'),
       sum(entry.debit_minor - entry.credit_minor) FILTER (WHERE account.code LIKE '%%:fees'),
       sum(entry.debit_minor - entry.credit_minor) FILTER (WHERE account.code LIKE '%%:disputed'),
       line.code
  FROM ({{chosen}}) line
  JOIN {entry} entry ON entry.transaction_id = line.id
  JOIN {account} account ON account.id = entry.account_id
 GROUP BY line.id, line.seq, line.day, line.kind, line.public_reference, line.hash, line.code
 ORDER BY line.id DESC
""".format(**_TABLES)  # names of our own tables

_MONTHS = """
SELECT date_trunc('month', line.day)::date,
       sum(entry.credit_minor - entry.debit_minor) FILTER (WHERE account.code LIKE '%%:gifts'),
       sum(entry.debit_minor - entry.credit_minor) FILTER (WHERE account.code LIKE '%%:fees'),
       min(line.day), max(line.day)
  FROM {transaction} line
  JOIN {chain} chain ON chain.id = line.chain_id
  JOIN {entry} entry ON entry.transaction_id = line.id
  JOIN {account} account ON account.id = entry.account_id
 WHERE chain.code = %(chain)s
 GROUP BY 1 ORDER BY 1
""".format(**_TABLES)  # names of our own tables


@dataclass(frozen=True, slots=True)
class Movement:
    """A line of a project's book as people read it.

    `received` is less than nothing when money went back; `held` is what a donor's bank took
    until it has decided, less than nothing when it gave it up.
    """

    seq: int
    day: date
    kind: str
    received: Money | None
    fee: Money | None
    held: Money | None
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
    """A project's book in figures; `kept` is what Stripe holds or has paid out.

    `received` is without what went back; of it donors' banks hold `held` until they decide.
    """

    lines: int
    head: str
    received: Money
    fees: Money
    held: Money
    platform_fees: Money

    @property
    def kept(self) -> Money:
        """What the project can use: the fees and what banks hold taken off."""
        return self.received - self.fees - self.platform_fees - self.held


@dataclass(frozen=True, slots=True)
class Month:
    """What a month brought and what the payment service took of it; `first_on` names the month."""

    first_on: date
    received: Money
    fees: Money


@dataclass(frozen=True, slots=True)
class LedgerHistory:
    """A book month by month, the oldest first, and the days of its first and last line."""

    months: Sequence[Month]
    began_on: date
    last_on: date


def ledger_history(chain: str, head: str, currency: str) -> LedgerHistory | None:
    """Return what each month brought, months without a line left out; None for an empty book.

    Kept by `head`, the hash of the last line, as the totals are.
    """
    pages = caches["pages"]
    key = f"reports.months:{chain}:{head}"
    known: LedgerHistory | None = pages.get(key)
    if known is not None:
        return known
    with connection.cursor() as cursor:
        cursor.execute(_MONTHS, {"chain": chain})
        rows = cursor.fetchall()
    if not rows:
        return None
    counted = LedgerHistory(
        months=[
            Month(first, Money(int(received or 0), currency), Money(int(fees or 0), currency))
            for first, received, fees, _began, _last in rows
        ],
        began_on=rows[0][3],
        last_on=rows[-1][4],
    )
    pages.set(key, counted, TOTALS_SECONDS)
    return counted


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
        platform_fees=totals.get(f"{chain}:platform:fees", nothing),
        held=totals.get(f"{chain}:disputed", nothing),
    )
    pages.set(key, counted, TOTALS_SECONDS)
    return counted


def movements_of(chain: str, *, size: int, before_seq: int | None = None) -> MovementPage:
    """Return at most `size` lines of a book before the given one, the newest first."""
    found = [
        _movement(row)
        for row in _rows(
            _OF_CHAIN,
            chain=chain,
            before=MAXIMUM_SEQ if before_seq is None else before_seq,
            size=size + 1,
        )
    ]
    shown = found[:size]
    return MovementPage(
        movements=shown,
        next_before=shown[-1].seq if len(found) > size else None,
        is_first=before_seq is None,
    )


def latest_movements(number: int) -> list[SiteMovement]:
    """Return the newest lines of all projects' books, the newest first."""
    rows = _rows(_OF_ALL, size=number)
    codes = [row[-1].removeprefix("project:") for row in rows]
    projects = {
        str(project["id"]): project
        for project in Project.objects.public()
        .filter(pk__in=set(codes))
        .values("id", "slug", "title", "default_language")
    }
    return [
        SiteMovement(_movement(row), found["slug"], found["title"], found["default_language"])
        for code, row in zip(codes, rows, strict=True)
        if (found := projects.get(code))
    ]


def _rows(chosen: str, **values: Any) -> list[tuple[Any, ...]]:
    """Return the chosen lines with what each added to the gifts and took as fees."""
    with connection.cursor() as cursor:
        cursor.execute(_LINES.format(chosen=chosen), values)
        return cursor.fetchall()


def _movement(row: tuple[Any, ...]) -> Movement:
    _id, seq, day, kind, reference, fingerprint, currency, received, fee, held, _chain = row
    return Movement(
        seq=seq,
        day=day,
        kind=kind,
        received=None if received is None else Money(int(received), currency),
        fee=None if fee is None else Money(int(fee), currency),
        held=None if held is None else Money(int(held), currency),
        reference=reference,
        hash=fingerprint,
    )
