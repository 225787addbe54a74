import pytest
from django.db import connection

from backend.cities.operations import add_city
from backend.cities.search import cities_matching, cities_suggested
from tests.factories import NOON, a_city

pytestmark = pytest.mark.django_db

POINTS = {
    "Lomé": ("TG", 6.1308, 1.2153),
    "Geneva": ("CH", 46.2, 6.15),
    "Porto-Novo": ("BJ", 6.4972, 2.605),
    "Cotonou": ("BJ", 6.3667, 2.4333),
    "Ostend": ("BE", 51.2258, 2.9194),
    "Rome": ("IT", 41.8933, 12.4828),
}


def added(name):
    country, latitude, longitude = POINTS[name]
    return add_city(name=name, country=country, latitude=latitude, longitude=longitude, at=NOON)


def named(name, **fields):
    return a_city(name=name, folded_name=name.lower(), search_text=name.lower(), **fields)


class TestCitiesMatching:
    @pytest.mark.parametrize("text", ["Lomé", "lome", "LOM", "lomé, togo", "togo lome", "  lome "])
    def test_finds_a_city_however_it_is_typed(self, text):
        lome = added("Lomé")
        added("Rome")

        assert list(cities_matching(text)) == [lome]

    @pytest.mark.parametrize("text", ["Genève", "Ginebra", "Genf"])
    def test_finds_a_city_by_its_other_names(self, text):
        geneva = added("Geneva")

        assert list(cities_matching(text)) == [geneva]

    @pytest.mark.parametrize("text", ["Benin", "bénin", "Benín"])
    def test_finds_a_country_s_cities_the_most_populous_first(self, text):
        porto_novo, cotonou = added("Porto-Novo"), added("Cotonou")
        added("Lomé")

        assert list(cities_matching(text)) == [cotonou, porto_novo]

    def test_knows_usual_names_of_countries_that_no_city_carries(self):
        kinshasa = named("Kinshasa", country="CD")

        assert list(cities_matching("DR Congo")) == [kinshasa]

    def test_ranks_whole_name_then_beginning_then_other_name_then_population(self):
        big = named("Romeville", population=900)
        small = named("Rometown", population=5)
        unknown = named("Romestead", population=None)
        other = a_city(name="Luomei", folded_name="luomei", search_text="luomei rome")
        country = a_city(name="Bigtown", folded_name="bigtown", search_text="bigtown romeland")
        exact = named("Rome", population=1)

        assert list(cities_matching("rome")) == [exact, big, small, unknown, other, country]

    def test_ranks_a_country_s_cities_before_words_that_only_begin_alike(self):
        alike = a_city(name="X", folded_name="x", search_text="x beninkton", population=900)
        beninese = a_city(name="Y", folded_name="y", search_text="y benin", country="BJ")

        assert list(cities_matching("benin")) == [beninese, alike]

    def test_narrows_to_a_country(self):
        here, _there = named("Rome", country="IT"), named("Rome", country="US")

        assert list(cities_matching("rome", "IT")) == [here]
        assert list(cities_matching("", "IT")) == [here]

    def test_finds_nothing_for_nothing(self):
        added("Lomé")

        assert list(cities_matching("")) == []
        assert list(cities_matching("?!")) == []

    @pytest.mark.parametrize(
        "text", ["'; DROP TABLE", "a & | !", "%", "_ome", "\x00lome", "x" * 999]
    )
    def test_takes_no_sign_for_a_command(self, text):
        added("Ostend")

        assert list(cities_matching(text)) == []

    def test_can_be_answered_from_indexes_alone(self):
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")

        plan = cities_matching("benin").explain()

        assert "city_name_prefix" in plan
        assert "city_words" in plan
        assert "city_by_country" in plan
        assert "Seq Scan" not in plan


class TestCitiesSuggested:
    def test_offers_what_is_spelt_alike(self):
        ostend = added("Ostend")
        added("Lomé")

        assert cities_suggested("Ostende") == [ostend]
        assert cities_suggested("Ostnd") == [ostend]

    def test_fills_up_with_the_most_populous_of_the_same_beginning(self):
        small, big = named("Portville", population=1), named("Porthaven", population=9)
        named("Lyon", population=99)

        assert cities_suggested("Porxyzxyz", limit=2) == [big, small]

    def test_offers_no_more_than_was_asked_and_none_twice(self):
        for number in range(5):
            named(f"Porto {number}")

        found = cities_suggested("porto 1", limit=3)

        assert len(found) == 3
        assert len(set(found)) == 3

    def test_offers_nothing_for_nothing(self):
        added("Lomé")

        assert cities_suggested("?!") == []
        assert cities_suggested("zzz") == []
