"""A place as a list names it, before anybody knows whether it is already in our book.

The one rule: a Place is either sound (a name, a country's code, a point on Earth) or was refused.
"""

import math
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from backend.cities.countries import UnknownCountry, known_country, read_country, territory_named
from backend.cities.folding import fold

MAXIMUM_NAME_LENGTH = 150
# A list names most of its places several times.
_REMEMBERED = 65_536
# "Bogodogo (Ouagadougou)", "Suzhou, Jiangsu": what follows only says which one is meant.
_WHICH_ONE = re.compile(r"^(?P<name>[^(),]+?)(?: \((?P<within>[^()]+)\)|, (?P<region>[^,]+))$")
# "(district)" names a kind of area, "Newry, Mourne and Down" several places in one.
_IS_AN_AREA = re.compile(r"^[a-zà-ÿ]| and ")
_AREA_WORDS = frozenset({"county", "district", "gmina", "municipality", "province", "township"})


class PlaceRefused(ValueError):
    """What the list says is no place; the text says why."""


@dataclass(frozen=True, slots=True)
class Place:
    """A named point in a country, such as Lomé, TG, 6.13, 1.22."""

    name: str
    country: str
    latitude: float
    longitude: float

    @property
    def key(self) -> tuple[str, str]:
        """What all spellings of this name in this country share."""
        return _key(self.name, self.country)


@dataclass(frozen=True, slots=True)
class PlaceReading:
    """A place, and what had to be guessed about it."""

    place: Place
    remarks: tuple[str, ...]


@lru_cache(maxsize=_REMEMBERED)
def _key(name: str, country: str) -> tuple[str, str]:
    return fold(plain_name(name)), country


def plain_name(name: str) -> str:
    """Return `name` without the words that only say which of several places is meant.

    "Suzhou, Jiangsu" is Suzhou, but "Herford (district)" is not Herford: a kind of area, which
    lists write in small letters, belongs to the name.
    """
    match = _WHICH_ONE.match(name)
    if not match or _IS_AN_AREA.search(match["within"] or match["region"]):
        return name
    return match["name"]


@lru_cache(maxsize=_REMEMBERED)
def read_place(name: str, country: str, latitude: str, longitude: str) -> PlaceReading:
    """Return the place that four fields of a list describe.

    Raises PlaceRefused.
    """
    name = _clean_name(name)
    remarks: list[str] = []
    if country.strip():
        code = _country(country.strip(), remarks)
    else:
        name, code = _country_from_name(name, remarks)
    code = _own_code(name, code, remarks)
    place = Place(
        name, code, _degrees(latitude, "latitude", 90), _degrees(longitude, "longitude", 180)
    )
    if _is_qualified(name):
        remarks.append(f"“{name}” carries a qualifier")
    return PlaceReading(place, tuple(remarks))


def _clean_name(text: str) -> str:
    name = unicodedata.normalize("NFC", " ".join(text.split()))
    if not name:
        raise PlaceRefused("a city has no name")
    if len(name) > MAXIMUM_NAME_LENGTH:
        raise PlaceRefused(f"a city's name is longer than {MAXIMUM_NAME_LENGTH} characters")
    if not fold(name) or any(unicodedata.category(char).startswith("C") for char in name):
        raise PlaceRefused(f"“{name.encode('unicode_escape').decode()}” is not a name")
    return name


def _country(text: str, remarks: list[str]) -> str:
    try:
        reading = read_country(text)
    except UnknownCountry as error:
        raise PlaceRefused(str(error)) from None
    if reading.remark:
        remarks.append(reading.remark)
    return reading.code


def _country_from_name(name: str, remarks: list[str]) -> tuple[str, str]:
    """Read "Varna, Bulgaria" and "Falkland Islands", whose country's field is empty."""
    city, comma, last = name.rpartition(", ")
    code = known_country(last)
    if not code:
        raise PlaceRefused(f"“{name}” has no country")
    remarks.append(f"country {code} taken from the name “{name}”")
    return (city if comma else name, code)


def _own_code(name: str, code: str, remarks: list[str]) -> str:
    own = territory_named(name, code)
    if own != code:
        remarks.append(f"“{name}” has a code of its own, {own}")
    return own


def _degrees(text: str, what: str, limit: int) -> float:
    try:
        degrees = float(text)
    except ValueError:
        raise PlaceRefused(f"{what} “{text.strip()}” is not a number") from None
    if not math.isfinite(degrees):
        raise PlaceRefused(f"{what} “{text.strip()}” is not a number")
    if abs(degrees) > limit:
        raise PlaceRefused(f"{what} {text.strip()} is not between -{limit} and {limit}")
    return degrees


def _is_qualified(name: str) -> bool:
    is_area = name.rpartition(" ")[2].lower() in _AREA_WORDS or name.endswith(")")
    return is_area or plain_name(name) != name
