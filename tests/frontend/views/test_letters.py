"""Declining letters: by a mail program's one click, by the page's button, by the account's page.

Planted and seen to fall: letters stopped by opening the link; the one click refused without a
session; letters about money stopped; ticks of one person kept for another.
"""

import pytest
from django.test import Client

from backend.mail.models import Reader
from backend.mail.queries import token_of
from tests.frontend.views.reading import html_of, text_of, title_of
from tests.people import a_person, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader():
    return Reader.objects.create(address="ann@example.org")


def link_of(reader, category="news", language="en"):
    return f"/{language}/letters/{token_of(reader)}/{category}/"


def declined():
    return Reader.objects.get(address="ann@example.org").declined


class TestOneClick:
    def test_of_a_mail_program_needs_no_session_and_is_not_sent_elsewhere(self, reader):
        strict = Client(enforce_csrf_checks=True)

        answer = strict.post(link_of(reader), {"List-Unsubscribe": "One-Click"})

        assert answer.status_code == 200
        assert not answer.cookies
        assert declined() == ["news"]

    def test_is_not_done_by_opening_the_link(self, reader, client):
        client.head(link_of(reader))
        shown = client.get(link_of(reader))

        assert declined() == []
        assert "Stop these letters?" in title_of(shown) + text_of(shown)
        assert "ann@example.org" in text_of(shown)

    @pytest.mark.parametrize("category", ["money", "account", "committee", "weather"])
    def test_stops_nothing_that_is_always_sent(self, reader, client, category):
        assert client.post(link_of(reader, category)).status_code == 404
        assert client.get(link_of(reader, category)).status_code == 404

    def test_with_a_link_that_is_not_ours_finds_nothing(self, reader, client):
        other = link_of(reader).replace(".", ".A", 1)

        for answer in (client.post(other), client.get(other), client.post(other[:-5])):
            assert answer.status_code == 404
        assert declined() == []


class TestPage:
    def test_says_that_it_is_done_and_takes_it_back(self, reader):
        strict = Client(enforce_csrf_checks=True)

        stopped = strict.post(link_of(reader), {"stop": "1"})
        again = strict.post(link_of(reader), {"again": "1"})

        assert "These letters are stopped" in text_of(stopped)
        assert "I want them after all" in text_of(stopped)
        assert "You get these letters again" in text_of(again)
        assert declined() == []

    def test_is_nobody_elses(self, reader, client):
        shown = client.get(link_of(reader))

        assert shown["Referrer-Policy"] == "same-origin"
        assert shown["Cache-Control"].startswith(("no-store", "max-age=0, no-cache, no-store"))
        assert 'content="noindex"' in html_of(shown)


class TestAllKinds:
    def test_are_chosen_with_the_link(self, reader, client):
        page = f"/en/letters/{token_of(reader)}/"

        none = client.post(page, {}, follow=True)
        off = declined()
        client.post(page, {"news": "on"})

        assert "Saved. It holds for all letters from now on." in text_of(none)
        assert "Always sent" in text_of(none)
        assert (off, declined()) == (["news"], [])

    def test_are_chosen_on_the_account_for_its_own_address(self, reader, client):
        person = a_person(email="bea@example.org")
        sign_in(client, person)

        answer = client.post("/en/account/letters/", {}, follow=True)

        assert "bea@example.org" in text_of(answer)
        assert Reader.objects.get(address="bea@example.org").declined == ["news"]
        assert declined() == []
        assert 'id="news"' in html_of(answer)
        assert "checked" not in html_of(answer)
