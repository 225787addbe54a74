"""Short lists of pairs for the tests, and a gazetteer that knows a few places."""

from backend.cities.gazetteer import Gazetteer, KnownPlace
from backend.cities.places import Place
from backend.cities.twinning_rows import read_header, read_rows

HEADER = "city1,country1,lat1,lng1,city2,country2,lat2,lng2"


def readings_of(*rows, more=""):
    lines = [HEADER + more, *rows]
    return list(read_rows(lines, read_header(lines)))


def a_place(name="Lomé", country="TG", latitude=6.13, longitude=1.22):
    return Place(name, country, latitude, longitude)


def a_known_place(**fields):
    return KnownPlace(
        **{
            "geonames_id": 1,
            "name": "Lomé",
            "country": "TG",
            "latitude": 6.13,
            "longitude": 1.22,
            "population": 2_000_000,
            "time_zone": "Africa/Lome",
            "other_names": (),
            **fields,
        }
    )


def a_gazetteer(*places, languages=None):
    return Gazetteer(places, languages or {})
