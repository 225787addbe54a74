"""The list of twinnings and the page of one.

Planted and seen to fall: the two directions of the money exchanged; the filter of announced ties
lost on the next page.
"""

import pytest

from tests.factories import a_city, a_twinning
from tests.frontend.views.reading import alternates_of, html_of, links_of, text_of, title_of
from tests.frontend.views.rows import a_project_open_now, a_settled_pledge

pytestmark = pytest.mark.django_db


def ostend_and_banjul(**fields):
    ostend = a_city(slug="ostend-be", name="Ostend", folded_name="ostend", country="BE")
    banjul = a_city(
        slug="banjul-gm", name="Banjul", folded_name="banjul", country="GM",
        latitude=13.45, longitude=-16.58,
    )  # fmt: skip
    a_twinning(**{"slug": "ostend--banjul", "city_a": ostend, "city_b": banjul, **fields})
    return ostend, banjul


class TestTwinnings:
    def test_are_listed_with_their_countries(self, client):
        ostend_and_banjul()

        page = client.get("/en/twinnings/")

        assert "Ostend – Banjul Belgium · Gambia Twin towns" in text_of(page)
        assert "/en/twinnings/ostend--banjul/" in links_of(page)

    @pytest.mark.parametrize("city", ["Ostend", "banjul", "ostend-be"])
    def test_are_found_by_either_city(self, client, city):
        ostend_and_banjul()
        a_twinning(slug="others")

        links = links_of(client.get("/en/twinnings/", {"city": city}))

        assert "/en/twinnings/ostend--banjul/" in links
        assert "/en/twinnings/others/" not in links

    def test_of_an_unknown_city_are_none_and_say_so(self, client):
        ostend_and_banjul()

        page = client.get("/en/twinnings/?city=Ostent")

        assert "We know no city called “Ostent”." in text_of(page)
        assert "?city=ostend-be" in links_of(page)

    def test_can_be_the_announced_ones_only_on_every_page(self, client):
        ostend_and_banjul()
        for number in range(61):
            a_twinning(slug=f"announced-{number}", state="announced")

        page = client.get("/en/twinnings/?state=announced")

        following = next(link for link in links_of(page) if "page=" in link)
        second = client.get(f"/en/twinnings/{following}")
        assert "state=announced" in following
        assert "/en/twinnings/ostend--banjul/" not in links_of(page) + links_of(second)
        assert text_of(second).count("Announced, not confirmed") == 1

    @pytest.mark.parametrize("query", ["?city=%00", "?state=other", "?city=%3Cscript%3E"])
    def test_are_not_upset_by_odd_addresses(self, client, query):
        answer = client.get(f"/en/twinnings/{query}")

        assert answer.status_code == 200
        assert "<script>" not in html_of(answer)

    def test_forget_a_page_that_does_not_exist(self, client):
        assert client.get("/en/twinnings/?page=nonsense")["Location"] == "/en/twinnings/"

    def test_are_read_only(self, client):
        assert client.post("/en/twinnings/").status_code == 405


class TestTwinning:
    def test_shows_each_direction_and_each_currency_for_itself(self, client):
        ostend, banjul = ostend_and_banjul()
        a_settled_pledge(a_project_open_now(home_city=ostend, twin_city=banjul))
        a_settled_pledge(
            a_project_open_now(home_city=banjul, twin_city=ostend, currency="GBP"), fee_minor=20
        )

        page = client.get("/en/twinnings/ostend--banjul/")

        text = text_of(page)
        assert "Currency Ostend to Banjul Banjul to Ostend" in text
        assert "EUR €25.00 nothing yet" in text
        assert "GBP nothing yet £25.00" in text

    def test_without_money_says_so(self, client):
        ostend_and_banjul()

        text = text_of(client.get("/en/twinnings/ostend--banjul/"))

        assert "No confirmed payment yet, in either direction." in text
        assert "The two cities have no project here yet." in text
        assert "Since unknown" in text
        assert "Known from" in text

    def test_is_headed_by_both_plates_and_names_them_in_words(self, client):
        ostend_and_banjul()

        page = client.get("/en/twinnings/ostend--banjul/")

        assert "Ostend and Banjul" in text_of(page)
        assert html_of(page).count("<h1") == 1
        assert title_of(page) == "Ostend – Banjul – Twinfund"
        assert {"/en/cities/ostend-be/", "/en/cities/banjul-gm/"} <= set(links_of(page))

    def test_that_is_only_announced_says_so(self, client):
        ostend_and_banjul(state="announced", note={"en": "Named in a report of 2001."})

        text = text_of(client.get("/en/twinnings/ostend--banjul/"))

        assert "announced, not confirmed" in text
        assert "Named in a report of 2001." in text

    @pytest.mark.parametrize("language", ["en", "fr", "es"])
    def test_stands_in_each_language(self, client, language):
        ostend_and_banjul()

        page = client.get(f"/{language}/twinnings/ostend--banjul/")

        assert f'<html lang="{language}"' in html_of(page)
        assert set(alternates_of(page)) == {"en", "fr", "es", "x-default"}

    def test_that_nobody_knows_is_not_there(self, client):
        assert client.get("/en/twinnings/nowhere/").status_code == 404

    def test_is_read_only(self, client):
        ostend_and_banjul()

        assert client.post("/en/twinnings/ostend--banjul/").status_code == 405
