"""The list of cities and the page of a city.

Planted and seen to fall: an announced tie shown as confirmed; a city of uncertain place put on the
map; its points written with a comma in French; the list's second page without its country; the map
without the twins.
"""

import re

import pytest
from django.core.cache import caches

from tests.factories import a_city, a_committee, a_twinning
from tests.frontend.views.reading import alternates_of, described, html_of, links_of, text_of
from tests.frontend.views.rows import a_project_open_now, a_settled_pledge

pytestmark = pytest.mark.django_db


def lyon(**fields):
    return a_city(
        **{
            "slug": "lyon-fr", "name": "Lyon", "folded_name": "lyon", "country": "FR",
            "latitude": 45.76, "longitude": 4.84, "population": 513_275,
            "time_zone": "Europe/Paris", **fields,
        }
    )  # fmt: skip


class TestCities:
    def test_are_listed_by_name_with_country_and_population(self, client):
        lyon()

        page = client.get("/en/cities/")

        assert "Lyon France 513,275" in text_of(page)
        assert "/en/cities/lyon-fr/" in links_of(page)

    @pytest.mark.parametrize("word", ["lyon", "LYON", "  Lyon  "])
    def test_are_found_by_name(self, client, word):
        lyon()
        a_city(slug="nantes-fr", name="Nantes", folded_name="nantes", country="FR")

        links = links_of(client.get("/en/cities/", {"search": word}))

        assert "/en/cities/lyon-fr/" in links
        assert "/en/cities/nantes-fr/" not in links

    def test_that_nobody_knows_lead_to_others(self, client):
        lyon()

        page = client.get("/en/cities/?search=Lyom")

        assert "We know no city called “Lyom”." in text_of(page)
        assert "/en/cities/lyon-fr/" in links_of(page)

    def test_are_narrowed_by_country_on_every_page(self, client):
        for number in range(61):
            a_city(slug=f"ville-{number:02}", name=f"Ville {number:02}", country="FR")
        a_city(slug="ghent-be", name="Ghent", country="BE")
        caches["pages"].clear()

        page = client.get("/en/cities/?country=FR")

        following = next(link for link in links_of(page) if "page=" in link)
        second = client.get(f"/en/cities/{following}")
        assert "/en/cities/ghent-be/" not in links_of(page)
        assert following.startswith("?country=FR&page=")
        assert "/en/cities/ville-60/" in links_of(second)
        assert any(link.startswith("?country=FR&page=") for link in links_of(second))

    @pytest.mark.parametrize(
        "query", ["?country=ZZ", "?country=%00", "?search=%00", "?search=%3Cb"]
    )
    def test_are_not_upset_by_odd_addresses(self, client, query):
        assert client.get(f"/en/cities/{query}").status_code == 200

    def test_forget_a_page_that_does_not_exist(self, client):
        assert client.get("/en/cities/?page=nonsense")["Location"] == "/en/cities/"

    def test_are_read_only(self, client):
        assert client.post("/en/cities/").status_code == 405


class TestCity:
    def test_shows_twins_on_the_map_and_in_a_list(self, client):
        city = lyon()
        lome = a_city(slug="lome-tg", name="Lomé", country="TG", latitude=6.13, longitude=1.22)
        a_twinning(city_a=city, city_b=lome)

        page = client.get("/en/cities/lyon-fr/")

        html = html_of(page)
        assert "Lomé Togo Twin towns 4,420 km" in text_of(page)
        assert 'aria-label="Map: Lyon and its twins; the list below says the same"' in html
        assert ">Lomé</text>" in html
        assert '<h1><span class="plate plate--sign">Lyon</span></h1>' in html

    def test_draws_the_same_map_in_each_language(self, client):
        a_twinning(city_a=lyon(), city_b=a_city(name="Lome", latitude=6.13, longitude=1.22))

        drawn = {
            re.search(r"(?s)<path class=\"map__arc.*?</svg>", html_of(page)).group()
            for page in (client.get(f"/{code}/cities/lyon-fr/") for code in ("en", "fr", "es"))
        }

        assert len(drawn) == 1

    def test_without_twins_says_so_and_draws_no_map(self, client):
        lyon()

        page = client.get("/en/cities/lyon-fr/")

        assert "We know of no twin yet." in text_of(page)
        assert "Nobody has published a project with Lyon." in text_of(page)
        assert "No committee of this city is registered here yet." in text_of(page)
        assert "map__drawing" not in html_of(page)

    def test_keeps_a_twin_of_uncertain_place_off_the_map_but_in_the_list(self, client):
        city = lyon()
        a_twinning(city_a=city, city_b=a_city(name="Farville", point_is_certain=False))

        page = client.get("/en/cities/lyon-fr/")

        assert "Farville" in text_of(page)
        assert ">Farville</text>" not in html_of(page)

    def test_calls_an_announced_tie_announced(self, client):
        a_twinning(city_a=lyon(), state="announced")

        assert "Announced, not confirmed" in text_of(client.get("/en/cities/lyon-fr/"))

    def test_says_what_it_does_not_know(self, client):
        lyon(population=None, time_zone_is_exact=False)

        text = text_of(client.get("/en/cities/lyon-fr/"))

        assert "Population unknown" in text
        assert "Paris (of the nearest known place)" in text
        assert "Coordinates 45.76° N, 4.84° E" in text

    def test_adds_up_what_came_in_for_it_and_what_it_gave(self, client):
        city, twin = lyon(), a_city(slug="lome-tg", name="Lomé", country="TG")
        a_settled_pledge(a_project_open_now(home_city=city, twin_city=twin))

        assert "Raised here for twins: €25" in text_of(client.get("/en/cities/lyon-fr/"))
        assert "Raised elsewhere for this city: €25" in text_of(client.get("/en/cities/lome-tg/"))

    def test_names_its_committees_and_whether_they_are_verified(self, client):
        city = lyon()
        a_committee(city=city, name="Verified friends", legal_name="Friends, registered")
        a_committee(city=city, name="New friends", verified_on=None)

        text = text_of(client.get("/en/cities/lyon-fr/"))

        assert "Verified friends Friends, registered · verified January 1, 2030" in text
        assert "not verified yet" in text

    def test_tells_search_engines_where_it_is(self, client):
        a_committee(city=lyon(), legal_name="Friends, registered")

        facts = described(client.get("/fr/cities/lyon-fr/"))

        assert facts["City"]["geo"]["latitude"] == pytest.approx(45.76)
        assert facts["City"]["address"]["addressCountry"] == "FR"
        assert facts["Organization"]["legalName"] == "Friends, registered"
        assert [step["name"] for step in facts["BreadcrumbList"]["itemListElement"]][1] == "Lyon"

    @pytest.mark.parametrize("language", ["en", "fr", "es"])
    def test_stands_in_each_language(self, client, language):
        lyon()

        page = client.get(f"/{language}/cities/lyon-fr/")

        assert {"en": "France", "fr": "France", "es": "Francia"}[language] in text_of(page)
        assert set(alternates_of(page)) == {"en", "fr", "es", "x-default"}

    def test_that_nobody_knows_is_not_there(self, client):
        assert client.get("/en/cities/atlantis/").status_code == 404

    def test_is_read_only(self, client):
        lyon()

        assert client.post("/en/cities/lyon-fr/").status_code == 405
