"""The Money type and the one rounding rule of the whole project.

An amount is an integer count of minor units and a currency code; how many minor units
make one euro or one franc is known to `currencies` alone. Adding euros to dollars is a
programming error, so it raises; nothing is ever converted in silence.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_CODE = re.compile(r"[A-Z]{3}", re.ASCII)


class CurrencyMismatch(ValueError):
    """Two amounts of different currencies met in one sum or comparison."""


@dataclass(frozen=True, slots=True)
class Money:
    """`Money(2500, "EUR")` is twenty-five euros.

    Raises TypeError if `minor` is not an int (a bool is not), ValueError if `currency` is not
    three capital letters.
    """

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise TypeError(f"minor units are whole numbers, got {self.minor!r}")
        if not isinstance(self.currency, str) or not _CODE.fullmatch(self.currency):
            raise ValueError(f"a currency is three capital letters, got {self.currency!r}")

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._minor_of(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._minor_of(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._minor_of(other)

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._minor_of(other)

    def __gt__(self, other: Money) -> bool:
        return self.minor > self._minor_of(other)

    def __ge__(self, other: Money) -> bool:
        return self.minor >= self._minor_of(other)

    def __bool__(self) -> bool:
        return self.minor != 0

    def _minor_of(self, other: Money) -> int:
        if not isinstance(other, Money):
            raise TypeError(f"an amount of money meets only another one, got {other!r}")
        if self.currency != other.currency:
            raise CurrencyMismatch(f"{self.currency} with {other.currency}")
        return other.minor


def split_by_weight(amount: Money, weights: Sequence[int]) -> list[Money]:
    """Split `amount` in proportion to `weights`; the parts always add up to the whole.

    Largest remainder: the units that do not divide go one each to the parts that lost most by
    rounding down, earlier parts first, so the same input always gives the same split. A
    negative amount is split as the mirror image of the positive one: each part of a refund is
    then exactly minus the part of the gift that it undoes.

    Raises ValueError unless the weights are whole, non-negative and not all zero.
    """
    if any(type(weight) is not int or weight < 0 for weight in weights) or sum(weights) == 0:
        raise ValueError("weights must be whole, non-negative and not all zero")

    sign = -1 if amount.minor < 0 else 1
    parts = _shares(abs(amount.minor), weights)
    return [Money(sign * part, amount.currency) for part in parts]


def _shares(whole: int, weights: Sequence[int]) -> list[int]:
    total = sum(weights)
    parts = [whole * weight // total for weight in weights]
    lost = [whole * weight % total for weight in weights]
    spare = whole - sum(parts)
    for index in sorted(range(len(parts)), key=lambda i: -lost[i])[:spare]:
        parts[index] += 1
    return parts
