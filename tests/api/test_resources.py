"""What every address of the API has in common."""

import pytest
from django.db import OperationalError, connection
from django.test import RequestFactory

from backend.api.errors import answer as answer_to
from tests.api.rows import a_project_open_now

READS = [
    "/api/v1/",
    "/api/v1/schema/",
    "/api/v1/projects/",
    "/api/v1/projects/well/",
    "/api/v1/projects/well/ledger/",
    "/api/v1/cities/",
    "/api/v1/twinnings/",
]


@pytest.mark.django_db
@pytest.mark.parametrize("address", READS)
class TestReads:
    def test_may_be_read_by_scripts_of_any_site(self, api, address):
        a_project_open_now(slug="well")

        answer = api.get(address, headers={"origin": "https://elsewhere.example"})

        assert answer.status_code == 200
        assert answer["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in answer
        assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert not answer.cookies

    def test_comes_once_if_nothing_has_changed(self, api, address):
        a_project_open_now(slug="well")
        etag = api.get(address)["ETag"]

        same = api.get(address, headers={"if-none-match": f'"other", W/{etag}'})
        other = api.get(address, headers={"if-none-match": '"other"'})

        assert (same.status_code, same.content, same["ETag"]) == (304, b"", etag)
        assert other.status_code == 200

    def test_may_be_kept_for_a_moment_by_caches(self, api, address):
        a_project_open_now(slug="well")

        answer = api.get(address)

        assert answer["Cache-Control"] == "public, max-age=0, s-maxage=5"
        assert "Cookie" not in answer["Vary"]

    def test_answers_head_with_the_headers_alone(self, api, address):
        a_project_open_now(slug="well")

        full, head = api.get(address), api.head(address)

        assert (head.status_code, head.content) == (200, b"")
        assert head["ETag"] == full["ETag"]

    def test_tells_its_methods(self, api, address):
        answer = api.options(address)

        assert (answer.status_code, answer.content) == (204, b"")
        assert answer["Allow"] == "GET, HEAD, OPTIONS"
        assert answer["Access-Control-Allow-Methods"] == "GET, HEAD"

    @pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "trace"])
    def test_refuses_other_methods(self, api, address, method):
        answer = getattr(api, method)(address)

        assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
        assert answer["Allow"] == "GET, HEAD, OPTIONS"

    def test_refuses_a_format_that_it_does_not_speak(self, api, address):
        answer = api.get(address, headers={"accept": "text/csv"})

        assert (answer.status_code, answer.json()["code"]) == (406, "not_acceptable")
        assert answer["Content-Type"] == "application/problem+json"

    @pytest.mark.parametrize("accept", ["", "*/*", "application/*", ";;;", "x/y, */*;q=0.1"])
    def test_survives_any_wish(self, api, address, accept):
        a_project_open_now(slug="well")

        answer = api.get(address, headers={"accept": accept})

        assert answer.status_code in (200, 406)

    def test_is_the_same_whatever_cookies_come(self, api, address):
        a_project_open_now(slug="well")
        plain = api.get(address).content
        api.cookies["django_language"] = "fr"

        assert api.get(address).content == plain


class TestNowhere:
    @pytest.mark.parametrize(
        "address", ["/api/", "/api/v1/x/", "/api/v2/projects/", "/api/v1/%00/"]
    )
    def test_answers_as_the_api_does(self, api, address):
        answer = api.get(address)

        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        assert answer["Content-Type"] == "application/problem+json"

    def test_puts_a_forgotten_last_slash_right(self, api):
        answer = api.get("/api/v1/projects?theme=water")

        assert (answer.status_code, answer["Location"]) == (308, "/api/v1/projects/?theme=water")

    def test_speaks_the_language_of_the_client(self, api):
        answer = api.get("/api/v1/x/", headers={"accept-language": "fr"})

        assert answer["Content-Language"] == "fr"


class TestProblems:
    def test_are_whole(self, api):
        problem = api.post("/api/v1/").json()

        assert problem == {
            "type": "urn:twinfund:problem:method_not_allowed",
            "title": "Method Not Allowed",
            "status": 405,
            "detail": 'Method "POST" not allowed.',
            "code": "method_not_allowed",
        }

    def test_tell_an_interrupted_database_as_a_pause(self):
        request = RequestFactory().get("/api/v1/")

        answer = answer_to(OperationalError("server closed the connection"), {"request": request})

        assert answer.status_code == 503
        assert answer["Retry-After"] == "5"
        assert b"server closed" not in answer.content

    @pytest.mark.django_db
    def test_tell_a_statement_that_takes_too_long_as_a_pause(self, api):
        a_project_open_now(slug="well")
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE projects_project RENAME TO real_project")
            cursor.execute(
                "CREATE VIEW projects_project AS SELECT p.* FROM real_project p, pg_sleep(1)"
            )
            cursor.execute("SET LOCAL statement_timeout = 1")

        answer = api.get("/api/v1/projects/")

        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")

    def test_keep_the_details_of_our_own_faults_to_us(self, capsys):
        request = RequestFactory().get("/api/v1/")

        answer = answer_to(ZeroDivisionError("canary-7f3@example.org"), {"request": request})

        assert answer.status_code == 500
        assert b"canary" not in answer.content
        said = "".join(capsys.readouterr())
        assert "api.broken" in said
        assert "canary" not in said
