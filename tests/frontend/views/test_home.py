"""The first page.

Planted and seen to fall: drafts counted as public; the empty site's invitation left out.
"""

import pytest
from django.utils import timezone

from tests.factories import a_draft, an_open_project
from tests.frontend.views.reading import alternates_of, links_of, meta_of, text_of, title_of
from tests.frontend.views.rows import a_project_open_now, a_settled_pledge

pytestmark = pytest.mark.django_db


class TestHome:
    def test_shows_totals_projects_and_the_newest_lines(self, client):
        project = a_project_open_now(slug="well")
        a_settled_pledge(project)

        page = client.get("/en/")

        text = text_of(page)
        assert "So far €25 have arrived" in text
        assert "A well for Twintown" in text
        assert "+ €25.00" in text
        assert "/en/projects/well/" in links_of(page)

    @pytest.mark.parametrize("language", ["en", "fr", "es"])
    def test_stands_in_each_language(self, client, language):
        page = client.get(f"/{language}/")

        assert f'<html lang="{language}" dir="ltr">' in page.content.decode()
        assert alternates_of(page) == {
            "en": "http://localhost:8000/en/",
            "fr": "http://localhost:8000/fr/",
            "es": "http://localhost:8000/es/",
            "x-default": "http://localhost:8000/",
        }

    def test_answers_without_a_language_in_the_visitors_own(self, client):
        page = client.get("/", headers={"accept-language": "fr-BE,fr;q=0.9"})

        assert page.status_code == 200
        assert "Projets" in text_of(page)
        assert '<link rel="canonical" href="http://localhost:8000/fr/">' in page.content.decode()

    def test_of_an_empty_site_says_what_will_be_here(self, client):
        text = text_of(client.get("/en/"))

        assert "The first pledge has not arrived yet" in text
        assert "No project yet The first one will stand here." in text

    def test_never_shows_a_draft(self, client):
        a_draft(title={"en": "A secret well"}, published_at=timezone.now())

        assert "A secret well" not in text_of(client.get("/en/"))

    def test_shows_finished_projects_while_none_is_open(self, client):
        an_open_project(state="delivered", slug="done")

        text = text_of(client.get("/en/"))

        assert "Delivered" in text
        assert "A well for Twintown" in text

    def test_searches_the_list_of_projects(self, client):
        page = client.get("/en/").content.decode()

        assert 'action="/en/projects/" method="get" role="search"' in page
        assert 'name="search"' in page

    def test_tells_other_sites_how_it_looks(self, client):
        page = client.get("/en/")

        assert title_of(page) == "Towns fund their twins – Twinfund"
        assert meta_of(page, "og:url") == "http://localhost:8000/en/"
        assert meta_of(page, "og:image").endswith("share.png")

    def test_is_read_only(self, client):
        assert client.post("/en/").status_code == 405
