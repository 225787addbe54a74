"""What GeoNames says of the places in our lists: population, time zone, languages of the country.

The one rule: a fact is taken only where name, country and 25 km agree. Everything else is
"unknown", except the time zone, which comes from the nearest known place and says so.
"""

import csv
import gzip
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from math import cos, radians
from pathlib import Path

from backend.cities.distance import distance_km
from backend.cities.folding import fold
from backend.cities.places import Place, plain_name

AGREEMENT_KM = 25.0
FOLDER = Path(__file__).parent / "data"
PLACES_FILE = FOLDER / "geonames_places.csv.gz"
COUNTRIES_FILE = FOLDER / "geonames_countries.csv"
PLACE_FIELDS = (
    "geonames_id", "name", "country", "latitude", "longitude", "population", "time_zone",
    "other_names",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class KnownPlace:
    """A populated place of GeoNames: unknown population is None, `other_names` are folded."""

    geonames_id: int
    name: str
    country: str
    latitude: float
    longitude: float
    population: int | None
    time_zone: str
    other_names: tuple[str, ...]


class Gazetteer:
    """Known places, found by name and country or by nearness."""

    def __init__(self, places: Iterable[KnownPlace], languages: dict[str, list[str]]) -> None:
        """Index `places`; `languages` are lists of language codes by country code."""
        self._languages = languages
        self._by_name: dict[tuple[str, str], list[tuple[bool, KnownPlace]]] = defaultdict(list)
        self._by_country: dict[str, list[KnownPlace]] = defaultdict(list)
        self._all = list(places)
        for known in self._all:
            own = fold(known.name)
            self._by_country[known.country].append(known)
            self._by_name[own, known.country].append((False, known))
            for other in known.other_names:
                self._by_name[other, known.country].append((True, known))

    def place_of(self, place: Place) -> KnownPlace | None:
        """Return the place of that name in that country within 25 km, or None.

        A place's own name goes before another name of it, and nearness decides the rest. A part
        of a city ("Gulou (Fuzhou)") must not pass for the city because the city's other names
        list it, so there only own names count.
        """
        is_part = plain_name(place.name) != place.name
        near = [
            (is_other, distance_km(place, known), known)
            for is_other, known in self._by_name.get(place.key, ())
            if not (is_part and is_other)
        ]
        near = [found for found in near if found[1] <= AGREEMENT_KM]
        return min(near, key=lambda found: found[:2])[2] if near else None

    def nearest_to(self, place: Place) -> KnownPlace:
        """Return the nearest known place of the same country, or of any if it has none.

        Raises ValueError if nothing is known at all.
        """
        candidates = self._by_country.get(place.country) or self._all
        # Comparing needs no true kilometres; on a flat map with narrowed degrees it is fast.
        north, east, narrowed = place.latitude, place.longitude, cos(radians(place.latitude))
        squares = [
            (known.latitude - north) ** 2
            + (min(abs(known.longitude - east), 360 - abs(known.longitude - east)) * narrowed) ** 2
            for known in candidates
        ]
        return candidates[squares.index(min(squares))]

    def languages_of(self, country: str) -> list[str]:
        """Return the codes of the languages of the country, the most spoken first."""
        return self._languages.get(country, [])


@cache
def shipped_gazetteer() -> Gazetteer:
    """Return the gazetteer of the extract that comes with the project."""
    with gzip.open(PLACES_FILE, "rt", encoding="utf-8", newline="") as file:
        places = [_known_place(row) for row in csv.DictReader(file)]
    with COUNTRIES_FILE.open(encoding="utf-8", newline="") as file:
        languages = {row["country"]: row["languages"].split() for row in csv.DictReader(file)}
    return Gazetteer(places, languages)


def _known_place(row: dict[str, str]) -> KnownPlace:
    return KnownPlace(
        geonames_id=int(row["geonames_id"]),
        name=row["name"],
        country=row["country"],
        latitude=float(row["latitude"]),
        longitude=float(row["longitude"]),
        population=int(row["population"]) if row["population"] else None,
        time_zone=row["time_zone"],
        other_names=tuple(name for name in row["other_names"].split("|") if name),
    )
