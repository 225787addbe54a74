"""Which city of ours a place on a list is.

The one rule: asking twice gives the same city. Places are looked up only after all of them were
added, so the order of a list decides nothing.

Two places are one city if they bear the same name in the same country within 10 km, or if GeoNames
knows both as the same place within 2 km ("Aken" and "Aachen"). A place whose point is wrong, such
as Perth in Scotland at the point of Perth in Australia, is the one city of that name and country
whose point is right, if there is exactly one.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime

from backend.cities.countries import country_name
from backend.cities.distance import distance_km
from backend.cities.folding import fold, slug_of
from backend.cities.gazetteer import Gazetteer, KnownPlace
from backend.cities.models import City
from backend.cities.places import Place, plain_name
from backend.common.progress import Follow, silently

SAME_NAME_KM = 10.0
SAME_GEONAMES_KM = 2.0
# No known place of the country is so far away from a point that lies in it.
OUTSIDE_ITS_COUNTRY_KM = 1000.0
_PAGE_LANGUAGES = ("en", "fr", "es")


class CityRegister:
    """The cities that we have, and those that a list adds to them."""

    def __init__(self, cities: Iterable[City], gazetteer: Gazetteer) -> None:
        """Begin with the `cities` of the database."""
        self._gazetteer = gazetteer
        self._by_key: dict[tuple[str, str], list[City]] = defaultdict(list)
        self._by_geonames: dict[int, list[City]] = defaultdict(list)
        self._slugs: set[str] = set()
        self._known: dict[Place, KnownPlace | None] = {}
        self._nearest: dict[Place, KnownPlace] = {}
        self._certain: dict[Place, bool] = {}
        self._countries_at: dict[tuple[float, float], set[str]] = defaultdict(set)
        self.added: list[City] = []
        for city in cities:
            self._enter(city)

    def add_places(
        self, places: Iterable[Place], *, at: datetime, follow: Follow = silently
    ) -> None:
        """Make sure that every place has a city; new ones stand unsaved in `added`.

        Places without a qualifier, known ones and populous ones go first, so that they give the
        city its name and get the slug without a number.
        """
        counted = Counter(places)
        for place in counted:
            self._countries_at[place.latitude, place.longitude].add(place.country)
        for place in follow(counted, len(counted), "Looking up places"):
            self.point_is_certain(place)

        def precedence(place: Place) -> tuple[bool, bool, bool, int, int, str, float, float]:
            known = self.known(place)
            return (
                not self.point_is_certain(place),
                plain_name(place.name) != place.name,
                not known or known.name != place.name,
                -((known and known.population) or 0),
                -counted[place],
                place.name,
                place.latitude,
                place.longitude,
            )

        for place in sorted(counted, key=precedence):
            if self.find(place) is None:
                self.add(place, at=at)

    def city_of(self, place: Place) -> City:
        """Return the city that `place` is; raise LookupError if it was never added."""
        city = self.find(place)
        if city is None:
            raise LookupError(place)
        return city

    def find(self, place: Place, within_km: float = SAME_NAME_KM) -> City | None:
        """Return the city that `place` is, or None."""
        namesakes = self._by_key.get(place.key, [])
        city = _nearest_within(namesakes, place, within_km) or self._by_other_name(place)
        if city or self.point_is_certain(place):
            return city
        certain = [city for city in namesakes if city.point_is_certain]
        return certain[0] if len(certain) == 1 else None

    def known(self, place: Place) -> KnownPlace | None:
        """Return what GeoNames knows of `place`, or None."""
        if place not in self._known:
            self._known[place] = self._gazetteer.place_of(place)
        return self._known[place]

    def point_is_certain(self, place: Place) -> bool:
        """Tell whether the point can be right: GeoNames agrees, or nothing speaks against it."""
        if place not in self._certain:
            self._certain[place] = self._point_can_be_right(place)
        return self._certain[place]

    def _point_can_be_right(self, place: Place) -> bool:
        if self.known(place):
            return True
        if self._countries_at[place.latitude, place.longitude] - {place.country}:
            return False
        nearest = self._nearest_to(place)
        is_far = distance_km(place, nearest) > OUTSIDE_ITS_COUNTRY_KM
        return not (is_far and nearest.country == place.country)

    def _nearest_to(self, place: Place) -> KnownPlace:
        if place not in self._nearest:
            self._nearest[place] = self._gazetteer.nearest_to(place)
        return self._nearest[place]

    def _by_other_name(self, place: Place) -> City | None:
        known = self.known(place)
        if known is None or plain_name(place.name) != place.name:
            return None
        same = self._by_geonames.get(known.geonames_id, [])
        return _nearest_within(same, place, SAME_GEONAMES_KM)

    def _enter(self, city: City) -> None:
        self._slugs.add(city.slug)
        self._by_key[city.folded_name, city.country].append(city)
        if city.geonames_id and plain_name(city.name) == city.name:
            self._by_geonames[city.geonames_id].append(city)

    def add(self, place: Place, *, at: datetime) -> City:
        """Enter `place` as a city of its own, unsaved, and return it."""
        known = self.known(place)
        city = City(
            slug=self._free_slug(place),
            name=place.name,
            folded_name=place.key[0],
            country=place.country,
            latitude=place.latitude,
            longitude=place.longitude,
            point_is_certain=self.point_is_certain(place),
            population=known.population if known else None,
            languages=self._gazetteer.languages_of(place.country) if known else [],
            time_zone=(known or self._nearest_to(place)).time_zone,
            time_zone_is_exact=known is not None,
            geonames_id=known.geonames_id if known else None,
            search_text=_search_text(place, known.other_names if known else ()),
            added_at=at,
        )
        self._enter(city)
        self.added.append(city)
        return city

    def _free_slug(self, place: Place) -> str:
        wanted = f"{slug_of(place.name) or 'place'}-{place.country.lower()}"
        slug, number = wanted, 1
        while slug in self._slugs:
            number += 1
            slug = f"{wanted}-{number}"
        return slug


def _nearest_within(cities: list[City], place: Place, limit_km: float) -> City | None:
    near = [(distance_km(city, place), city.slug, city) for city in cities]
    near = [found for found in near if found[0] <= limit_km]
    return min(near, key=lambda found: found[:2])[2] if near else None


def _search_text(place: Place, other_names: Iterable[str]) -> str:
    countries = [country_name(place.country, language) for language in _PAGE_LANGUAGES]
    words = " ".join([fold(place.name), *other_names, *map(fold, countries)]).split()
    return " ".join(dict.fromkeys(words))
