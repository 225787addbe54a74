"""`/api/v1/projects/` and `/api/v1/projects/{slug}/`."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.api.rows import a_project_open_now
from tests.factories import a_city, a_draft

LIST = "/api/v1/projects/"
PUBLIC_STATES = ["published", "closing", "succeeded", "failed", "short", "delivered", "suspended"]


def slugs(answer):
    return [row["slug"] for row in answer.json()["results"]]


def projects(number, **fields):
    """Make that many, the first one the newest."""
    now = timezone.now()
    return [
        a_project_open_now(
            slug=f"p{place:02}", published_at=now - timedelta(hours=1 + place), **fields
        )
        for place in range(number)
    ]


@pytest.mark.django_db
class TestProjectDetail:
    def test_carries_exactly_what_the_contract_names(self, api):
        project = a_project_open_now(slug="well")

        shown = api.get("/api/v1/projects/well/").json()

        assert set(shown) == {
            "slug", "title", "titles", "summary", "state", "campaign", "theme",
            "accepts_pledges", "closes_at", "currency", "goal", "minimum", "raised", "promised",
            "supporters", "home_city", "twin_city", "html_url",
        }  # fmt: skip
        assert shown["goal"] == {"amount_minor": 500_000, "currency": "EUR"}
        assert shown["raised"] == {"amount_minor": 0, "currency": "EUR"}
        assert shown["campaign"] == "flexible"
        assert shown["accepts_pledges"] is True
        assert shown["closes_at"].endswith("Z")
        assert shown["home_city"] == {
            "slug": project.home_city.slug,
            "name": "Sampletown",
            "country": "BE",
        }

    @pytest.mark.parametrize(
        ("query", "accepted", "language", "title"),
        [
            ("", "", "en", "A well for Twintown"),
            ("", "fr-BE,en;q=0.8", "fr", "Un puits pour Twintown"),
            ("?language=fr", "en", "fr", "Un puits pour Twintown"),
            ("", "de,nl;q=0.5", "en", "A well for Twintown"),
            ("?language=es", "", "es", "A well for Twintown"),
        ],
    )
    def test_speaks_the_language_asked_for(self, api, query, accepted, language, title):
        a_project_open_now(slug="well")

        answer = api.get(f"/api/v1/projects/well/{query}", headers={"accept-language": accepted})

        assert answer.json()["title"] == title
        assert answer["Content-Language"] == language
        assert answer.json()["html_url"] == f"http://testserver/{language}/projects/well/"
        assert "Accept-Language" in answer["Vary"]

    def test_links_to_the_page_by_the_port_that_the_client_used(self, api, settings):
        a_project_open_now(slug="well")

        shown = api.get("/api/v1/projects/well/", headers={"host": "localhost:8123"}).json()

        assert shown["html_url"] == "http://localhost:8123/en/projects/well/"

    @pytest.mark.parametrize(
        ("fields", "accepts"),
        [
            ({}, True),
            ({"state": "suspended"}, False),
            ({"state": "succeeded"}, False),
            ({"closes_at": timezone.now()}, False),
            ({"opens_at": timezone.now() + timedelta(hours=1)}, False),
        ],
    )
    def test_tells_whether_a_pledge_can_be_made_now(self, api, fields, accepts):
        a_project_open_now(slug="well", **fields)

        assert api.get("/api/v1/projects/well/").json()["accepts_pledges"] is accepts

    @pytest.mark.parametrize("state", ["draft", "in_review"])
    def test_hides_what_is_not_public(self, api, state):
        a_draft(slug="well", state=state)

        answer = api.get("/api/v1/projects/well/")

        assert (answer.status_code, answer.json()["code"]) == (404, "no_such_project")


@pytest.mark.django_db
class TestProjectList:
    def test_shows_every_public_state_and_no_draft(self, api):
        for state in PUBLIC_STATES:
            a_project_open_now(slug=state, state=state)
        a_draft(slug="draft")
        a_draft(slug="in_review", state="in_review")

        assert sorted(slugs(api.get(LIST))) == sorted(PUBLIC_STATES)

    def test_leads_through_all_pages_and_back(self, api):
        projects(45)

        first = api.get(LIST)
        second = api.get(first.json()["next"])
        third = api.get(second.json()["next"])
        back = api.get(third.json()["previous"])

        assert slugs(first) + slugs(second) + slugs(third) == [f"p{n:02}" for n in range(45)]
        assert slugs(back) == slugs(second)
        assert [len(slugs(page)) for page in (first, second, third)] == [20, 20, 5]
        assert first.json()["previous"] is None
        assert third.json()["next"] is None

    def test_keeps_filters_and_the_port_in_the_address_of_the_next_page(self, api):
        projects(21, theme="water")

        page = api.get(f"{LIST}?theme=water&language=fr", headers={"host": "127.0.0.1:8123"})

        assert page.json()["next"].startswith("http://127.0.0.1:8123/api/v1/projects/?")
        assert "theme=water" in page.json()["next"]
        assert "language=fr" in page.json()["next"]

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("search=benin", ["pump"]),
            ("search=BÉNIN", ["pump"]),
            ("search=cotonou+pump", ["pump"]),
            ("search=nothing+like+it", []),
            ("search=';+DROP+TABLE+projects_project;--", []),
            ("search=%7B%7B7*7%7D%7D", []),
            ("search=*)(uid=*", []),
            ("search=%27", []),
            ("country=BJ", ["pump"]),
            ("country=bj", ["pump"]),
            ("country=ZZ", []),
            ("city=cotonou-bj", ["pump"]),
            ("city=nowhere-xx", []),
            ("theme=school", ["class"]),
            ("theme=school&theme=water", ["class", "pump"]),
            ("state=succeeded", ["class"]),
            ("state=succeeded&state=published", ["class", "pump"]),
            ("currency=USD", ["class"]),
            ("currency=usd", ["class"]),
            ("theme=school&currency=EUR", []),
            ("search=&city=&country=&theme=&state=&currency=&order=&cursor=", ["class", "pump"]),
        ],
    )
    def test_is_narrowed_by(self, api, query, found):
        cotonou = a_city(slug="cotonou-bj", name="Cotonou", country="BJ", search_text="cotonou")
        a_project_open_now(slug="pump", twin_city=cotonou, title={"en": "A pump"})
        a_project_open_now(slug="class", theme="school", state="succeeded", currency="USD")

        assert sorted(slugs(api.get(f"{LIST}?{query}"))) == found

    def test_is_ordered_by_what_ends_first(self, api):
        now = timezone.now()
        for days in (3, 1, 2):
            a_project_open_now(slug=f"in-{days}", closes_at=now + timedelta(days=days))

        assert slugs(api.get(f"{LIST}?order=ending")) == ["in-1", "in-2", "in-3"]

    def test_is_ordered_by_what_is_nearest_to_its_goal(self, api):
        for raised in (10, 30, 20):
            a_project_open_now(slug=f"with-{raised}", raised_minor=raised * 1000)

        found = slugs(api.get(f"{LIST}?order=nearest_goal"))

        assert found == ["with-30", "with-20", "with-10"]

    @pytest.mark.parametrize(
        ("query", "field", "code"),
        [
            (f"search={'x' * 201}", "search", "too_long"),
            (f"search={'x' * 1_000_000}", "search", "too_long"),
            ("search=a%00b", "search", "bad_parameter"),
            ("search=a&search=b", "search", "repeated_parameter"),
            ("country=Benin", "country", "bad_parameter"),
            ("country=B%C3%89", "country", "bad_parameter"),
            ("currency=EURO", "currency", "bad_parameter"),
            ("city=%27+OR+1=1", "city", "bad_parameter"),
            ("theme=football", "theme", "bad_parameter"),
            ("theme=water&theme=football", "theme", "bad_parameter"),
            ("state=draft", "state", "bad_parameter"),
            ("state=in_review", "state", "bad_parameter"),
            ("order=-id", "order", "bad_parameter"),
            ("order=committee__contact_email", "order", "bad_parameter"),
            ("order_by=id", "order_by", "unknown_parameter"),
            ("contry=BJ", "contry", "unknown_parameter"),
            ("format=xml", "format", "unknown_parameter"),
            ("language=de", "language", "bad_parameter"),
            ("cursor=x", "cursor", "bad_cursor"),
            ("cursor=%00", "cursor", "bad_parameter"),
            (f"cursor={'x' * 301}", "cursor", "bad_cursor"),
            ("a%00=b", "a\ufffd", "unknown_parameter"),
        ],
    )
    def test_refuses_a_query_that_it_cannot_answer(self, api, query, field, code):
        answer = api.get(f"{LIST}?{query}")

        problem = answer.json()
        assert (answer.status_code, problem["code"], problem["field"]) == (400, code, field)
        assert problem["detail"]

    def test_refuses_more_parameters_than_anybody_needs(self, api):
        answer = api.get(f"{LIST}?{'&'.join(f'p{n}=1' for n in range(300))}")

        assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")

    def test_costs_one_query_however_many_rows(self, api):
        projects(20)

        with CaptureQueriesContext(connection) as queries:
            api.get(LIST)

        assert len(queries) == 1

    def test_costs_two_queries_with_a_search(self, api):
        projects(20)

        with CaptureQueriesContext(connection) as queries:
            found = api.get(f"{LIST}?search=well")

        assert len(slugs(found)) == 20
        assert len(queries) == 2
