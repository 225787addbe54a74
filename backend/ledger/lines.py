"""What a line of the book is: its entries, its public form and its hash. Plain Python.

The public form carries the day, never the second, and no id but the accounts' own codes. Every
field of it is hashed, together with the hash of the line before; `verifier/verify.py` does the
same computation without a line of ours.
"""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from backend.money import Money

# The head of a chain without lines, and `prev` of its first line.
GENESIS = "0" * 64

# Assets (what Stripe holds, what is on its way to a committee's bank or there, what a donor's bank
# holds until a dispute is decided) and expenses grow when they are debited; all else (gifts
# received) when credited.
_GROWS_BY_DEBIT = re.compile(r"(stripe|transit|bank):.*|.*:(fees|disputed)")

PublicLine = dict[str, Any]
# Account, currency, debit and credit in minor units: an entry as it stands in the book.
EntryRow = tuple[str, str, int, int]

_ENTRY_FIELDS = ("account", "currency", "debit_minor", "credit_minor")


class NotAnEntry(ValueError):
    """An entry is exactly one of debit and credit, and moves more than nothing."""


@dataclass(frozen=True, slots=True, order=True)
class EntryLine:
    """One debit or one credit of an account, in minor units of its currency.

    Raises NotAnEntry unless exactly one of the two is more than zero and the other is zero.
    """

    account: str
    currency: str
    debit_minor: int
    credit_minor: int

    def __post_init__(self) -> None:
        sides = (self.debit_minor, self.credit_minor)
        if any(type(side) is not int for side in sides) or not min(sides) == 0 < max(sides):
            raise NotAnEntry(f"{self.account}: debit {sides[0]!r}, credit {sides[1]!r}")

    @property
    def row(self) -> EntryRow:
        """The entry as it stands in the book."""
        return self.account, self.currency, self.debit_minor, self.credit_minor


def debit(account: str, money: Money) -> EntryLine:
    """Return the entry that debits `account`: Stripe now holds more, or a fee was paid.

    Raises NotAnEntry if `money` is not more than zero; its opposite is a credit.
    """
    return EntryLine(account, money.currency, money.minor, 0)


def credit(account: str, money: Money) -> EntryLine:
    """Return the entry that credits `account`: a project received more, or Stripe holds less.

    Raises NotAnEntry if `money` is not more than zero; its opposite is a debit.
    """
    return EntryLine(account, money.currency, 0, money.minor)


def balance(account: str, *, debited_minor: int, credited_minor: int, currency: str) -> Money:
    """Return what the account holds, positive on the side on which such an account grows."""
    if _GROWS_BY_DEBIT.fullmatch(account):
        return Money(debited_minor - credited_minor, currency)
    return Money(credited_minor - debited_minor, currency)


def line_without_hash(
    *, seq: int, day: date, kind: str, reference: str, entries: Iterable[EntryRow], prev: str
) -> PublicLine:
    """Return all that is hashed of a line. `reference` is the public one."""
    return {
        "seq": seq,
        "day": day.isoformat(),
        "kind": kind,
        "reference": reference,
        "entries": [dict(zip(_ENTRY_FIELDS, entry, strict=True)) for entry in entries],
        "prev": prev,
    }


def hash_of(line: PublicLine) -> str:
    """Return the SHA-256 of `line` (without its hash), in hexadecimal."""
    return hashlib.sha256(canonical(line)).hexdigest()


def canonical(line: PublicLine) -> bytes:
    """Return the one way to write `line`: sorted keys, no spaces, UTF-8."""
    text = json.dumps(line, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()
