"""What a visitor looks for on the list of projects: a GET form whose address is its state.

A filter that means nothing (an unknown theme, a currency in small letters) is left out and
never an error: such addresses come from old links, not from people.
"""

from collections.abc import Container
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.http import QueryDict

from backend.projects.queries import ORDERS, Wanted
from frontend.drawing.names import STATES, THEMES

LONGEST_TEXT = 100


@dataclass(frozen=True, slots=True)
class Search:
    """The filters as they stand in the address; `city` is what was typed or a slug."""

    search: str
    city: str
    country: str
    themes: tuple[str, ...]
    state: str
    currency: str
    order: str

    @property
    def is_empty(self) -> bool:
        """Whether nothing narrows the list."""
        return not any(
            (self.search, self.city, self.country, self.themes, self.state, self.currency)
        )

    def wanted(self, *, city_slug: str) -> Wanted:
        """Return the question for the domain, with the city that was found."""
        return Wanted(
            search=self.search,
            city=city_slug,
            country=self.country,
            theme=self.themes,
            state=(self.state,) if self.state else (),
            currency=self.currency,
            order=self.order,
        )

    def address(self, **extra: str) -> str:
        """Return the query string that asks for the same, such as "?theme=water&order=ending"."""
        pairs = [
            ("search", self.search),
            ("city", self.city),
            ("country", self.country),
            *(("theme", theme) for theme in self.themes),
            ("state", self.state),
            ("currency", self.currency),
            ("order", self.order if self.order != "newest" else ""),
            *extra.items(),
        ]
        query = urlencode([(name, value) for name, value in pairs if value])
        return f"?{query}" if query else ""

    def without_text(self) -> "Search":
        """Return the same search without its word and city."""
        return replace(self, search="", city="")


def search_in(query: QueryDict) -> Search:
    """Read the filters from the address."""
    return Search(
        search=_text(query, "search"),
        city=_text(query, "city"),
        country=_code(query, "country", 2),
        themes=tuple(theme for theme in THEMES if theme in query.getlist("theme")),
        state=_one_of(STATES, query.get("state", "")),
        currency=_code(query, "currency", 3),
        order=_one_of(ORDERS, query.get("order", "")) or "newest",
    )


def _text(query: QueryDict, name: str) -> str:
    return " ".join(query.get(name, "").replace("\x00", "").split())[:LONGEST_TEXT]


def _code(query: QueryDict, name: str, length: int) -> str:
    code = query.get(name, "").upper()
    return code if len(code) == length and code.isascii() and code.isalpha() else ""


def _one_of(known: Container[str], word: str) -> str:
    return word if word in known else ""
