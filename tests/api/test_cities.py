"""`/api/v1/cities/` and `/api/v1/twinnings/`."""

import base64
import json

import pytest

from backend.cities.folding import fold
from tests.factories import a_city, a_twinning


def a_named_city(name, country="TG", **fields):
    slug = f"{fold(name).replace(' ', '-')}-{country.lower()}"
    folded = {"folded_name": fold(name), "search_text": fold(name)}
    return a_city(slug=slug, name=name, country=country, **folded, **fields)


def names(answer):
    return [row["name"] for row in answer.json()["results"]]


def a_cursor(*parts):
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


@pytest.mark.django_db
class TestCityList:
    def test_shows_cities_by_name_a_page_at_a_time(self, api):
        for number in range(25):
            a_named_city(f"Town {number:02}")

        first = api.get("/api/v1/cities/")
        second = api.get(first.json()["next"])
        back = api.get(second.json()["previous"])

        assert names(first) + names(second) == [f"Town {number:02}" for number in range(25)]
        assert names(back) == names(first)

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("search=lome", ["Lomé"]),
            ("search=lom", ["Lomé"]),
            ("search=Togo", ["Kara", "Lomé"]),
            ("search=lome&country=FR", []),
            ("country=FR", ["Lyon"]),
            ("search=+", ["Kara", "Lomé", "Lyon"]),
            ("search=%27%22%3A*%26%7C%21", []),
        ],
    )
    def test_is_narrowed_by(self, api, query, found):
        a_named_city("Lomé")
        a_named_city("Kara")
        a_named_city("Lyon", "FR")

        answer = api.get(f"/api/v1/cities/?{query}")

        assert names(answer) == found

    @pytest.mark.parametrize(
        "cursor",
        [
            a_cursor("n", "Lomé", "abc"),
            a_cursor("n", "Lomé", ""),
            a_cursor("n", {"a": 1}, "1"),
            a_cursor("n", "\ud800", "1"),
            a_cursor("n", "\x00", "1"),
            a_cursor("sideways", "Lomé", "1"),
            a_cursor("n", "Lomé"),
            a_cursor(1, 2, 3),
            "bm90IGpzb24",
            "_",
        ],
    )
    def test_refuses_a_page_marker_that_we_did_not_make(self, api, cursor):
        answer = api.get(f"/api/v1/cities/?cursor={cursor}")

        assert (answer.status_code, answer.json()["code"]) == (400, "bad_cursor")
        assert answer.json()["field"] == "cursor"

    @pytest.mark.parametrize("number", ["9" * 30, "-1", "0"])
    def test_survives_a_page_marker_beyond_all_rows(self, api, number):
        answer = api.get(f"/api/v1/cities/?cursor={a_cursor('n', 'Lomé', number)}")

        assert answer.json()["results"] == []


@pytest.mark.django_db
class TestProjectCursor:
    @pytest.mark.parametrize(
        "cursor",
        [
            a_cursor("n", "2030-01-01T00:00:00", "0190163d-8694-739b-aea5-966c26f8ad91"),
            a_cursor("n", "2030-01-01T00:00:00+00:00", "1"),
            a_cursor("n", "2030-13-01T00:00:00+00:00", "0190163d-8694-739b-aea5-966c26f8ad91"),
            a_cursor("n", 5, "0190163d-8694-739b-aea5-966c26f8ad91"),
            a_cursor("n", None, "0190163d-8694-739b-aea5-966c26f8ad91"),
        ],
    )
    @pytest.mark.parametrize("order", ["newest", "nearest_goal"])
    def test_refuses_a_page_marker_that_we_did_not_make(self, api, order, cursor):
        answer = api.get(f"/api/v1/projects/?order={order}&cursor={cursor}")

        assert answer.status_code in ((400,) if order == "newest" else (200, 400))


@pytest.mark.django_db
class TestCityDetail:
    def test_says_what_is_known_and_null_for_what_is_not(self, api):
        a_named_city("Lomé", point_is_certain=False)

        shown = api.get("/api/v1/cities/lome-tg/?language=fr").json()

        assert shown == {
            "slug": "lome-tg",
            "name": "Lomé",
            "country": "TG",
            "country_name": "Togo",
            "latitude": None,
            "longitude": None,
            "population": None,
            "languages": [],
            "time_zone": "Europe/Brussels",
            "time_zone_is_exact": False,
            "html_url": "http://testserver/fr/cities/lome-tg/",
        }

    def test_is_nowhere_for_an_unknown_slug(self, api):
        answer = api.get("/api/v1/cities/atlantis-xx/")

        assert (answer.status_code, answer.json()["code"]) == (404, "no_such_city")


@pytest.mark.django_db
class TestTwinnings:
    def a_tie(self, **fields):
        lome, lyon = a_named_city("Lomé"), a_named_city("Lyon", "FR")
        return a_twinning(city_a=lome, city_b=lyon, kind="twin_town", state="confirmed", **fields)

    def test_shows_both_cities(self, api):
        self.a_tie()

        (shown,) = api.get("/api/v1/twinnings/").json()["results"]

        assert shown == {
            "slug": "lome-tg--lyon-fr",
            "kind": "twin_town",
            "state": "confirmed",
            "since_on": None,
            "cities": [
                {"slug": "lome-tg", "name": "Lomé", "country": "TG"},
                {"slug": "lyon-fr", "name": "Lyon", "country": "FR"},
            ],
            "html_url": "http://testserver/en/twinnings/lome-tg--lyon-fr/",
        }
        assert api.get("/api/v1/twinnings/lome-tg--lyon-fr/").json() == shown

    @pytest.mark.parametrize(
        ("query", "number"),
        [
            ("city=lyon-fr", 1),
            ("city=lome-tg", 1),
            ("city=paris-fr", 0),
            ("country=TG", 1),
            ("country=BE", 0),
            ("state=confirmed", 1),
            ("state=announced", 0),
        ],
    )
    def test_is_narrowed_by(self, api, query, number):
        self.a_tie()

        found = api.get(f"/api/v1/twinnings/?{query}").json()["results"]

        assert len(found) == number

    def test_is_nowhere_for_an_unknown_slug(self, api):
        answer = api.get("/api/v1/twinnings/a--b/")

        assert (answer.status_code, answer.json()["code"]) == (404, "no_such_twinning")
