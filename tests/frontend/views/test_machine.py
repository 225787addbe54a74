"""What programs ask for: robots.txt, the sitemap and the health of the site.

Planted and seen to fall: drafts in the sitemap; the pledge pages not named in robots.txt.
"""

import re
from xml.etree import ElementTree as ET

import pytest

from tests.factories import a_draft, an_open_project

pytestmark = pytest.mark.django_db
LOC = "{http://www.sitemaps.org/schemas/sitemap/0.9}loc"


def addresses(answer):
    return [found.text for found in ET.fromstring(answer.content).iter(LOC)]  # noqa: S314  # ours


class TestRobots:
    def test_keeps_crawlers_from_peoples_own_pages(self, client):
        answer = client.get("/robots.txt")

        text = answer.content.decode()
        assert answer["Content-Type"].startswith("text/plain")
        assert "Disallow: /fr/pledges/\n" in text
        assert "Disallow: /es/account/\n" in text
        assert "Disallow: /*/projects/*/pledge/\n" in text
        assert "Sitemap: http://localhost:8000/sitemap.xml" in text

    def test_is_read_only(self, client):
        assert client.post("/robots.txt").status_code == 405


class TestSitemap:
    def test_begins_with_the_names_of_its_parts(self, client):
        an_open_project()

        answer = client.get("/sitemap.xml")

        assert answer["Content-Type"].startswith("application/xml")
        assert [address.partition("=")[2] for address in addresses(answer)] == [
            "pages",
            "projects",
            "cities",
            "twinnings",
        ]

    def test_lists_each_public_project_in_each_language_and_no_draft(self, client):
        an_open_project(slug="well")
        a_draft(slug="secret")

        found = addresses(client.get("/sitemap.xml?part=projects"))

        assert found == [
            f"http://localhost:8000/{language}/projects/well/" for language in ("en", "fr", "es")
        ]

    def test_lists_the_pages_that_always_stand(self, client):
        found = addresses(client.get("/sitemap.xml?part=pages"))

        assert "http://localhost:8000/fr/terms/" in found
        assert len(found) == 8 * 3
        assert len(set(found)) == len(found)

    def test_lists_cities_and_ties(self, client):
        project = an_open_project()

        found = addresses(client.get("/sitemap.xml?part=cities"))

        assert f"http://localhost:8000/en/cities/{project.home_city.slug}/" in found

    @pytest.mark.parametrize("part", ["nothing", "projects-x", "cities--1", "cities-" + "9" * 30])
    def test_knows_no_other_part(self, client, part):
        assert client.get(f"/sitemap.xml?part={part}").status_code == 404


class TestHealth:
    def test_is_well_while_the_database_answers(self, client):
        answer = client.get("/healthz")

        assert (answer.status_code, answer.content) == (200, b"ok\n")
        assert "no-store" in answer["Cache-Control"]


class TestVerifier:
    def test_is_the_script_that_reads_a_book(self, client):
        answer = client.get("/verify.py")

        assert answer["Content-Disposition"] == 'attachment; filename="verify.py"'
        assert re.search(rb"^import hashlib$", answer.content, re.MULTILINE)
