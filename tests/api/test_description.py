"""The API's description of itself: fresh, complete, and held to real answers."""

import json
from pathlib import Path

import jsonschema
import pytest
from django.urls import URLPattern, get_resolver, resolve

from backend.api import shapes
from backend.api.description import described_api
from backend.api.management.commands.describe_api import written
from backend.api.serializers import PledgeIn
from tests.api.rows import a_project_open_now
from tests.factories import a_twinning

COMMITTED = Path(__file__).parents[2] / "docs" / "openapi.json"
GUIDE = Path(__file__).parents[2] / "docs" / "api.md"
OUTSIDE = {"webhooks/stripe/", "^api/.*$"}


def addresses(patterns, prefix=""):
    """Yield each address of the URLconf with its view, as the description writes it."""
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield path, pattern.callback
        else:
            yield from addresses(pattern.url_patterns, path)


def as_described(path):
    return "/" + (
        path.replace("<slug:slug>", "{slug}")
        .replace("^pledges/(?P<token>[A-Za-z0-9_-]{43})/$", "pledges/{token}/")
        .replace("\\", "")
    )


def validated(name, content):
    document = {"components": {"schemas": shapes.COMPONENTS}, **shapes.ref(name)}
    jsonschema.Draft202012Validator(document).validate(content)
    return content


class TestDescription:
    def test_in_the_repository_is_fresh(self):
        assert COMMITTED.read_text() == written(), "manage.py describe_api > docs/openapi.json"

    def test_has_every_public_address_with_every_method(self):
        routes = {
            (as_described(path), method.lower())
            for path, view in addresses(get_resolver("backend.api.urls").url_patterns)
            if path not in OUTSIDE
            for method in view.cls(**view.initkwargs).allowed_methods
            if method != "OPTIONS"
        }
        described = {
            (path, method)
            for path, operations in described_api()["paths"].items()
            for method in operations
        }

        assert len(routes) >= 11
        assert routes == described

    def test_tells_the_answer_of_every_operation_that_can_fail(self):
        operations = [
            operation for path in described_api()["paths"].values() for operation in path.values()
        ]

        assert len(operations) >= 11
        assert all({"400", "503"} <= set(operation["responses"]) for operation in operations)
        assert all(operation["operationId"] and operation["summary"] for operation in operations)

    def test_refers_only_to_shapes_that_it_has(self):
        text = json.dumps(described_api())
        wanted = {part.split('"')[0] for part in text.split('"#/components/schemas/')[1:]}

        assert len(wanted) >= 15
        assert wanted == set(shapes.COMPONENTS)

    def test_takes_exactly_the_fields_that_are_read(self):
        fields = PledgeIn().fields
        shape = shapes.COMPONENTS["PledgeIn"]

        assert set(shape["properties"]) == set(fields)
        assert set(shape["required"]) == {"amount_minor", "currency", "email"}
        assert {name for name in fields if fields[name].required} == set(shape["required"])

    def test_is_openapi_3_1(self):
        assert described_api()["openapi"] == "3.1.0"
        for shape in shapes.COMPONENTS.values():
            jsonschema.Draft202012Validator.check_schema(shape)

    def test_is_served(self, api):
        assert api.get("/api/v1/schema/").json() == described_api()

    def test_has_a_guide_that_names_every_address(self):
        guide = GUIDE.read_text()

        assert [path for path in described_api()["paths"] if path not in guide] == []


@pytest.mark.django_db
class TestAnswers:
    @pytest.mark.parametrize(
        ("address", "shape"),
        [
            ("/api/v1/", "Index"),
            ("/api/v1/projects/", "ProjectList"),
            ("/api/v1/projects/well/", "Project"),
            ("/api/v1/projects/well/ledger/", "LedgerPage"),
            ("/api/v1/cities/", "CityList"),
            ("/api/v1/cities/ostend-be/", "City"),
            ("/api/v1/twinnings/", "TwinningList"),
            ("/api/v1/twinnings/ostend-be--banjul-gm/", "Twinning"),
            ("/api/v1/projects/none/", "Problem"),
            ("/api/v1/projects/?order=x", "Problem"),
        ],
    )
    def test_have_the_shape_that_is_described(self, api, address, shape):
        project = a_project_open_now(slug="well")
        project.home_city.slug = "ostend-be"
        project.home_city.save()
        a_twinning(
            city_a=project.home_city,
            city_b=project.twin_city,
            slug="ostend-be--banjul-gm",
            kind="twin_town",
            state="confirmed",
        )

        content = api.get(address).json()

        assert validated(shape, content)
        assert content.get("results") != [] or "ledger" in address

    def test_of_a_refused_pledge_have_the_shape_that_is_described(self, api):
        a_project_open_now(slug="well")

        answer = api.post("/api/v1/projects/well/pledges/", {}, content_type="application/json")

        assert len(validated("Problem", answer.json())["errors"]) == 3


class TestPages:
    @pytest.mark.parametrize("language", ["en", "fr", "es"])
    @pytest.mark.parametrize(
        ("setting", "name", "parts"),
        [
            ("PROJECT_ADDRESS", "pages:project", {"slug": "well"}),
            ("CITY_ADDRESS", "pages:city", {"slug": "lome-tg"}),
            ("TWINNING_ADDRESS", "pages:twinning", {"slug": "a-be--b-gm"}),
            ("PLEDGE_STATUS_ADDRESS", "pages:pledge_status", {"token": "t" * 43}),
            ("MONTHLY_GIFT_ADDRESS", "pages:monthly_status", {"token": "t" * 43}),
            ("COMMITTEE_LEDGER_ADDRESS", "machines:committee_jsonl", {"slug": "slug"}),
            ("REFUND_ADDRESS", "pages:refund", {"reference": "a" * 32}),
            (
                "STOP_LETTERS_ADDRESS",
                "pages:stop_letters",
                {"token": f"{'a' * 32}.{'t' * 43}", "category": "news"},
            ),
            ("COMMITTEE_STRIPE_ADDRESS", "pages:committee_stripe", {"slug": "well"}),
        ],
    )
    def test_that_answers_link_to_are_there(self, settings, setting, name, parts, language):
        from django.utils import translation

        settings.ROOT_URLCONF = "frontend.urls"
        address = getattr(settings, setting).format(language=language, **parts)

        with translation.override(language):
            found = resolve(address)

        assert (found.view_name, found.kwargs) == (name, parts)
