"""The contract, word by word: addresses, money, pages of a list, methods, languages, problems.

Planted and seen to fall: see tests/architecture/faults.py, "Reading of what the API is sent";
an address mounted beside the API (`api/v1/secret/` in the root URLconf).
"""

import json

import pytest
from django.urls import URLPattern, get_resolver

from backend.api.description import described_api
from backend.pledges.models import Pledge
from tests.api.rows import a_project_open_now

WELL = "/api/v1/projects/well/pledges/"
WANTED = {"amount_minor": 2500, "currency": "EUR", "email": "guest@example.org"}
# Public, and not in the description: why.
NOT_DESCRIBED = {
    "webhooks/stripe/": "Stripe's own contract; signed, and for nobody else",
    "^api/.*$": "whatever is no address",
}


def addresses(patterns, prefix=""):
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield path
        else:
            yield from addresses(pattern.url_patterns, path)


def as_described(path):
    return "/" + path.replace("<slug:slug>", "{slug}").replace(
        "^pledges/(?P<token>[A-Za-z0-9_-]{43})/$", "pledges/{token}/"
    )


class TestAddresses:
    def test_of_the_whole_site_below_api_are_those_described(self):
        mounted = {
            path
            for path in addresses(get_resolver("frontend.urls").url_patterns)
            if path.lstrip("^").startswith(("api/", "webhooks/"))
        }

        assert len(mounted) >= 12
        assert {as_described(path) for path in mounted - set(NOT_DESCRIBED)} == set(
            described_api()["paths"]
        )
        assert set(NOT_DESCRIBED) <= mounted


@pytest.mark.django_db
class TestList:
    def test_is_next_previous_and_results_with_absolute_addresses(self, api):
        for number in range(21):
            a_project_open_now(slug=f"p{number}")

        page = api.get("/api/v1/projects/", headers={"host": "localhost:8123"}).json()

        assert set(page) == {"next", "previous", "results"}
        assert page["next"].startswith("http://localhost:8123/api/v1/projects/?cursor=")
        assert page["results"][0]["html_url"].startswith("http://localhost:8123/en/projects/p")

    def test_writes_money_as_whole_minor_units_with_their_currency(self, api):
        a_project_open_now(slug="well", currency="XOF", goal_minor=1_500_000)

        (shown,) = api.get("/api/v1/projects/").json()["results"]

        assert shown["goal"] == {"amount_minor": 1_500_000, "currency": "XOF"}
        for part in ("goal", "minimum", "raised", "promised"):
            assert type(shown[part]["amount_minor"]) is int

    @pytest.mark.parametrize("query", ["search=%00", "search=a%00", "city=%00", "country=%00"])
    def test_refuses_a_nul_wherever_it_stands(self, api, query):
        answer = api.get(f"/api/v1/projects/?{query}")

        assert answer.status_code == 400
        assert answer["Content-Type"] == "application/problem+json"

    @pytest.mark.parametrize("search", ["\u202e", "🙂", "a" * 200, "<script>", "\\", "%25", "' --"])
    def test_finds_nothing_for_what_is_no_word(self, api, search):
        a_project_open_now(slug="well")

        answer = api.get("/api/v1/projects/", {"search": search})

        assert answer.status_code == 200


@pytest.mark.django_db
class TestMethods:
    def test_of_making_a_pledge_are_told(self, api):
        answer = api.options(WELL)

        assert (answer.status_code, answer["Allow"]) == (204, "POST, OPTIONS")
        assert "Access-Control-Allow-Origin" not in answer

    @pytest.mark.parametrize("method", ["get", "head", "put", "patch", "delete"])
    def test_that_do_not_make_a_pledge_are_refused(self, api, method):
        answer = getattr(api, method)(WELL)

        assert (answer.status_code, answer["Allow"]) == (405, "POST, OPTIONS")
        assert answer["Content-Type"] == "application/problem+json"

    def test_a_forgotten_slash_keeps_method_and_body(self, api):
        answer = api.post(WELL[:-1], json.dumps(WANTED), content_type="application/json")

        assert (answer.status_code, answer["Location"]) == (308, WELL)

    def test_a_refused_format_is_told_as_a_problem(self, api):
        answer = api.post(
            WELL,
            json.dumps(WANTED),
            content_type="application/json",
            headers={"accept": "application/xml"},
        )

        assert (answer.status_code, answer.json()["code"]) == (406, "not_acceptable")
        assert not Pledge.objects.exists()


@pytest.mark.django_db
class TestSentences:
    @pytest.mark.parametrize(
        ("accepted", "language", "sentence"),
        [
            ("fr", "fr", "Méthode"),
            ("es-MX, en;q=0.1", "es", "Método"),
            ("de", "en", "Method"),
            ("", "en", "Method"),
            ("*", "en", "Method"),
            ("fr;q=0, es", "es", "Método"),
            ("x" * 5_000, "en", "Method"),
        ],
    )
    def test_are_in_the_language_that_the_client_accepts(self, api, accepted, language, sentence):
        answer = api.post("/api/v1/", headers={"accept-language": accepted})

        assert answer.json()["detail"].startswith(sentence)
        assert answer["Content-Language"] == language
        assert "Accept-Language" in answer["Vary"]


@pytest.mark.django_db
class TestNames:
    @pytest.mark.parametrize(
        "name",
        [
            "n" * 81,
            "Buy at shop.example.com",
            "www.evil.example",
            "me@example.org",
            "a\tb",
            "a\x7fb",
            "a\u200eb",
            "a\u2066b",
            "\u202eabc",
            "a\ufeffb",
        ],
    )
    def test_that_could_harm_a_reader_are_refused(self, api, name):
        a_project_open_now(slug="well")

        answer = api.post(
            WELL, json.dumps(WANTED | {"name": name}), content_type="application/json"
        )

        assert (answer.status_code, answer.json()["field"]) == (422, "name")
        assert not Pledge.objects.exists()
