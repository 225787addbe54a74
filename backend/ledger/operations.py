"""Writing to the book.

One way in: `post`, and `post_many` for a load of them. A posting is known by (kind, reference);
coming again with the same contents it changes nothing, so a job or a webhook may be retried
without fear. Whoever appends to a chain holds its head row until the end of the transaction.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from django.db import IntegrityError, transaction
from psycopg.errors import UniqueViolation

from backend.ledger.lines import (
    EntryLine,
    EntryRow,
    NotAnEntry,
    credit,
    debit,
    hash_of,
    line_without_hash,
)
from backend.ledger.models import Transaction
from backend.ledger.postings import NewPosting, Posting
from backend.ledger.queries import entry_rows
from backend.ledger.writing import Head, locked_heads, write_postings

__all__ = [
    "ConflictingPosting",
    "EntryLine",
    "NewPosting",
    "NotAnEntry",
    "Posting",
    "PostingRefused",
    "Unbalanced",
    "Unnamed",
    "credit",
    "debit",
    "post",
    "post_many",
]

_KIND = re.compile(r"[a-z][a-z_]{0,39}", re.ASCII)


class PostingRefused(Exception):
    """The book does not take this posting; nothing of it was written."""


class Unbalanced(PostingRefused):
    """Debits and credits differ in a currency, or there are fewer than two entries."""


class Unnamed(PostingRefused):
    """A posting needs a kind in small letters, a reference, a chain and a moment with its zone."""


class ConflictingPosting(PostingRefused):
    """The same key came again with other contents; one of the two callers is wrong."""


def post(
    *,
    kind: str,
    reference: str,
    chain: str,
    lines: Sequence[EntryLine],
    at: datetime,
    public_reference: str = "",
) -> Posting:
    """Append one balanced posting to `chain`, once per (`kind`, `reference`).

    The line's day is the day of `at` in UTC. A repetition with the same chain, entries and public
    reference returns the first posting, whatever its moment.

    Raises Unnamed, Unbalanced, ConflictingPosting, and CurrencyMismatch if an account counts in
    another currency.
    """
    return post_many(postings=[NewPosting(kind, reference, chain, lines, at, public_reference)])[0]


def post_many(*, postings: Sequence[NewPosting]) -> list[Posting]:
    """Append all of `postings` in their order, or none; a few thousand at a time are fast.

    Each is written as `post` writes it: same hashes, same constraints, same repetition.

    Raises what `post` raises.
    """
    for posting in postings:
        _require_sound(posting)
    try:
        return _append(postings)
    except IntegrityError as error:
        if not isinstance(error.__cause__, UniqueViolation):
            raise
    # Another chain took one of the keys at this very moment. Its row can be seen now.
    return _append(postings)


def _require_sound(posting: NewPosting) -> None:
    if not (_KIND.fullmatch(posting.kind) and posting.reference and posting.chain):
        raise Unnamed(f"kind {posting.kind!r}, reference {posting.reference!r}")
    if posting.at.utcoffset() is None:
        raise Unnamed(f"{posting.reference}: {posting.at} does not say in which time zone")
    sums: dict[str, int] = defaultdict(int)
    for line in posting.lines:
        sums[line.currency] += line.debit_minor - line.credit_minor
    if len(posting.lines) < 2 or any(sums.values()):
        raise Unbalanced(f"{posting.kind} {posting.reference}: {dict(sums)}")


@transaction.atomic
def _append(postings: Sequence[NewPosting]) -> list[Posting]:
    """Return all of them, those not yet known now written. The heads are locked before the look."""
    heads = locked_heads({posting.chain for posting in postings})
    known = _known_among(postings)
    answers, fresh = [], []
    for posting in postings:
        key = posting.kind, posting.reference
        if key in known:
            _require_same(known[key], posting)
            answers.append(known[key])
        else:
            fresh.append(_next_in_chain(posting, heads[posting.chain]))
            answers.append(fresh[-1])
            known[key] = replace(fresh[-1], is_new=False)
    if fresh:
        write_postings(fresh, heads)
    return answers


def _known_among(postings: Sequence[NewPosting]) -> dict[tuple[str, str], Posting]:
    """Return what the book already has. Only after the lock: until then it may still come."""
    references = defaultdict(list)
    for posting in postings:
        references[posting.kind].append(posting.reference)
    rows = [
        row
        for kind, wanted in references.items()
        for row in Transaction.objects.filter(kind=kind, reference__in=wanted).select_related(
            "chain"
        )
    ]
    entries = entry_rows([row.pk for row in rows]) if rows else {}
    return {(row.kind, row.reference): _posting_of(row, entries[row.pk]) for row in rows}


def _posting_of(row: Transaction, entries: Iterable[EntryRow]) -> Posting:
    return Posting(
        kind=row.kind,
        reference=row.reference,
        chain=row.chain.code,
        seq=row.seq,
        day=row.day,
        posted_at=row.posted_at,
        public_reference=row.public_reference,
        lines=tuple(EntryLine(*entry) for entry in entries),
        prev=row.prev,
        hash=row.hash,
        is_new=False,
    )


def _require_same(known: Posting, posting: NewPosting) -> None:
    """The moment may differ, as that of a retry does; where, what and for whom may not."""
    asked = (posting.chain, posting.public_reference, sorted(posting.lines))
    if asked != (known.chain, known.public_reference, sorted(known.lines)):
        raise ConflictingPosting(f"{posting.kind} {posting.reference} is in the book as {known}")


def _next_in_chain(posting: NewPosting, head: Head) -> Posting:
    """Return the posting with its place and hash, and move `head` on to it."""
    day = posting.at.astimezone(UTC).date()
    line = line_without_hash(
        seq=head.seq + 1,
        day=day,
        kind=posting.kind,
        reference=posting.public_reference,
        entries=[line.row for line in posting.lines],
        prev=head.hash,
    )
    written = Posting(
        kind=posting.kind,
        reference=posting.reference,
        chain=posting.chain,
        seq=head.seq + 1,
        day=day,
        posted_at=posting.at,
        public_reference=posting.public_reference,
        lines=tuple(posting.lines),
        prev=head.hash,
        hash=hash_of(line),
        is_new=True,
    )
    head.seq, head.hash = written.seq, written.hash
    return written
