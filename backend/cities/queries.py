"""Questions about cities and their ties.

Countries go by ISO code; their names come from Babel in the language that is asked for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from backend.cities.countries import (
    countries_matching,
    country_codes,
    country_name,
    language_name,
)
from backend.cities.distance import distance_km
from backend.cities.folding import fold
from backend.cities.least_developed import LEAST_DEVELOPED, is_least_developed
from backend.cities.models import City, CityQuerySet, Twinning
from backend.cities.search import cities_matching, cities_suggested
from backend.common.keyset import Order

__all__ = [
    "CITY_ORDER",
    "LEAST_DEVELOPED",
    "TWINNING_ORDER",
    "CityFacts",
    "NoSuchCity",
    "NoSuchTwinning",
    "Tie",
    "cities_in_order",
    "cities_matching",
    "cities_suggested",
    "city_by_slug",
    "city_facts",
    "countries_matching",
    "countries_with_cities",
    "country_codes",
    "country_name",
    "distance_km",
    "fold",
    "is_least_developed",
    "language_name",
    "nearest_cities",
    "twinning_between",
    "twinning_by_slug",
    "twinnings_in_order",
    "twinnings_of",
]

# How the lists below are paged: `page_of(cities_in_order(...), order=CITY_ORDER, size=…)`.
CITY_ORDER = Order("name", descending=False)
TWINNING_ORDER = Order("slug", descending=False)
_KM_IN_A_DEGREE = 111.2


class NoSuchCity(LookupError):
    """No city has that slug."""


class NoSuchTwinning(LookupError):
    """No twinning has that slug."""


@dataclass(frozen=True, slots=True)
class Tie:
    """A twinning as seen from one of its cities; `km` is None where a point is not certain."""

    twinning: Twinning
    twin: City
    km: int | None


@dataclass(frozen=True, slots=True)
class CityFacts:
    """What a page says of a city, in one language.

    A population of None is unknown; `languages` are those of the country, as GeoNames lists them,
    and may be empty; a point of None (latitude and longitude) means that ours is not certain.
    """

    city: City
    country: str
    population: int | None
    languages: Sequence[str]
    time_zone: str
    time_zone_is_exact: bool
    local_time: datetime
    point: tuple[float, float] | None
    is_least_developed: bool


def city_by_slug(slug: str) -> City:
    """Return the city with that slug, such as "lome-tg", or raise NoSuchCity."""
    try:
        return City.objects.get(slug=slug)
    except City.DoesNotExist:
        raise NoSuchCity(slug) from None


def twinning_by_slug(slug: str) -> Twinning:
    """Return the twinning with that slug and both its cities, or raise NoSuchTwinning."""
    try:
        return Twinning.objects.select_related("city_a", "city_b").get(slug=slug)
    except Twinning.DoesNotExist:
        raise NoSuchTwinning(slug) from None


def twinning_between(city: City, twin: City) -> Twinning | None:
    """Return the tie of the two cities, or None if they have none."""
    a, b = sorted((city, twin), key=lambda end: end.pk)
    return Twinning.objects.filter(city_a=a, city_b=b).select_related("city_a", "city_b").first()


def twinnings_of(city: City) -> list[Tie]:
    """Return the ties of the city with the city at the other end, in the order of their names."""
    ties = Twinning.objects.filter(Q(city_a=city) | Q(city_b=city))
    seen = [
        Tie(tie, tie.other_than(city), _km(city, tie.other_than(city)))
        for tie in ties.select_related("city_a", "city_b")
    ]
    return sorted(seen, key=lambda tie: (fold(tie.twin.name), tie.twin.pk))


def cities_in_order(*, country: str | None = None) -> CityQuerySet:
    """Return all cities, or those of the country, by name and id."""
    cities = City.objects.in_order()
    return cities.filter(country=country) if country else cities


def twinnings_in_order(
    *, city: City | None = None, country: str | None = None, state: str | None = None
) -> QuerySet[Twinning]:
    """Return the ties with their cities by slug, narrowed to a city, a country or a state."""
    ties = Twinning.objects.select_related("city_a", "city_b").order_by("slug", "id")
    if city:
        ties = ties.filter(Q(city_a=city) | Q(city_b=city))
    if country:
        ties = ties.filter(Q(city_a__country=country) | Q(city_b__country=country))
    if state:
        ties = ties.filter(state=state)
    return ties


def countries_with_cities(language: str) -> list[tuple[str, str]]:
    """Return code and name of each country that has a city, in the alphabet of the language."""
    codes = City.objects.order_by().values_list("country", flat=True).distinct()
    named = [(code, country_name(code, language)) for code in codes]
    return sorted(named, key=lambda pair: fold(pair[1]))


def city_facts(city: City, *, language: str, at: datetime) -> CityFacts:
    """Return what a page says of the city, with its local time at `at`."""
    return CityFacts(
        city=city,
        country=country_name(city.country, language),
        population=city.population,
        languages=[name for code in city.languages if (name := language_name(code, language))],
        time_zone=city.time_zone,
        time_zone_is_exact=city.time_zone_is_exact,
        local_time=at.astimezone(ZoneInfo(city.time_zone)),
        point=(city.latitude, city.longitude) if city.point_is_certain else None,
        is_least_developed=is_least_developed(city.country),
    )


def nearest_cities(city: City, *, limit: int = 3, within_km: float = 300) -> list[City]:
    """Return the cities around `city`, the nearest first; none if its point is not certain."""
    if not city.point_is_certain:
        return []
    degrees = within_km / _KM_IN_A_DEGREE
    around = City.objects.filter(
        point_is_certain=True,
        latitude__range=(city.latitude - degrees, city.latitude + degrees),
    ).exclude(pk=city.pk)
    near = [(distance_km(city, other), other.pk, other) for other in around]
    near = [found for found in near if found[0] <= within_km]
    return [found[2] for found in sorted(near, key=lambda found: found[:2])[:limit]]


def _km(city: City, twin: City) -> int | None:
    if not (city.point_is_certain and twin.point_is_certain):
        return None
    return round(distance_km(city, twin))
