"""The box beside a project: what has come in, from whom, until when, and the amounts to choose."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Protocol

from babel import Locale
from babel.numbers import get_currency_name
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backend.money import Money
from backend.money.currencies import exponent
from backend.money.display import format_money
from backend.pledges.limits import limits_of
from backend.reports.project_parts import Suggestion
from frontend.drawing.bars import FundingBar, funding_bar, percent_funded
from frontend.drawing.parts import part_html
from frontend.drawing.project_cards import time_left
from frontend.drawing.project_sections import said
from frontend.moments import moment
from frontend.templatetags.words import number, percent

KIND_BY_SOURCE = {"citizen": "citizens", "company": "companies"}
OTHER_KIND = "funds"


class Share(Protocol):
    """What one class of givers gave (backend.pledges.queries.SourceShare)."""

    @property
    def source_class(self) -> str: ...

    @property
    def number(self) -> int: ...

    @property
    def amount(self) -> Money: ...


@dataclass(frozen=True, slots=True)
class Choice:
    """An amount to choose; `value` is what the form sends."""

    value: str
    amount: str
    buys: str


@dataclass(frozen=True, slots=True)
class MoneyBox:
    """The ready texts of the box."""

    raised: str
    goal: str
    of_goal: str
    percent: int
    funded: str
    bar: FundingBar
    bar_label: str
    key: Sequence[Mapping[str, str]]
    supporters: str
    left: str
    ends: SafeString
    is_over: bool
    is_open: bool
    amounts: SafeString
    minimum: str


def money_box(
    project: Any,
    shares: Sequence[Share],
    suggestions: Sequence[Suggestion],
    *,
    language: str,
    at: datetime,
    waits: bool = False,
) -> MoneyBox:
    """Draw the box of `project` (a row of the domain with its home city).

    `waits` says that nobody can begin a pledge, though the campaign is open.
    """
    sums = _sums_by_kind(shares)
    reached = percent_funded(raised_minor=project.counted.minor, goal_minor=project.goal_minor)
    is_open = project.takes_pledges(at) and not waits
    goal = format_money(project.goal, language, short=True)
    return MoneyBox(
        raised=format_money(project.counted, language, short=True),
        goal=goal,
        of_goal=(_("pledged of %(goal)s") if _is_pledged(project) else _("of %(goal)s"))
        % {"goal": goal},
        percent=reached,
        funded=_funded(project, reached),
        bar=funding_bar(
            minor_by_kind={kind: money.minor for kind, (_n, money) in sums.items()}
            | {"promised": project.promised_minor},
            goal_minor=project.goal_minor,
            minimum_minor=project.minimum_minor if _has_threshold(project) else 0,
        ),
        bar_label=_bar_label(project, reached, language),
        key=_key(sums, project, language),
        supporters=_pledges(project.promises)
        if project.is_undecided
        else _supporters(project.supporters),
        left=time_left(project.closes_at, at) if is_open else "",
        ends=moment(project.closes_at, project.home_city.time_zone, language),
        is_over=at >= project.closes_at,
        is_open=is_open,
        amounts=_amounts(suggestions, project, language) if is_open else SafeString(),
        minimum=format_money(project.minimum, language, short=True),
    )


def _funded(project: Any, reached: int) -> str:
    words = _("%(percent)s pledged") if _is_pledged(project) else _("%(percent)s funded")
    return words % {"percent": percent(reached)}


def _is_pledged(project: Any) -> bool:
    """Tell whether saved cards are part of what is shown as reached."""
    return bool(project.is_all_or_nothing and (project.is_undecided or project.promised))


def _has_threshold(project: Any) -> bool:
    return bool(project.minimum_minor < project.goal_minor)


def _sums_by_kind(shares: Iterable[Share]) -> dict[str, tuple[int, Money]]:
    sums: dict[str, tuple[int, Money]] = {}
    for share in shares:
        kind = KIND_BY_SOURCE.get(share.source_class, OTHER_KIND)
        count, money = sums.get(kind, (0, Money(0, share.amount.currency)))
        sums[kind] = (count + share.number, money + share.amount)
    return sums


def _bar_label(project: Any, reached: int, language: str) -> str:
    funded = _funded(project, reached)
    if not _has_threshold(project):
        return funded
    threshold = project.minimum_minor * 100 // project.goal_minor
    return _("%(funded)s; goes ahead at %(minimum)s, %(percent)s") % {
        "funded": funded,
        "minimum": format_money(project.minimum, language, short=True),
        "percent": percent(threshold),
    }


def _key(
    sums: Mapping[str, tuple[int, Money]], project: Any, language: str
) -> list[dict[str, str]]:
    words = {"citizens": _citizens, "companies": _companies, "funds": _institutions}
    rows = [
        {"kind": kind, "label": say(sums[kind][0]), "amount": _short(sums[kind][1], language)}
        for kind, say in words.items()
        if kind in sums
    ]
    if project.promised:
        amount = _short(project.promised, language)
        rows.append({"kind": "promised", "label": _promised(project), "amount": amount})
    return rows


def _promised(project: Any) -> str:
    """Say what stands for money that is not here: a saved card, or a word."""
    if project.is_undecided:
        words = ngettext(
            "%(count)s card, not charged yet",
            "%(count)s cards, not charged yet",
            project.promises,
        )
    elif project.is_all_or_nothing:
        words = ngettext(
            "%(count)s card, being charged",
            "%(count)s cards, being charged",
            project.promises,
        )
    else:
        return _("Promised, not yet here")
    return words % {"count": number(project.promises)}


def _pledges(count: int) -> str:
    return ngettext("%(count)s pledge", "%(count)s pledges", count) % {"count": number(count)}


def _citizens(count: int) -> str:
    return ngettext("%(count)s citizen", "%(count)s citizens", count) % {"count": number(count)}


def _companies(count: int) -> str:
    return ngettext("%(count)s company", "%(count)s companies", count) % {"count": number(count)}


def _institutions(count: int) -> str:
    words = ngettext("%(count)s institution or fund", "%(count)s institutions and funds", count)
    return words % {"count": number(count)}


def _supporters(count: int) -> str:
    return ngettext("%(count)s gift", "%(count)s gifts", count) % {"count": number(count)}


def _amounts(suggestions: Iterable[Suggestion], project: Any, language: str) -> SafeString:
    """Return the choice of an amount; none is chosen beforehand."""
    return part_html(
        "amounts",
        legend=_("Your pledge"),
        choices=tuple(_choice(suggestion, project, language) for suggestion in suggestions),
        other_label=_("Other"),
        other_hint=_other_hint(project.currency, language),
        currency=currency_in_words(project.currency, language),
    )


def _choice(suggestion: Suggestion, project: Any, language: str) -> Choice:
    money = Money(suggestion.amount_minor, project.currency)
    return Choice(
        value=plain_amount(money),
        amount=_short(money, language),
        buys=said(suggestion.label, project, language),
    )


def plain_amount(money: Money) -> str:
    """Return the amount as a form sends it: "25" or "12.50", in any language."""
    digits = exponent(money.currency)
    text = str(money.minor).rjust(digits + 1, "0")
    whole, decimals = text[: len(text) - digits], text[len(text) - digits :]
    return f"{whole}.{decimals}" if decimals.strip("0") else whole


def _other_hint(currency: str, language: str) -> str:
    least, most = limits_of(currency)
    return _("%(least)s to %(most)s") % {
        "least": _short(least, language),
        "most": _short(most, language),
    }


@lru_cache(maxsize=200)
def currency_in_words(currency: str, language: str) -> str:
    """Return what many units of the currency are called, such as "euros"."""
    return get_currency_name(currency, count=2, locale=Locale.parse(language))


def _short(money: Money, language: str) -> str:
    return format_money(money, language, short=True)
