"""The stewards' page of the work in the background.

Planted and seen to fall: the page open to citizens; a second click on "Try again" that breaks.
"""

from itertools import count

import pytest
from django.db import connection

from tests.backend.jobs.test_queue import a_worker, put
from tests.frontend.views.reading import html_of, text_of
from tests.people import a_person, a_steward, sign_in

pytestmark = pytest.mark.django_db
PAGE = "/en/jobs/"
_places = count(1)


def enter(client, person):
    sign_in(client, person, ip=f"192.0.2.{next(_places)}")


def status_of(job):
    with connection.cursor() as cursor:
        cursor.execute("SELECT status FROM procrastinate_jobs WHERE id = %s", [job])
        return cursor.fetchone()[0]


def test_does_not_exist_for_a_citizen(client):
    enter(client, a_person(with_codes=True))

    assert client.get(PAGE).status_code == 404
    assert PAGE not in html_of(client.get("/en/account/"))


def test_is_found_on_a_stewards_account_page(client):
    enter(client, a_steward())

    assert PAGE in html_of(client.get("/en/account/"))


def test_says_when_nobody_works_and_when_all_is_well(client):
    enter(client, a_steward())
    assert "Nobody works just now" in text_of(client.get(PAGE))

    a_worker(silent_seconds=0)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    assert "Nothing is late, stuck or failed." in text_of(client.get(PAGE))


def test_has_a_failed_job_tried_again_once(client):
    enter(client, a_steward())
    job = put("failed")
    assert "Try again" in text_of(client.get(PAGE))

    done = client.post(PAGE, {"job": job}, follow=True)
    again = client.post(PAGE, {"job": job}, follow=True)

    assert "The job is tried again now." in text_of(done)
    assert "not among the failed ones" in text_of(again)
    assert status_of(job) == "todo"


@pytest.mark.parametrize("number", ["", "x", "9" * 30])
def test_takes_no_number_that_is_none(client, number):
    enter(client, a_steward())

    answer = client.post(PAGE, {"job": number}, follow=True)

    assert "not among the failed ones" in text_of(answer)
