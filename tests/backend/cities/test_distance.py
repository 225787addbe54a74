from types import SimpleNamespace

import pytest

from backend.cities.distance import distance_km


def a_point(latitude, longitude):
    return SimpleNamespace(latitude=latitude, longitude=longitude)


class TestDistanceKm:
    def test_from_london_to_paris(self):
        london, paris = a_point(51.5074, -0.1278), a_point(48.8566, 2.3522)

        assert distance_km(london, paris) == pytest.approx(343.6, abs=1)
        assert distance_km(paris, london) == distance_km(london, paris)

    def test_crosses_the_date_line_by_the_short_way(self):
        assert distance_km(a_point(0, 179.5), a_point(0, -179.5)) == pytest.approx(111, abs=1)

    def test_to_the_other_side_of_the_earth_is_half_its_girth(self):
        assert distance_km(a_point(0, 0), a_point(0, 180)) == pytest.approx(20_015, abs=5)

    def test_to_itself_is_nothing(self):
        assert distance_km(a_point(6.13, 1.22), a_point(6.13, 1.22)) == 0
