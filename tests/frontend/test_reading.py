"""How often pages are read from one network: as much as people do, and never at money's cost.

Planted and seen to fall: the ledger counted as any page; forms counted; the signed-in counted.
"""

from datetime import UTC, datetime

import pytest
from django.utils import timezone

from backend.throttles.reading import forget_reads
from tests.factories import an_open_project
from tests.people import a_person, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def true_limits(settings, tmp_path):
    settings.THROTTLES_TIMES, settings.STATIC_ROOT = 1, tmp_path
    forget_reads()
    yield
    forget_reads()


@pytest.fixture
def at_noon(monkeypatch):
    """All reads of a test within one minute."""
    noon = datetime(2030, 6, 1, 12, 0, 10, tzinfo=UTC)
    monkeypatch.setattr(timezone, "now", lambda: noon)


def answers(client, path, number, **extra):
    return [client.get(path, **extra).status_code for _ in range(number)]


class TestPages:
    def test_are_read_a_hundred_and_twenty_times_a_minute(self, client, at_noon):
        read = answers(client, "/robots.txt", 120)
        refused = client.get("/robots.txt")

        assert set(read) == {200}
        assert refused.status_code == 429
        assert refused["Retry-After"] == "50"
        assert "Go on in 50 seconds." in refused.content.decode()
        assert "default-src 'none'" in refused["Content-Security-Policy"]
        assert '<html lang="fr">' in client.get("/fr/robots/").content.decode()
        assert client.get("/healthz").status_code == 200
        assert client.get("/robots.txt", REMOTE_ADDR="198.51.100.7").status_code == 200

    def test_are_not_counted_for_the_signed_in(self, client, at_noon):
        sign_in(client, a_person())

        assert 429 not in answers(client, "/robots.txt", 125)

    def test_that_are_read_do_not_stop_a_form(self, client, at_noon):
        answers(client, "/robots.txt", 121)
        slug = an_open_project().slug

        assert client.post(f"/en/projects/{slug}/pledge/", {"amount": "1"}).status_code == 422


class TestLedgers:
    @pytest.mark.parametrize("path", ["/projects/{}/ledger.csv", "/api/v1/projects/{}/ledger/"])
    def test_are_read_sixty_times_a_minute(self, client, at_noon, path):
        path = path.format(an_open_project().slug)

        read = answers(client, path, 60)
        refused = client.get(path)

        assert set(read) == {200}
        assert (refused.status_code, refused["Retry-After"]) == (429, "50")

    def test_of_the_api_are_refused_with_a_code(self, client, at_noon):
        path = f"/api/v1/projects/{an_open_project().slug}/ledger/"
        answers(client, path, 60)

        refused = client.get(path)

        assert refused["Content-Type"] == "application/problem+json"
        assert refused.json()["code"] == "too_many_reads"
