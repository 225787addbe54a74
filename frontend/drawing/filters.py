"""The choices of the filter form, as ready options; they are the same for most visitors."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from django.utils.functional import Promise
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe

from backend.cities.queries import country_name, fold
from backend.pledges.limits import LIMITS
from frontend.drawing.names import ORDERS, STATES, THEMES
from frontend.forms.projects import Search

KEPT = 500
SELECTED = mark_safe(" selected")


@dataclass(frozen=True, slots=True)
class Choice:
    """One box to tick."""

    value: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Filters:
    """The boxes of the themes, and the options of each list as HTML."""

    themes: list[Choice]
    states: SafeString
    countries: SafeString
    currencies: SafeString
    orders: SafeString


def filters_of(search: Search, countries: Iterable[str], language: str) -> Filters:
    """Return the lists with what `search` asks for marked; countries are ISO codes."""
    codes = tuple(countries)
    if search.country and search.country not in codes:
        codes = (*codes, search.country)
    return Filters(
        themes=[Choice(theme, str(name), theme in search.themes) for theme, name in THEMES.items()],
        states=_options_of_names("states", search.state, language),
        countries=_options_of_countries(codes, search.country, language),
        currencies=_options_of_names("currencies", search.currency, language),
        orders=_options_of_names("orders", search.order, language),
    )


@lru_cache(maxsize=KEPT)
def _options_of_countries(codes: tuple[str, ...], chosen: str, language: str) -> SafeString:
    names = {code: country_name(code, language) for code in codes}
    return _options(dict(sorted(names.items(), key=lambda pair: fold(str(pair[1])))), chosen)


@lru_cache(maxsize=KEPT)
def _options_of_names(what: str, chosen: str, language: str) -> SafeString:
    """Return the options in the language that is active, which `language` names for the cache."""
    names: dict[str, Mapping[str, str | Promise]]
    names = {"states": STATES, "orders": ORDERS, "currencies": {code: code for code in LIMITS}}
    return _options(names[what], chosen)


def _options(names: Mapping[str, str | Promise], chosen: str) -> SafeString:
    return format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        ((value, SELECTED if value == chosen else "", label) for value, label in names.items()),
    )
