"""The pages for what went wrong.

Planted and seen to fall: 404 answered with 200; a lost database told as a fault of ours; drafts
among the three live projects.
"""

import pytest
from django.db import OperationalError
from django.test import Client, RequestFactory

from frontend.views.errors import bad_request, broken, forbidden
from tests.factories import a_draft
from tests.frontend.views.reading import html_of, links_of, text_of
from tests.frontend.views.rows import a_project_open_now


def raised(problem, view):
    """Return the answer of `view` while `problem` is being handled, as Django calls it."""
    try:
        raise problem
    except type(problem):
        return view(RequestFactory().get("/en/"))


@pytest.mark.django_db
class TestNotFound:
    def test_offers_a_search_and_three_live_projects(self, client):
        for number in range(4):
            a_project_open_now(slug=f"well-{number}")
        a_draft(slug="secret")

        page = client.get("/en/nowhere/")

        assert page.status_code == 404
        assert "There is nothing at this address" in text_of(page)
        assert 'role="search"' in html_of(page)
        assert html_of(page).count('class="card"') == 3
        assert "/en/projects/secret/" not in links_of(page)

    def test_is_not_for_search_engines(self, client):
        html = html_of(client.get("/en/nowhere/"))

        assert '<meta name="robots" content="noindex">' in html
        assert "canonical" not in html
        assert "hreflang" not in html.split("</head>")[0]

    @pytest.mark.parametrize("language", ["en", "fr", "es"])
    def test_speaks_the_language_of_the_address(self, client, language):
        page = client.get(f"/{language}/nowhere/")

        assert f'<html lang="{language}"' in html_of(page)

    def test_does_not_repeat_what_was_asked(self, client):
        assert "<script>alert" not in html_of(client.get("/en/<script>alert(1)</script>/"))


class TestBroken:
    def test_says_not_to_pay_twice_and_needs_no_database(self):
        answer = raised(ValueError("a fault"), broken)

        assert answer.status_code == 500
        assert "Something broke on our side" in text_of(answer)
        assert "before you pay again" in text_of(answer)
        assert "a fault" not in text_of(answer)

    def test_of_a_lost_database_says_that_it_comes_back(self):
        answer = raised(OperationalError("gone"), broken)

        assert (answer.status_code, answer["Retry-After"]) == (503, "5")
        assert "Nothing is lost" in text_of(answer)


@pytest.mark.django_db
class TestRefused:
    def test_says_who_can_let_one_in(self, settings):
        answer = forbidden(RequestFactory().get("/en/"), Exception())

        assert answer.status_code == 403
        assert "its chair can let you in" in text_of(answer)
        assert settings.OPERATOR["email"] in text_of(answer)

    def test_says_that_a_request_could_not_be_read(self):
        answer = bad_request(RequestFactory().get("/en/"), Exception())

        assert answer.status_code == 400
        assert "This request could not be read" in text_of(answer)

    def test_tells_a_browser_without_cookies_why_the_form_did_not_go(self):
        a_project_open_now(slug="well")

        answer = Client(enforce_csrf_checks=True).post("/en/projects/well/pledge/", {})

        assert answer.status_code == 403
        assert "Your browser sent no cookie." in text_of(answer)
