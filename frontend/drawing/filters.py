"""The choices of the filter form as ready lists; which one is chosen is marked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.functional import Promise

from backend.cities.queries import country_name, fold
from backend.pledges.limits import LIMITS
from frontend.drawing.names import ORDERS, STATES, THEMES
from frontend.forms.projects import Search


@dataclass(frozen=True, slots=True)
class Choice:
    """One option of a list."""

    value: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Filters:
    """All lists of the form."""

    themes: list[Choice]
    states: list[Choice]
    countries: list[Choice]
    currencies: list[Choice]
    orders: list[Choice]


def filters_of(search: Search, countries: Iterable[str], language: str) -> Filters:
    """Return the lists with what `search` asks for marked; countries are ISO codes."""
    codes = {*countries, search.country} - {""}
    named = sorted(
        ((code, country_name(code, language)) for code in codes), key=lambda pair: fold(pair[1])
    )
    return Filters(
        themes=_choices(THEMES, search.themes),
        states=_choices(STATES, {search.state}),
        countries=_choices(dict(named), {search.country}),
        currencies=_choices({code: code for code in LIMITS}, {search.currency}),
        orders=_choices(ORDERS, {search.order}),
    )


def _choices(
    names: Mapping[str, str | Promise] | Mapping[str, str] | Mapping[str, Promise],
    chosen: Iterable[str],
) -> list[Choice]:
    marked = set(chosen)
    return [Choice(value, str(label), value in marked) for value, label in names.items()]
