from datetime import date

import pytest

from backend.cities.models import City, Twinning
from backend.cities.operations import CityRefused, TiedToItself, add_city, tie_cities
from tests.factories import NOON, a_city

pytestmark = pytest.mark.django_db

LOME = {"name": "Lomé", "country": "Togo", "latitude": 6.1308, "longitude": 1.2153, "at": NOON}
WORDS = {"kind": Twinning.Kind.PARTNERSHIP, "source": "a treaty", "at": NOON}


class TestAddCity:
    def test_brings_what_geonames_knows(self):
        city = add_city(**LOME)

        assert city.slug == "lome-tg"
        assert city.country == "TG"
        assert city.population > 1_000_000
        assert city.languages[0] == "fr"
        assert (city.time_zone, city.time_zone_is_exact) == ("Africa/Lome", True)
        assert city.geonames_id == 2365267
        assert city.added_at == NOON
        assert {"lome", "togo"} <= set(city.search_text.split())

    def test_says_unknown_and_takes_the_nearest_zone_where_geonames_knows_nothing(self):
        city = add_city(name="Sampletown", country="TG", latitude=6.5, longitude=1.2, at=NOON)

        assert (city.population, city.languages, city.geonames_id) == (None, [], None)
        assert (city.time_zone, city.time_zone_is_exact) == ("Africa/Lome", False)
        assert city.point_is_certain

    def test_twice_is_the_same_city(self):
        first = add_city(**LOME)

        assert add_city(**LOME | {"name": "LOME", "latitude": 6.14}) == first
        assert City.objects.count() == 1

    def test_reaches_to_ten_kilometres_and_no_further(self):
        first = add_city(name="Sampletown", country="TG", latitude=6.0, longitude=1.2, at=NOON)
        near = add_city(name="Sampletown", country="TG", latitude=6.0898, longitude=1.2, at=NOON)
        far = add_city(name="Sampletown", country="TG", latitude=6.0901, longitude=1.2, at=NOON)

        assert near == first
        assert far.slug == "sampletown-tg-2"

    def test_tells_namesakes_in_two_countries_apart(self):
        here = add_city(name="Sampletown", country="BE", latitude=50.5, longitude=5.9, at=NOON)
        there = add_city(name="Sampletown", country="DE", latitude=50.5, longitude=6.0, at=NOON)

        assert (here.slug, there.slug) == ("sampletown-be", "sampletown-de")

    def test_knows_a_city_under_its_other_name_at_the_same_spot(self):
        aachen = add_city(name="Aachen", country="DE", latitude=50.776, longitude=6.084, at=NOON)
        aken = add_city(name="Aken", country="DE", latitude=50.7764, longitude=6.0839, at=NOON)

        assert aken == aachen

    def test_does_not_take_a_namesake_abroad_for_the_point(self):
        city = add_city(name="Perth", country="GB", latitude=-31.9558, longitude=115.8597, at=NOON)

        assert not city.point_is_certain
        assert city.population is None
        assert city.time_zone == "Europe/London"

    @pytest.mark.parametrize(
        ("fields", "reason"),
        [
            ({"name": " "}, "no name"),
            ({"country": "Atlantis"}, "Atlantis"),
            ({"latitude": 91}, "not between -90 and 90"),
            ({"longitude": float("nan")}, "not a number"),
        ],
    )
    def test_refuses_what_is_no_place(self, fields, reason):
        with pytest.raises(CityRefused, match=reason):
            add_city(**LOME | fields)

        assert not City.objects.exists()


class TestTieCities:
    def test_writes_the_tie_down_in_one_order(self):
        first, second = a_city(slug="lyon-fr"), a_city(slug="lome-tg")

        tie = tie_cities(city=second, twin=first, state="announced", **WORDS)

        assert tie.slug == "lome-tg--lyon-fr"
        assert (tie.city_a, tie.city_b) == (first, second)
        assert (tie.state, tie.source, tie.note) == ("announced", "a treaty", {})

    def test_twice_from_either_end_is_one_tie(self):
        first, second = a_city(), a_city()

        tie = tie_cities(city=first, twin=second, state="confirmed", **WORDS)

        assert tie_cities(city=second, twin=first, state="confirmed", **WORDS) == tie
        assert Twinning.objects.count() == 1

    def test_confirms_what_was_announced_and_keeps_the_note(self):
        ends = {"city": a_city(), "twin": a_city()}
        tie_cities(**ends, state="announced", note={"en": "Said in 2001."}, **WORDS)

        tie_cities(**ends, state="confirmed", **WORDS | {"kind": "twin_town", "source": "signed"})

        tie = Twinning.objects.get()
        assert (tie.state, tie.kind, tie.source) == ("confirmed", "twin_town", "signed")
        assert tie.note == {"en": "Said in 2001."}

    def test_keeps_what_the_first_confirmation_said(self):
        ends = {"city": a_city(), "twin": a_city()}
        tie_cities(**ends, state="confirmed", note={"en": "Signed."}, **WORDS)

        tie_cities(
            **ends,
            state="confirmed",
            note={"en": "Heard of."},
            **WORDS | {"kind": "twin_town", "source": "a rumour"},
        )

        tie = Twinning.objects.get()
        assert (tie.kind, tie.source, tie.note) == ("partnership", "a treaty", {"en": "Signed."})

    def test_never_makes_a_confirmed_tie_an_announced_one(self):
        ends = {"city": a_city(), "twin": a_city()}
        tie_cities(**ends, state="confirmed", **WORDS)

        tie_cities(
            **ends,
            state="announced",
            since_on=date(2001, 5, 14),
            note={"en": "Said in 2001."},
            **WORDS | {"source": "a report"},
        )

        tie = Twinning.objects.get()
        assert (tie.state, tie.source) == ("confirmed", "a treaty")
        assert tie.since_on == date(2001, 5, 14)
        assert tie.note == {"en": "Said in 2001."}

    def test_refuses_a_city_with_itself(self):
        city = a_city(name="Nienburg")

        with pytest.raises(TiedToItself, match="Nienburg"):
            tie_cities(city=city, twin=city, state="confirmed", **WORDS)
