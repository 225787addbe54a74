"""Checking the book: whether every line is still what it was when it was written.

The check reads the rows as they are and trusts no constraint: whoever can switch off a trigger
can change a row too, but not the hashes that other people have already seen.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any, NamedTuple

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import QuerySet

from backend.ledger.lines import GENESIS, hash_of, line_without_hash
from backend.ledger.models import Chain, Transaction

_READ_AT_ONCE = 2000


class NoSuchChain(LookupError):
    """No line was ever written in a chain of this name."""


@dataclass(frozen=True, slots=True)
class ChainCheck:
    """What the check of a chain found: how many lines hold, and the first that does not."""

    chain: str
    lines: int
    head: str
    broken_seq: int | None = None
    reason: str = ""

    @property
    def holds(self) -> bool:
        """Whether every line is what it was when it was written."""
        return self.broken_seq is None

    def __str__(self) -> str:
        if self.holds:
            return f"{self.chain}: {self.lines} lines, head {self.head}"
        return f"{self.chain}: line {self.broken_seq}: {self.reason}"


@dataclass(frozen=True, slots=True)
class DayHead:
    """One hash for the whole book as it stood at the end of a day (UTC)."""

    day: date
    chains: int
    hash: str


class _Row(NamedTuple):
    """A line as the database has it, beside the head that its chain's row claims."""

    chain: str
    head_seq: int
    head_hash: str
    seq: int | None
    day: date
    kind: str
    reference: str
    prev: str
    hash: str
    accounts: list[str]
    currencies: list[str]
    debits: list[int]
    credits: list[int]


def verify_chain(chain: str) -> ChainCheck:
    """Return whether the chain holds from its first line to its head.

    Raises NoSuchChain.
    """
    for check in _checked(Chain.objects.filter(code=chain)):
        return check
    raise NoSuchChain(chain)


def verify_all_chains() -> Iterator[ChainCheck]:
    """Yield the check of every chain, in one pass over the whole book."""
    return _checked(Chain.objects.all())


def day_heads(day: date) -> DayHead:
    """Return one hash over the heads that all chains had at the end of `day`.

    It is the SHA-256 of a text with a line `chain seq hash` for each chain, sorted by chain.
    Whoever keeps it can show later that no chain was changed, cut off or hidden since.
    """
    rows = (
        Transaction.objects.filter(day__lte=day)
        .order_by("chain_id", "-seq")
        .distinct("chain_id")
        .values_list("chain__code", "seq", "hash")
    )
    heads = sorted(rows.iterator(chunk_size=_READ_AT_ONCE))
    text = "".join(f"{chain} {seq} {head}\n" for chain, seq, head in heads)
    return DayHead(day, len(heads), hashlib.sha256(text.encode()).hexdigest())


def _checked(chains: QuerySet[Chain]) -> Iterator[ChainCheck]:
    rows = (_Row(*row) for row in _stored(chains).iterator(chunk_size=_READ_AT_ONCE))
    for (chain, seq, head), lines in groupby(rows, key=lambda row: row[:3]):
        found = _first_fault(chain, lines)
        if found.holds and (found.lines, found.head) != (seq, head):
            reason = f"the chain's row says {seq} lines with the head {head}"
            found = ChainCheck(chain, found.lines, found.head, found.lines + 1, reason)
        yield found


def _stored(chains: QuerySet[Chain]) -> QuerySet[Chain, Any]:
    """Read lines and heads in one statement, so that a posting in between does no harm."""

    def in_order(field: str) -> ArrayAgg:
        return ArrayAgg(f"transaction__entries__{field}", order_by="transaction__entries__position")

    lines = chains.order_by("id", "transaction__seq").values_list(
        "code",
        "seq",
        "hash",
        "transaction__seq",
        "transaction__day",
        "transaction__kind",
        "transaction__public_reference",
        "transaction__prev",
        "transaction__hash",
    )
    return lines.annotate(
        accounts=in_order("account__code"),
        currencies=in_order("currency"),
        debits=in_order("debit_minor"),
        credits=in_order("credit_minor"),
    )


def _first_fault(chain: str, rows: Iterable[_Row]) -> ChainCheck:
    number, head = 0, GENESIS
    for row in rows:
        if row.seq is None:
            continue
        reason = _fault(row, number + 1, head)
        if reason:
            return ChainCheck(chain, number, head, number + 1, reason)
        number, head = row.seq, row.hash
    return ChainCheck(chain, number, head)


def _fault(row: _Row, number: int, head: str) -> str:
    if row.seq != number:
        return f"missing; the next one is line {row.seq}"
    if row.prev != head:
        return "prev is not the hash of the line before"
    line = line_without_hash(
        seq=row.seq,
        day=row.day,
        kind=row.kind,
        reference=row.reference,
        entries=zip(row.accounts, row.currencies, row.debits, row.credits, strict=True),
        prev=row.prev,
    )
    return "" if hash_of(line) == row.hash else "hash is not of this line"
