"""Pages of a long list by key instead of by number.

A page starts after a row's key (its value in the list's order, then its id), so the thousandth
page costs as much as the first. The condition is written as `x <= a AND (x < a OR id < b)`,
which PostgreSQL answers from the index; the OR alone makes it read the whole list.
"""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_naive

Row = TypeVar("Row")
MAXIMUM_CURSOR_LENGTH = 300


class BadCursor(ValueError):
    """The page marker in the address was not made by us."""


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows, and the markers of the pages before and after (None at the ends)."""

    rows: Sequence[Row]
    next: str | None
    previous: str | None


@dataclass(frozen=True, slots=True)
class Order:
    """How a list is sorted: one column, ties broken by `id`, both in the same direction."""

    column: str
    descending: bool
    is_moment: bool = False


def page_of(
    rows: QuerySet[Any], *, order: Order, size: int, cursor: str | None = None
) -> Page[Any]:
    """Return the page of at most `size` rows at `cursor`, in the given order.

    `rows` may be of models or of `.values()` with the order's column and `id` in it.

    Raises BadCursor.
    """
    backwards, key = _decode(cursor, order) if cursor else (False, None)
    descending = order.descending != backwards
    sign = "-" if descending else ""
    if key is not None:
        try:
            rows = rows.filter(_beyond(order.column, key, descending=descending))
        except (ValueError, TypeError, ValidationError) as error:
            raise BadCursor from error
    found = list(rows.order_by(f"{sign}{order.column}", f"{sign}id")[: size + 1])
    more = len(found) > size
    found = found[:size]
    if backwards:
        found.reverse()
    has_next = bool(found) and (backwards or more)
    has_previous = bool(found) and (more if backwards else key is not None)
    return Page(
        rows=found,
        next=_encode("n", found[-1], order) if has_next else None,
        previous=_encode("p", found[0], order) if has_previous else None,
    )


def _beyond(column: str, key: tuple[Any, Any], *, descending: bool) -> Q:
    value, row_id = key
    side = "lt" if descending else "gt"
    return Q(**{f"{column}__{side}e": value}) & (
        Q(**{f"{column}__{side}": value}) | Q(**{column: value, f"id__{side}": row_id})
    )


def _encode(direction: str, row: Any, order: Order) -> str:
    value, row_id = _field(row, order.column), _field(row, "id")
    if isinstance(value, datetime):
        value = value.isoformat()
    text = json.dumps([direction, value, str(row_id)], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _field(row: Any, name: str) -> Any:
    return row[name] if isinstance(row, dict) else getattr(row, name)


def _decode(cursor: str, order: Order) -> tuple[bool, tuple[Any, Any]]:
    if len(cursor) > MAXIMUM_CURSOR_LENGTH:
        raise BadCursor
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        direction, value, row_id = json.loads(base64.urlsafe_b64decode(padded.encode()))
        f"{value}{row_id}".encode()
        if order.is_moment:
            value = parse_datetime(value)
            if value is None or is_naive(value):
                raise BadCursor
    except (ValueError, TypeError, binascii.Error) as error:
        raise BadCursor from error
    if direction not in ("n", "p") or value is None or not isinstance(row_id, str):
        raise BadCursor
    if isinstance(value, (dict, list, bool, float)) or "\x00" in f"{value}{row_id}":
        raise BadCursor
    return direction == "p", (value, row_id)
