"""Which city a visitor means: a slug from a link, or a name as people type it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from backend.cities.queries import (
    NoSuchCity,
    cities_matching,
    cities_suggested,
    city_by_slug,
    country_name,
    fold,
)

SUGGESTIONS = 5


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A city that may be meant, such as "Lyon, France"."""

    slug: str
    label: str


@dataclass(frozen=True, slots=True)
class FoundPlace:
    """The city that is meant, if one surely is ("" otherwise), and others that may be."""

    slug: str
    label: str
    suggestions: Sequence[Suggestion]


def place_named(text: str, language: str) -> FoundPlace:
    """Return the city of that slug or name; a name of which there are several means the largest."""
    try:
        city = city_by_slug(text)
    except NoSuchCity:
        return _place_called(text, language)
    return FoundPlace(city.slug, _label(city, language), ())


def _place_called(text: str, language: str) -> FoundPlace:
    cities = list(cities_matching(text)[: SUGGESTIONS + 1]) or cities_suggested(
        text, limit=SUGGESTIONS
    )
    wanted = fold(text)
    if cities and wanted.startswith(cities[0].folded_name):
        others = _suggestions(cities[1:], language)
        return FoundPlace(cities[0].slug, _label(cities[0], language), others)
    return FoundPlace("", text, _suggestions(cities, language)[:SUGGESTIONS])


def cities_meant_by(text: str, language: str) -> list[Suggestion]:
    """Return cities that the text may name, to offer when a search found nothing."""
    cities = list(cities_matching(text)[:SUGGESTIONS]) or cities_suggested(text, limit=SUGGESTIONS)
    return _suggestions(cities, language)


def _suggestions(cities: Sequence[Any], language: str) -> list[Suggestion]:
    return [Suggestion(city.slug, _label(city, language)) for city in cities]


def _label(city: Any, language: str) -> str:
    return f"{city.name}, {country_name(city.country, language)}"
