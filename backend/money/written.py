"""From digits and separators that a person typed to a count of minor units, without guessing.

People write twelve hundred and fifty euros as 1250, 1,250.00, 1.250,00, 1 250,00 or 1'250.00.
Each is read; where a form has two readings that differ a thousandfold it is refused, because
a wrong guess takes a thousand times too much. Digits are joined as text, so that no float
and no rounding can come in.
"""

import re
from dataclasses import dataclass
from enum import Enum, auto

_SPACES = " \u00a0\u2009\u202f"
_APOSTROPHES = "'’"
_NUMBER = re.compile(rf"[0-9]+(?:[.,{_APOSTROPHES}{_SPACES}][0-9]+)*", re.ASCII)
_MARKS = re.compile(rf"[.,{_APOSTROPHES}{_SPACES}]")

# More would not fit into the book's columns, and nobody means it.
_LONGEST = 15


class Reason(Enum):
    """Why a text is not an amount."""

    NOT_A_NUMBER = auto()
    TWO_READINGS = auto()
    TOO_PRECISE = auto()
    TOO_LONG = auto()


class Unreadable(ValueError):
    """These digits and separators are not one amount; `reason` says why."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.name)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Habit:
    """How the reader's language writes numbers, and how many decimals the currency has."""

    decimal_mark: str
    grouping_mark: str
    places: int


def read_number(text: str, habit: Habit) -> tuple[str, str]:
    """Return the digits before and after the decimal mark: `1 250,5` gives ("1250", "5").

    Raises Unreadable.
    """
    if not _NUMBER.fullmatch(text):
        raise Unreadable(Reason.NOT_A_NUMBER)
    whole, decimals = _parted(text, habit)
    if len(decimals) > habit.places:
        raise Unreadable(Reason.TOO_PRECISE)
    digits = _ungrouped(whole).lstrip("0") or "0"
    if len(digits) > _LONGEST:
        raise Unreadable(Reason.TOO_LONG)
    return digits, decimals


def _parted(text: str, habit: Habit) -> tuple[str, str]:
    """Cut at the decimal mark, if there is one."""
    marks = _MARKS.findall(text)
    last = marks[-1] if marks else ""
    if last not in {".", ","} or last in marks[:-1]:
        return text, ""
    whole, _, decimals = text.rpartition(last)
    if len(marks) == 1 and _groups_thousands(whole, decimals, mark=last, habit=habit):
        return text, ""
    return whole, decimals


def _groups_thousands(whole: str, after: str, *, mark: str, habit: Habit) -> bool:
    """Say whether the one mark of `1,250` parts thousands rather than decimals.

    Raises Unreadable if it could as well be the other.
    """
    could_be_thousands = len(after) == 3 and len(whole) <= 3 and not whole.startswith("0")
    if not could_be_thousands or (mark == habit.decimal_mark and habit.places == 3):
        return False
    if habit.places == 0 or (mark == habit.grouping_mark and habit.places < 3):
        return True
    raise Unreadable(Reason.TWO_READINGS)


def _ungrouped(whole: str) -> str:
    """Return `1 250 000` without its marks, which must be alike and three digits apart."""
    marks = _MARKS.findall(whole)
    first, *groups = _MARKS.split(whole)
    regular = 1 <= len(first) <= 3 and all(len(group) == 3 for group in groups)
    if marks and (not regular or first.startswith("0") or not _alike(marks)):
        raise Unreadable(Reason.NOT_A_NUMBER)
    return "".join([first, *groups])


def _alike(marks: list[str]) -> bool:
    return all(mark in _SPACES for mark in marks) or all(mark == marks[0] for mark in marks)
