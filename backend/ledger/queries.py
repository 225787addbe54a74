"""Reading the book."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db.models import QuerySet, Sum

from backend.ledger.lines import (
    GENESIS,
    EntryRow,
    PublicLine,
    balance,
    canonical,
    line_without_hash,
)
from backend.ledger.models import Account, Chain, Entry, Transaction
from backend.ledger.verification import (
    ChainCheck,
    DayHead,
    NoSuchChain,
    day_heads,
    verify_all_chains,
    verify_chain,
)
from backend.money import Money

__all__ = [
    "AccountBalance",
    "ChainCheck",
    "ChainHead",
    "DayHead",
    "NoSuchAccount",
    "NoSuchChain",
    "account_codes",
    "balance_of",
    "balances",
    "chain_as_json_lines",
    "chain_head",
    "chain_lines",
    "chain_page",
    "credited_by_account",
    "day_heads",
    "entry_rows",
    "recent_lines",
    "verify_all_chains",
    "verify_chain",
]

_BATCH = 1000


class NoSuchAccount(LookupError):
    """Nothing was ever booked on an account of this name."""


@dataclass(frozen=True, slots=True)
class AccountBalance:
    """The two sides of an account, in minor units of its currency."""

    account: str
    currency: str
    debited_minor: int
    credited_minor: int

    @property
    def money(self) -> Money:
        """What the account holds: Stripe's accounts and fees grow by debits, gifts by credits."""
        return balance(
            self.account,
            debited_minor=self.debited_minor,
            credited_minor=self.credited_minor,
            currency=self.currency,
        )


@dataclass(frozen=True, slots=True)
class ChainHead:
    """How many lines a chain has and the hash of the last one."""

    chain: str
    seq: int
    hash: str


def balance_of(account: str) -> Money:
    """Return what the account holds: Stripe's and fees grow by debits, all others by credits.

    Raises NoSuchAccount.
    """
    found = list(_balances(Account.objects.filter(code=account)))
    if not found:
        raise NoSuchAccount(account)
    return found[0].money


def account_codes(starting_with: str, *, currency: str) -> list[str]:
    """Return the codes of the accounts that begin so and count in the currency, in their order."""
    accounts = Account.objects.filter(code__startswith=starting_with, currency=currency)
    return list(accounts.order_by("code").values_list("code", flat=True))


def balances(starting_with: str = "") -> list[AccountBalance]:
    """Return both sides of every account whose code starts so, by code."""
    return list(_balances(Account.objects.filter(code__startswith=starting_with)))


def _balances(accounts: QuerySet[Account]) -> Iterator[AccountBalance]:
    rows = accounts.order_by("code").values_list(
        "code",
        "currency",
        Sum("entry__debit_minor", default=0),
        Sum("entry__credit_minor", default=0),
    )
    return (
        AccountBalance(code, cur, int(debited), int(credited))
        for code, cur, debited, credited in rows
    )


def chain_head(chain: str) -> ChainHead:
    """Return the end of the chain; a chain that nobody wrote in yet has 0 lines."""
    row = Chain.objects.filter(code=chain).first()
    return ChainHead(chain, row.seq, row.hash) if row else ChainHead(chain, 0, GENESIS)


def chain_lines(chain: str, after_seq: int = 0) -> Iterator[PublicLine]:
    """Yield the chain's public lines after the given one, the first written first.

    It reads a thousand at a time, so that a long book does not fill the memory.
    """
    lines = Transaction.objects.filter(chain__code=chain).order_by("seq")
    while batch := list(_public_lines(lines.filter(seq__gt=after_seq)[:_BATCH])):
        yield from batch
        after_seq = batch[-1]["seq"]


def chain_page(chain: str, *, after_seq: int, size: int) -> list[PublicLine]:
    """Return at most `size` public lines of the chain after the given one."""
    lines = Transaction.objects.filter(chain__code=chain, seq__gt=after_seq).order_by("seq")
    return list(_public_lines(lines[:size]))


def chain_as_json_lines(chain: str) -> Iterator[bytes]:
    """Yield the chain's lines as `verify.py` reads them: canonical JSON, one a line."""
    return (canonical(line) + b"\n" for line in chain_lines(chain))


def recent_lines(chain: str, limit: int) -> list[PublicLine]:
    """Return at most `limit` public lines of the chain, the last written first."""
    lines = Transaction.objects.filter(chain__code=chain).order_by("-seq")
    return list(_public_lines(lines[:limit]))


def _public_lines(rows: QuerySet[Transaction]) -> Iterator[PublicLine]:
    found = list(rows)
    entries = entry_rows([row.pk for row in found])
    for row in found:
        line = line_without_hash(
            seq=row.seq,
            day=row.day,
            kind=row.kind,
            reference=row.public_reference,
            entries=entries[row.pk],
            prev=row.prev,
        )
        yield line | {"hash": row.hash}


def entry_rows(transaction_ids: Iterable[int]) -> dict[int, list[EntryRow]]:
    """Return the entries of each transaction in their order, in one query."""
    rows = (
        Entry.objects.filter(transaction_id__in=list(transaction_ids))
        .order_by("transaction_id", "position")
        .values_list("transaction_id", "account__code", "currency", "debit_minor", "credit_minor")
    )
    entries: dict[int, list[EntryRow]] = defaultdict(list)
    for transaction_id, account, currency, debit_minor, credit_minor in rows:
        entries[transaction_id].append((account, currency, debit_minor, credit_minor))
    return entries


def credited_by_account(*, suffix: str) -> dict[str, int]:
    """Return credits less debits, in minor units, of every account whose code ends so."""
    rows = _balances(Account.objects.filter(code__endswith=suffix))
    return {row.account: row.credited_minor - row.debited_minor for row in rows}
