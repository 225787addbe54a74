"""What the API refuses, it refuses in the language that the caller accepts.

Planted and seen to fall: the refusal of a long name without gettext.
"""

import pytest
from django.test import Client

from tests.factories import a_city
from tests.languages.marked import unmarked
from tests.languages.rows import a_greek_project

pytestmark = pytest.mark.django_db
WELL = "/api/v1/projects/well/pledges/"
SHUT = "/api/v1/projects/shut/pledges/"
PAYS = '"amount_minor": 2500, "currency": "EUR", "email": "a@example.org"'


class TestTheApi:
    @pytest.mark.parametrize(
        ("address", "body"),
        [
            ("/api/v1/projects/?city=Ω", None),
            ("/api/v1/projects/?country=ζ&currency=ζ&theme=ζ&state=ζ&order=ζ&after=ζ", None),
            ("/api/v1/projects/?ζ=1", None),
            ("/api/v1/projects/?country=BE&country=FR", None),
            (f"/api/v1/projects/?search={'ζ' * 201}", None),
            ("/api/v1/projects/zeta/", None),
            ("/api/v1/cities/zeta/", None),
            ("/api/v1/twinnings/zeta/", None),
            (f"/api/v1/pledges/{'z' * 43}/", None),
            ("/api/v1/zeta/", None),
            (WELL, ""),
            (WELL, "[]"),
            (WELL, "{"),
            (WELL, '{"a": 1, "a": 2}'),
            (WELL, "[" * 200),
            (WELL, "{}"),
            (WELL, '{"amount_minor": "2", "currency": "ζ", "email": "ζ", "name": 3, "ζ": 1}'),
            (WELL, '{"amount_minor": null, "currency": 3, "email": "", "cover_fee": "ζ"}'),
            (WELL, '{"amount_minor": 1, "currency": "EUR", "email": "a@example.org"}'),
            (WELL, f'{{{PAYS}, "name": "{"ζ" * 81}"}}'),
            (WELL, f'{{{PAYS}, "name": "www.example.org"}}'),
            (WELL, f'{{{PAYS}, "name": "\\u202eζ"}}'),
            (WELL, '{"amount_minor": 2500, "currency": "USD", "email": "a@example.org"}'),
            (SHUT, '{"amount_minor": 2500, "currency": "EUR", "email": "a@example.org"}'),
        ],
    )
    def test_refuses_in_the_reader_s_language(self, language, address, body):
        cities = a_city(name="Ωρωπός"), a_city(name="Κύμη", country="GM")
        a_greek_project(cities=cities, slug="well")
        a_greek_project(cities=cities, slug="shut", state="failed")
        caller = Client(HTTP_ACCEPT_LANGUAGE=language, raise_request_exception=False)

        if body is None:
            answer = caller.get(address)
        else:
            answer = caller.post(address, body, content_type="application/json")

        assert 400 <= answer.status_code < 500
        said = [answer.json()["detail"], *(e["detail"] for e in answer.json().get("errors", ()))]
        assert unmarked("\n".join(said), language) == []
        assert all("⟦" in sentence for sentence in said)

    @pytest.mark.parametrize(
        ("method", "headers", "status"),
        [
            ("delete", {}, 405),
            ("get", {"HTTP_ACCEPT": "text/csv"}, 406),
            ("post", {"content_type": "text/csv"}, 415),
        ],
    )
    def test_refuses_a_strange_request_in_the_reader_s_language(
        self, language, method, headers, status
    ):
        caller = Client(HTTP_ACCEPT_LANGUAGE=language, raise_request_exception=False)
        address = WELL if method == "post" else "/api/v1/projects/"

        answer = getattr(caller, method)(address, **headers)

        assert answer.status_code == status
        assert unmarked(answer.json()["detail"], language) == []
