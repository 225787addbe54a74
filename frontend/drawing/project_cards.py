"""From a project's row to its card: every text is ready before the template sees it.

Twenty-four cards stand on a page, so nothing here asks the database or renders a template.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backend.common.translated import text_in
from backend.money import Money
from backend.money.display import format_money
from frontend.drawing.art import picture
from frontend.drawing.bars import FundingBar, funding_bar, percent_funded
from frontend.drawing.cards import Card
from frontend.drawing.map import Place, Route
from frontend.drawing.names import STATES, THEMES
from frontend.templatetags.words import percent

AT_ONCE = 3
HOURS_ARE_TOLD_BELOW = timedelta(hours=48)
HOUR = timedelta(hours=1)
GOOD, BAD = "good", "bad"
KIND_BY_STATE = {"succeeded": GOOD, "delivered": GOOD, "suspended": BAD}

Row = Mapping[str, Any]


def cards_of(
    rows: Iterable[Row], *, language: str, at: datetime, at_once: int = AT_ONCE
) -> list[Card]:
    """Return the cards of `rows` (CARD_COLUMNS); pictures after the first few load late."""
    base = reverse("pages:projects")
    return [
        _card(row, base, language, at, lazy=number >= at_once) for number, row in enumerate(rows)
    ]


def _card(row: Row, base: str, language: str, at: datetime, *, lazy: bool) -> Card:
    title = text_in(row["title"], language, row["default_language"])
    counted = counted_minor(row)
    funded = percent_funded(raised_minor=counted, goal_minor=row["goal_minor"])
    left, kind = standing(row, at)
    return Card(
        address=f"{base}{row['slug']}/",
        title=title.text,
        title_language="" if title.language == language else title.language,
        home=row["home_city__name"],
        twin=row["twin_city__name"],
        picture=picture_address(row["art"], row["theme"]),
        need=str(THEMES[row["theme"]]),
        raised=format_money(Money(counted, row["currency"]), language, short=True),
        percent=_percent(funded, language),
        left=left,
        left_kind=kind,
        bar=_bar(row),
        lazy=lazy,
    )


def counted_minor(row: Row) -> int:
    """Return what counts towards the goal: by the all-or-nothing rule, saved cards do too."""
    promised = row["promised_minor"] if row["campaign"] == "all_or_nothing" else 0
    return int(row["raised_minor"] + promised)


@lru_cache(maxsize=1000)
def _percent(whole: int, language: str) -> str:
    """Return "75%" in the language that is active, which `language` names for the cache."""
    return percent(whole)


@lru_cache(maxsize=100)
def picture_address(name: str, theme: str) -> str:
    """Return where the drawing is served; hashed names do not change while we run."""
    return picture(name, theme).address


def _bar(row: Row) -> FundingBar:
    return funding_bar(
        minor_by_kind={"citizens": row["raised_minor"], "promised": row["promised_minor"]},
        goal_minor=row["goal_minor"],
    )


def standing(row: Row, at: datetime) -> tuple[str, str]:
    """Return how a project stands in a few words, and whether that is "good", "bad" or ""."""
    state = row["state"]
    if state != "published":
        return str(STATES[state]), KIND_BY_STATE.get(state, "")
    if at >= row["closes_at"]:
        return _("Being counted"), ""
    if at < row["opens_at"]:
        return _("Opens soon"), ""
    if counted_minor(row) >= row["goal_minor"]:
        return _("Funded"), GOOD
    return time_left(row["closes_at"], at), ""


def time_left(closes_at: datetime, at: datetime) -> str:
    """Return the whole days that are left, below two days the hours."""
    left = closes_at - at
    if left >= HOURS_ARE_TOLD_BELOW:
        return ngettext("%(days)d day left", "%(days)d days left", left.days) % {"days": left.days}
    hours = max(left // HOUR, 1)
    return ngettext("%(hours)d hour left", "%(hours)d hours left", hours) % {"hours": hours}


def routes_of(rows: Sequence[Row]) -> list[Route]:
    """Return the arcs between the cities of `rows`, each pair once."""
    routes = (
        Route(
            Place(row["home_city__name"], row["home_city__latitude"], row["home_city__longitude"]),
            Place(row["twin_city__name"], row["twin_city__latitude"], row["twin_city__longitude"]),
        )
        for row in rows
    )
    return list(dict.fromkeys(routes))
