"""What each month brought, as columns; the table below the drawing says the same in figures.

A column is what came in; its upper part is what the payment service took. The drawing is
WIDTH by HEIGHT, and the columns stand on the line HEIGHT - FOOT.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from babel import Locale
from babel.dates import format_date
from django.utils.translation import gettext as _

from backend.money import Money
from backend.money.display import format_money
from frontend.moments import month_in_words

WIDTH, HEIGHT = 640, 200
HEAD, FOOT = 26, 24
SHOWN = 24
WIDEST, FILLED = 110, 0.62
LOWEST = 1.5
# Half the width of a sum in the phones' letters, so that the edge does not cut it.
HALF_A_SUM = 80
# More labels than this would meet; then only the first and the last month are named.
MOST_LABELS = 9


class MonthFigures(Protocol):
    """A month of a book (backend.reports.books.Month)."""

    @property
    def first_on(self) -> date: ...

    @property
    def received(self) -> Money: ...

    @property
    def fees(self) -> Money: ...


@dataclass(frozen=True, slots=True)
class Name:
    """A month's name under its column; an inner one is left out on phones."""

    text: str
    x: float
    is_inner: bool


@dataclass(frozen=True, slots=True)
class MonthsChart:
    """The drawing's paths and texts, the finding in a sentence, and the rows of the table."""

    view_box: str
    columns: str
    fees: str
    names: Sequence[Name]
    most: str
    most_x: float
    most_y: float
    floor: int
    finding: str
    rows: Sequence[dict[str, str]]


def months_chart(months: Sequence[MonthFigures], language: str) -> MonthsChart | None:
    """Draw the newest months, those without a line empty; one month alone is no drawing."""
    if len(months) < 2:
        return None
    known = {month.first_on: month for month in months}
    calendar = _calendar(months[0].first_on, months[-1].first_on)[-SHOWN:]
    step = min(WIDTH / len(calendar), WIDEST)
    best = max(months, key=lambda month: (month.received.minor, month.first_on))
    highest = max(best.received.minor, 1)
    columns: list[str] = []
    fees: list[str] = []
    for place, first_on in enumerate(calendar):
        if month := known.get(first_on):
            left, width = step * (place + (1 - FILLED) / 2), step * FILLED
            height, fee = _height(month.received, highest), _height(month.fees, highest)
            columns.append(_column(left, width, height))
            fees.append(_cap(left, width, height, min(fee, height)))
    place = calendar.index(best.first_on) if best.first_on in calendar else 0
    return MonthsChart(
        view_box=f"0 0 {WIDTH} {HEIGHT}",
        columns="".join(columns),
        fees="".join(fees),
        names=_names(calendar, step, language),
        most=format_money(best.received, language, short=True),
        most_x=min(max(round(step * (place + 0.5), 1), HALF_A_SUM), WIDTH - HALF_A_SUM),
        most_y=round(HEIGHT - FOOT - _height(best.received, highest) - 8, 1),
        floor=HEIGHT - FOOT,
        finding=_finding(best, language),
        rows=[_row(month, language) for month in reversed(months)],
    )


def _calendar(first: date, last: date) -> list[date]:
    """Return the first days of all months from `first` to `last`."""
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    return [
        date(first.year + (first.month - 1 + step) // 12, (first.month - 1 + step) % 12 + 1, 1)
        for step in range(count)
    ]


def _height(money: Money, highest: int) -> float:
    """Return how high the sum stands; what is there at all can be seen."""
    if money.minor <= 0:
        return 0.0
    return max(money.minor * (HEIGHT - FOOT - HEAD) / highest, LOWEST)


def _column(left: float, width: float, height: float) -> str:
    return f"M{left:.4g} {HEIGHT - FOOT}v-{height:.4g}h{width:.4g}v{height:.4g}z" if height else ""


def _cap(left: float, width: float, height: float, fee: float) -> str:
    top = HEIGHT - FOOT - height
    return f"M{left:.4g} {top:.4g}v{fee:.4g}h{width:.4g}v-{fee:.4g}z" if fee else ""


def _names(calendar: Sequence[date], step: float, language: str) -> list[Name]:
    last = len(calendar) - 1
    return [
        Name(
            format_date(first_on, "MMM yy", Locale.parse(language)),
            round(step * (place + 0.5), 1),
            is_inner=0 < place < last,
        )
        for place, first_on in enumerate(calendar)
        if place in (0, last) or len(calendar) <= MOST_LABELS
    ]


def _finding(best: MonthFigures, language: str) -> str:
    values = {
        "month": month_in_words(best.first_on, language),
        "amount": format_money(best.received, language),
    }
    return _("%(month)s brought the most: %(amount)s.") % values


def _row(month: MonthFigures, language: str) -> dict[str, str]:
    return {
        "month": month_in_words(month.first_on, language),
        "received": format_money(month.received, language),
        "fees": format_money(month.fees, language),
    }
