import re
from pathlib import Path

import pytest

from backend.cities.countries import (
    DISPUTED,
    UnknownCountry,
    countries_matching,
    country_codes,
    country_name,
    language_name,
    read_country,
    territory_named,
)

RULE = Path(__file__).parents[3] / "docs" / "decisions" / "0003-disputed-places.md"


class TestReadCountry:
    @pytest.mark.parametrize(
        ("name", "code"),
        [
            ("England", "GB"),
            ("Scotland, United Kingdom", "GB"),
            ("Wales", "GB"),
            ("Northern Ireland, United Kingdom", "GB"),
            ("Republic of Ireland", "IE"),
            ("Democratic Republic of the Congo", "CD"),
            ("DR Congo", "CD"),
            ("Congo", "CG"),
            ("Georgia (country)", "GE"),
            ("Georgia", "GE"),
            ("Kosovo", "XK"),
            ("Republic of Kosovo", "XK"),
            ("Russian Federation", "RU"),
            ("Holland", "NL"),
            ("Cabo Verde", "CV"),
            ("São Tomé and Príncipe", "ST"),
            ("Saint Kitts and Nevis", "KN"),
            ("The Gambia", "GM"),
            ("Ivory Coast", "CI"),
            ("Réunion, France", "RE"),
            ("Åland Islands, Finland", "AX"),
            ("Niger", "NE"),
            ("Nigeria", "NG"),
            ("BE", "BE"),
        ],
    )
    def test_knows_usual_names(self, name, code):
        reading = read_country(name)

        assert reading.code == code
        assert reading.remark == ""

    @pytest.mark.parametrize(
        ("name", "code"),
        [
            ("Grece", "GR"),
            ("Kazakhstah", "KZ"),
            ("in Italy", "IT"),
            ("Algarve, Portugal", "PT"),
            ("Island", "IS"),
            ("Moldavia", "MD"),
            ("Georgia, United States", "US"),
            ("Bosnia and Hercegovina", "BA"),
        ],
    )
    def test_guesses_a_slip_and_says_so(self, name, code):
        reading = read_country(name)

        assert reading.code == code
        assert name in reading.remark

    @pytest.mark.parametrize("name", ["", "Atlantis", "Austrlia", "XX", "Georgia, Atlantis"])
    def test_refuses_what_is_no_country_or_might_be_two(self, name):
        with pytest.raises(UnknownCountry, match=f"“{name}”"):
            read_country(name)

    def test_files_disputed_places_by_the_written_rule(self):
        assert read_country("Northern Cyprus").code == "CY"
        assert read_country("West Bank").code == "PS"
        assert "decision 0003" in read_country("West Bank").remark

    def test_follows_the_table_of_the_decision(self):
        rows = re.findall(r"^\| (.+?) \| ([A-Z]{2}) \|", RULE.read_text(), re.MULTILINE)
        written = {name: code for names, code in rows for name in names.split(", ")}

        assert len(written) >= len(DISPUTED)
        assert {name.lower().replace("-", " ") for name in written} >= set(DISPUTED)
        assert {name: read_country(name).code for name in written} == written


class TestTerritoryNamed:
    def test_has_its_own_code_though_a_list_names_the_state(self):
        assert territory_named("Macau", "CN") == "MO"
        assert territory_named("Puerto Rico", "US") == "PR"

    def test_is_only_a_territory_of_that_state(self):
        assert territory_named("Jersey", "US") == "US"
        assert territory_named("Lyon", "FR") == "FR"


class TestCountryName:
    def test_comes_in_three_languages(self):
        assert [country_name("TG", language) for language in ("en", "fr", "es")] == ["Togo"] * 3
        assert [country_name("DE", language) for language in ("en", "fr", "es")] == [
            "Germany",
            "Allemagne",
            "Alemania",
        ]

    def test_of_an_unknown_code_is_the_code(self):
        assert country_name("QQ", "en") == "QQ"

    def test_exists_for_every_code(self):
        assert len(country_codes()) == 250
        assert "XK" in country_codes()
        assert not country_codes() & {"EU", "ZZ", "UN"}


class TestLanguageName:
    def test_is_in_the_language_asked_for(self):
        assert language_name("nl", "fr") == "néerlandais"

    def test_of_a_language_without_a_name_is_unknown(self):
        assert language_name("qqq", "fr") is None


class TestCountriesMatching:
    @pytest.mark.parametrize("text", ["benin", "Bénin", "BEN", "Benín"])
    def test_finds_a_country_without_accents_and_by_its_beginning(self, text):
        assert "BJ" in countries_matching(text)

    def test_puts_the_whole_name_before_the_beginning_of_a_longer_one(self):
        assert countries_matching("Niger") == ["NE", "NG"]
        assert countries_matching("Guinée") == ["GN", "GQ", "GW"]

    def test_knows_french_spanish_and_other_usual_names(self):
        assert countries_matching("Allemagne") == ["DE"]
        assert countries_matching("Alemania") == ["DE"]
        assert countries_matching("DR Congo") == ["CD"]
        assert countries_matching("England") == ["GB"]

    def test_finds_nothing_for_nothing(self):
        assert countries_matching("") == []
        assert countries_matching("?") == []
