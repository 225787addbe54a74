import pytest
from django.db import IntegrityError

from backend.cities.models import City, Twinning
from tests.factories import a_city, a_twinning

pytestmark = pytest.mark.django_db


class TestCity:
    @pytest.mark.parametrize(
        ("fields", "constraint"),
        [
            ({"country": "BEL"}, "value too long"),
            ({"country": "be"}, "city_country_is_two_letters"),
            ({"country": "B1"}, "city_country_is_two_letters"),
            ({"country": ""}, "city_country_is_two_letters"),
            ({"latitude": 90.01}, "city_latitude_on_earth"),
            ({"latitude": -90.01}, "city_latitude_on_earth"),
            ({"latitude": float("nan")}, "city_latitude_on_earth"),
            ({"longitude": 180.01}, "city_longitude_on_earth"),
            ({"longitude": float("nan")}, "city_longitude_on_earth"),
            ({"population": 0}, "city_population_is_unknown_not_zero"),
            ({"name": ""}, "city_has_a_name"),
        ],
    )
    def test_refuses_what_cannot_be_true(self, fields, constraint):
        with pytest.raises(Exception, match=constraint):
            a_city(**fields)

    def test_refuses_a_slug_twice(self):
        a_city(slug="lome-tg")

        with pytest.raises(IntegrityError, match="slug"):
            a_city(slug="lome-tg")

    def test_stands_at_the_very_edge_of_the_earth(self):
        a_city(latitude=-90, longitude=180, population=None)

        assert City.objects.get().longitude == 180


class TestTwinning:
    def test_refuses_the_same_city_twice(self):
        city = a_city()

        with pytest.raises(IntegrityError, match="twinning_of_two_cities_in_order"):
            a_twinning(city_a=city, city_b=city)

    def test_refuses_cities_in_the_wrong_order(self):
        tie = a_twinning()

        with pytest.raises(IntegrityError, match="twinning_of_two_cities_in_order"):
            Twinning.objects.filter(pk=tie.pk).update(city_a=tie.city_b, city_b=tie.city_a)

    def test_refuses_a_second_tie_of_the_same_cities(self):
        tie = a_twinning()

        with pytest.raises(IntegrityError, match="twinning_once_per_pair"):
            a_twinning(city_a=tie.city_a, city_b=tie.city_b, slug="another")

    @pytest.mark.parametrize(
        ("fields", "constraint"),
        [
            ({"kind": "marriage"}, "twinning_kind_is_known"),
            ({"state": "rumoured"}, "twinning_state_is_known"),
        ],
    )
    def test_refuses_unknown_words(self, fields, constraint):
        with pytest.raises(IntegrityError, match=constraint):
            a_twinning(**fields)

    def test_names_the_city_at_the_other_end(self):
        tie = a_twinning()

        assert tie.other_than(tie.city_a) == tie.city_b
        assert tie.other_than(tie.city_b) == tie.city_a
