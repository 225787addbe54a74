"""How postings reach the tables: locks on the chains, then COPY.

COPY fires the same triggers and constraints as INSERT and takes a fraction of the time, for one
posting as for thousands. Only `operations` calls this, within a transaction.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from backend.ledger.models import Account, Chain
from backend.ledger.postings import Posting
from backend.money import CurrencyMismatch


@dataclass(slots=True)
class Head:
    """The locked end of a chain while lines are appended to it."""

    id: int
    seq: int
    hash: str


def locked_heads(codes: set[str]) -> dict[str, Head]:
    """Return the ends of these chains, locked until the transaction ends; new chains begin."""
    heads = _lock(codes)
    missing = sorted(codes - set(heads))
    if missing:
        Chain.objects.bulk_create([Chain(code=code) for code in missing], ignore_conflicts=True)
        heads |= _lock(set(missing))
    return heads


def _lock(codes: set[str]) -> dict[str, Head]:
    """Lock in the order of ids, so that two loads of the same chains do not wait for each other."""
    rows = Chain.objects.select_for_update().filter(code__in=codes).order_by("id")
    return {row.code: Head(row.pk, row.seq, row.hash) for row in rows}


def write_postings(postings: Sequence[Posting], heads: Mapping[str, Head]) -> None:
    """Write lines, entries and heads by COPY, which serves one posting and thousands alike."""
    accounts = _account_ids(postings)
    ids = _new_ids(len(postings))
    _copy(
        "COPY ledger_transaction (id, kind, reference, chain_id, seq, day, posted_at,"
        " public_reference, entry_count, prev, hash) FROM STDIN",
        (
            (
                row_id,
                posting.kind,
                posting.reference,
                heads[posting.chain].id,
                posting.seq,
                posting.day,
                posting.posted_at,
                posting.public_reference,
                len(posting.lines),
                posting.prev,
                posting.hash,
            )
            for row_id, posting in zip(ids, postings, strict=True)
        ),
    )
    _copy(
        "COPY ledger_entry (transaction_id, position, account_id, currency, debit_minor,"
        " credit_minor) FROM STDIN",
        (
            (row_id, place, accounts[line.account], *line.row[1:])
            for row_id, posting in zip(ids, postings, strict=True)
            for place, line in enumerate(posting.lines, start=1)
        ),
    )
    _move_heads([heads[code] for code in {posting.chain for posting in postings}])


def _new_ids(number: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('ledger_transaction', 'id'))"
            " FROM generate_series(1, %s)",
            [number],
        )
        return [row_id for (row_id,) in cursor.fetchall()]


def _copy(statement: str, rows: Iterable[Sequence[Any]]) -> None:
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        cursor.copy(statement) as copy,
    ):
        for row in rows:
            copy.write_row(row)


def _account_ids(postings: Iterable[Posting]) -> dict[str, int]:
    """Return the id of each account by its code; those not yet there are opened.

    Raises CurrencyMismatch.
    """
    wanted = {(line.account, line.currency) for posting in postings for line in posting.lines}
    codes = {code for code, _ in wanted}
    found = _accounts(codes)
    if codes - set(found):
        opened = [Account(code=c, currency=cur) for c, cur in sorted(wanted) if c not in found]
        Account.objects.bulk_create(opened, ignore_conflicts=True)
        found = _accounts(codes)
    for code, currency in wanted:
        if found[code].currency != currency:
            raise CurrencyMismatch(f"{code} counts in {found[code].currency}, not {currency}")
    return {code: account.pk for code, account in found.items()}


def _accounts(codes: set[str]) -> dict[str, Account]:
    return {account.code: account for account in Account.objects.filter(code__in=codes)}


def _move_heads(heads: Sequence[Head]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE ledger_chain SET seq = moved.seq, hash = moved.hash"
            " FROM unnest(%s::bigint[], %s::int[], %s::text[]) AS moved (id, seq, hash)"
            " WHERE ledger_chain.id = moved.id",
            [[h.id for h in heads], [h.seq for h in heads], [h.hash for h in heads]],
        )
