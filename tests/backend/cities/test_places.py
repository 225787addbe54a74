import pytest

from backend.cities.places import Place, PlaceRefused, plain_name, read_place


class TestPlainName:
    @pytest.mark.parametrize(
        ("name", "plain"),
        [
            ("Bogodogo (Ouagadougou)", "Bogodogo"),
            ("Suzhou, Jiangsu", "Suzhou"),
            ("Lomé", "Lomé"),
        ],
    )
    def test_leaves_out_what_only_says_which_one(self, name, plain):
        assert plain_name(name) == plain

    @pytest.mark.parametrize(
        "name", ["Herford (district)", "Arras (communauté)", "Newry, Mourne and Down"]
    )
    def test_keeps_what_makes_it_another_place(self, name):
        assert plain_name(name) == name


class TestReadPlace:
    def test_reads_a_sound_place_without_a_remark(self):
        reading = read_place(" Lomé ", "Togo", "6.1308", " 1.2153")

        assert reading.place == Place("Lomé", "TG", 6.1308, 1.2153)
        assert reading.remarks == ()

    def test_finds_the_country_in_the_name(self):
        reading = read_place("Varna, Bulgaria", "", "43.2167", "27.9167")

        assert reading.place.name == "Varna"
        assert reading.place.country == "BG"
        assert reading.remarks == ("country BG taken from the name “Varna, Bulgaria”",)

    def test_takes_a_territory_for_its_own_country(self):
        reading = read_place("Falkland Islands", "", "-51.73", "-59.22")

        assert (reading.place.name, reading.place.country) == ("Falkland Islands", "FK")

    def test_gives_a_territory_its_own_code(self):
        reading = read_place("Macau", "China", "22.19", "113.54")

        assert reading.place.country == "MO"
        assert reading.remarks == ("“Macau” has a code of its own, MO",)

    @pytest.mark.parametrize(
        "name", ["Bogodogo (Ouagadougou)", "Kolomensky District", "Herford (district)"]
    )
    def test_remarks_on_a_qualifier(self, name):
        reading = read_place(name, "Germany", "51", "7")

        assert reading.remarks == (f"“{name}” carries a qualifier",)

    @pytest.mark.parametrize(
        ("fields", "reason"),
        [
            (("", "Togo", "6", "1"), "no name"),
            (("  ", "Togo", "6", "1"), "no name"),
            (("?!", "Togo", "6", "1"), "is not a name"),
            (("Lo\x00mé", "Togo", "6", "1"), "is not a name"),
            (("Lo\u202emé", "Togo", "6", "1"), "is not a name"),
            (("L" * 151, "Togo", "6", "1"), "longer than 150"),
            (("Lomé", "Atlantis", "6", "1"), "no country is called “Atlantis”"),
            (("Lomé", "", "6", "1"), "has no country"),
            (("Lomé", "Togo", "", "1"), "latitude “” is not a number"),
            (("Lomé", "Togo", "nan", "1"), "latitude “nan” is not a number"),
            (("Lomé", "Togo", "6", "inf"), "longitude “inf” is not a number"),
            (("Lomé", "Togo", "90.1", "1"), "latitude 90.1 is not between -90 and 90"),
            (("Lomé", "Togo", "6", "-180.5"), "longitude -180.5 is not between"),
        ],
    )
    def test_refuses_what_is_no_place(self, fields, reason):
        with pytest.raises(PlaceRefused, match=reason):
            read_place(*fields)

    def test_accepts_the_very_edge_of_the_earth(self):
        assert read_place("Sampletown", "Fiji", "-90", "180").place.longitude == 180
