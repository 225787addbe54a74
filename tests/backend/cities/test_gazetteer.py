import csv

import pytest

from backend.cities.folding import fold
from backend.cities.gazetteer import COUNTRIES_FILE, shipped_gazetteer
from tests.backend.cities.lists import a_gazetteer, a_known_place, a_place


class TestPlaceOf:
    def test_agrees_on_name_country_and_nearness(self):
        known = a_known_place(latitude=6.3)

        assert a_gazetteer(known).place_of(a_place("LOME")) == known

    @pytest.mark.parametrize(
        "fields",
        [{"name": "Lama"}, {"country": "BJ"}, {"latitude": 6.13 + 0.226}],
        ids=["another name", "another country", "more than 25 km"],
    )
    def test_knows_nothing_where_one_of_them_differs(self, fields):
        assert a_gazetteer(a_known_place(**fields)).place_of(a_place()) is None

    def test_reaches_to_25_km(self):
        known = a_known_place(latitude=6.13 + 0.224)

        assert a_gazetteer(known).place_of(a_place()) == known

    def test_finds_a_place_by_another_name(self):
        known = a_known_place(name="Ostend", other_names=("oostende",))

        assert a_gazetteer(known).place_of(a_place("Oostende")) == known

    def test_prefers_a_place_s_own_name_then_the_nearer_one(self):
        by_other_name = a_known_place(geonames_id=1, name="Bè", other_names=("lome",))
        far = a_known_place(geonames_id=2, latitude=6.3)
        near = a_known_place(geonames_id=3, latitude=6.2)

        assert a_gazetteer(by_other_name, far, near).place_of(a_place()) == near

    def test_does_not_take_a_part_of_a_city_for_the_city(self):
        city = a_known_place(name="Fuzhou", country="CN", other_names=("gulou",))

        assert a_gazetteer(city).place_of(a_place("Gulou (Fuzhou)", "CN")) is None

    def test_does_not_take_a_district_for_its_town(self):
        town = a_known_place(name="Herford", country="DE")

        assert a_gazetteer(town).place_of(a_place("Herford (district)", "DE")) is None


class TestNearestTo:
    def test_stays_in_the_country(self):
        abroad = a_known_place(geonames_id=1, country="GH", latitude=6.14)
        at_home = a_known_place(geonames_id=2, latitude=9.5)

        assert a_gazetteer(abroad, at_home).nearest_to(a_place("Sampletown")) == at_home

    def test_goes_abroad_if_nothing_is_known_at_home(self):
        abroad = a_known_place(country="GH")

        assert a_gazetteer(abroad).nearest_to(a_place("Sampletown")) == abroad

    def test_looks_across_the_date_line(self):
        east = a_known_place(geonames_id=1, country="FJ", latitude=-17, longitude=-179.5)
        west = a_known_place(geonames_id=2, country="FJ", latitude=-17, longitude=178)

        assert a_gazetteer(west, east).nearest_to(a_place("Naselesele", "FJ", -17, 179.9)) == east


class TestShippedGazetteer:
    def test_knows_lome(self):
        known = shipped_gazetteer().place_of(a_place())

        assert known.geonames_id == 2365267
        assert known.time_zone == "Africa/Lome"
        assert known.population > 1_000_000

    def test_knows_the_languages_of_a_country(self):
        assert shipped_gazetteer().languages_of("BE") == ["nl", "fr", "de"]
        assert shipped_gazetteer().languages_of("QQ") == []

    def test_carries_names_that_are_folded_as_we_fold_today(self):
        names = [name for known in shipped_gazetteer()._all for name in known.other_names]

        assert len(names) > 50_000
        assert [name for name in names if fold(name) != name] == []

    def test_has_languages_for_every_country_of_its_places(self):
        with COUNTRIES_FILE.open(encoding="utf-8") as file:
            listed = {row["country"] for row in csv.DictReader(file)}

        assert len(listed) > 240
        assert listed >= {known.country for known in shipped_gazetteer()._all}
