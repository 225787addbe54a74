"""How far two places on Earth are from each other."""

from math import asin, cos, radians, sin, sqrt
from typing import Protocol

EARTH_DIAMETER_KM = 12_742.0


class HasPoint(Protocol):
    """Anything with a latitude and a longitude in degrees."""

    @property
    def latitude(self) -> float:
        """Degrees north of the equator."""

    @property
    def longitude(self) -> float:
        """Degrees east of Greenwich."""


def distance_km(a: HasPoint, b: HasPoint) -> float:
    """Return the length of the shortest way over the Earth's surface, in kilometres."""
    latitude_a, latitude_b = radians(a.latitude), radians(b.latitude)
    across = sin((latitude_b - latitude_a) / 2) ** 2
    along = sin(radians(b.longitude - a.longitude) / 2) ** 2
    chord = across + cos(latitude_a) * cos(latitude_b) * along
    return EARTH_DIAMETER_KM * asin(min(1.0, sqrt(chord)))
