from datetime import timedelta

import pytest

from backend.cities.queries import (
    CITY_ORDER,
    TWINNING_ORDER,
    NoSuchCity,
    NoSuchTwinning,
    cities_in_order,
    city_by_slug,
    city_facts,
    countries_with_cities,
    nearest_cities,
    twinning_between,
    twinning_by_slug,
    twinnings_in_order,
    twinnings_of,
)
from backend.common.keyset import page_of
from tests.factories import NOON, a_city, a_twinning

pytestmark = pytest.mark.django_db


class TestCityBySlug:
    def test_returns_the_city(self):
        lome = a_city(slug="lome-tg")

        assert city_by_slug("lome-tg") == lome

    def test_raises_for_a_stranger(self):
        with pytest.raises(NoSuchCity, match="lome-tg"):
            city_by_slug("lome-tg")


class TestTwinningBySlug:
    def test_brings_both_cities_in_one_query(self, django_assert_num_queries):
        a_twinning(slug="lome-tg--lyon-fr", city_a=a_city(name="Lomé"), city_b=a_city(name="Lyon"))

        with django_assert_num_queries(1):
            tie = twinning_by_slug("lome-tg--lyon-fr")
            names = {tie.city_a.name, tie.city_b.name}

        assert names == {"Lomé", "Lyon"}

    def test_raises_for_a_stranger(self):
        with pytest.raises(NoSuchTwinning, match="a--b"):
            twinning_by_slug("a--b")


class TestTwinningBetween:
    def test_is_found_from_either_end(self):
        tie = a_twinning()

        assert twinning_between(tie.city_a, tie.city_b) == tie
        assert twinning_between(tie.city_b, tie.city_a) == tie

    def test_is_none_for_strangers(self):
        assert twinning_between(a_city(), a_city()) is None


class TestTwinningsOf:
    def test_names_the_city_at_the_other_end_in_the_order_of_the_alphabet(
        self, django_assert_num_queries
    ):
        home = a_city(name="Home")
        zurich, abidjan, evere = a_city(name="Zürich"), a_city(name="Abidjan"), a_city(name="Évere")
        for twin in (zurich, abidjan, evere):
            a_twinning(city_a=home, city_b=twin)
        a_twinning()

        with django_assert_num_queries(1):
            ties = twinnings_of(home)

        assert [tie.twin for tie in ties] == [abidjan, evere, zurich]

    def test_tells_the_distance_only_where_both_points_are_certain(self):
        home = a_city(latitude=0, longitude=0)
        sure = a_city(name="A", latitude=0, longitude=1)
        unsure = a_city(name="B", latitude=0, longitude=1, point_is_certain=False)
        a_twinning(city_a=home, city_b=sure)
        a_twinning(city_a=home, city_b=unsure)

        assert [tie.km for tie in twinnings_of(home)] == [111, None]


class TestCitiesInOrder:
    def test_pages_through_namesakes_by_name_and_id(self):
        second, third = a_city(name="Perth"), a_city(name="Perth")
        first = a_city(name="Lyon")

        page = page_of(cities_in_order(), order=CITY_ORDER, size=2)
        rest = page_of(cities_in_order(), order=CITY_ORDER, size=2, cursor=page.next)

        assert list(page.rows) == [first, second]
        assert list(rest.rows) == [third]
        assert rest.next is None

    def test_narrows_to_a_country(self):
        lome = a_city(country="TG")
        a_city(country="FR")

        assert list(cities_in_order(country="TG")) == [lome]


class TestTwinningsInOrder:
    def test_pages_by_slug(self):
        second, first = a_twinning(slug="b--c"), a_twinning(slug="a--b")

        page = page_of(twinnings_in_order(), order=TWINNING_ORDER, size=1)
        rest = page_of(twinnings_in_order(), order=TWINNING_ORDER, size=1, cursor=page.next)

        assert [*page.rows, *rest.rows] == [first, second]

    def test_narrows_to_a_city_a_country_or_a_state(self):
        tie = a_twinning(city_a=a_city(country="TG"), state="announced")
        a_twinning()

        assert list(twinnings_in_order(city=tie.city_b)) == [tie]
        assert list(twinnings_in_order(country="TG")) == [tie]
        assert list(twinnings_in_order(state="announced")) == [tie]


class TestCountriesWithCities:
    def test_come_once_each_in_the_alphabet_of_the_language(self):
        for country in ("DE", "BE", "DE", "EG"):
            a_city(country=country)

        assert [name for _code, name in countries_with_cities("en")] == [
            "Belgium",
            "Egypt",
            "Germany",
        ]
        assert [code for code, _name in countries_with_cities("fr")] == ["DE", "BE", "EG"]


class TestCityFacts:
    def test_speak_the_language_of_the_page(self):
        city = a_city(country="BE", languages=["nl", "fr", "qqq"], population=69011)

        facts = city_facts(city, language="es", at=NOON)

        assert facts.country == "Bélgica"
        assert facts.languages == ["neerlandés", "francés"]
        assert facts.population == 69011
        assert facts.point == (51.2, 2.9)

    def test_tell_the_local_time(self):
        city = a_city(time_zone="Europe/Brussels")

        facts = city_facts(city, language="en", at=NOON)

        assert facts.local_time == NOON
        assert facts.local_time.utcoffset() == timedelta(hours=2)

    def test_say_unknown_instead_of_guessing(self):
        city = a_city(population=None, point_is_certain=False)

        facts = city_facts(city, language="en", at=NOON)

        assert (facts.population, facts.languages, facts.point) == (None, [], None)
        assert not facts.time_zone_is_exact

    def test_know_the_least_developed_countries(self):
        assert city_facts(a_city(country="BJ"), language="en", at=NOON).is_least_developed
        assert not city_facts(a_city(country="FR"), language="en", at=NOON).is_least_developed


class TestNearestCities:
    def test_come_nearest_first_and_leave_out_the_city_itself(self):
        home = a_city(latitude=6, longitude=1)
        far, near = a_city(latitude=7, longitude=1), a_city(latitude=6.1, longitude=1)
        a_city(latitude=6, longitude=9)

        assert nearest_cities(home) == [near, far]
        assert nearest_cities(home, limit=1) == [near]

    def test_are_unknown_around_an_uncertain_point(self):
        home = a_city(point_is_certain=False)
        a_city()

        assert nearest_cities(home) == []

    def test_leave_out_cities_whose_point_is_uncertain(self):
        home = a_city()
        a_city(point_is_certain=False)

        assert nearest_cities(home) == []
