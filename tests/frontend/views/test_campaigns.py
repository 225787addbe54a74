"""What a committee decides about its campaign on its page: who may, and what is asked first.

Planted and seen to fall: the treasurer of another committee let in; an editor let in; the look at
the second factor's age left out; the decision taken without the second question; the hour of the
new deadline read in UTC.
"""

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from django.utils import timezone

from backend.organisations.models import Membership
from backend.projects.models import Extension, Project
from tests.factories import NOON, a_city, a_committee, an_open_project
from tests.frontend.views.reading import html_of, text_of, title_of
from tests.people import a_person, a_steward, age_second_factor, sign_in

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
WHY = "The holidays came between."
_places = count(1)


def campaign(**fields):
    now = timezone.now()
    return an_open_project(**{"opens_at": now - 9 * DAY, "closes_at": now + 9 * DAY, **fields})


def page_of(project, language="en"):
    return f"/{language}/projects/{project.slug}/campaign/"


def enter(client, committee, role):
    person = a_person(with_codes=True)
    Membership.objects.create(organisation=committee, user=person.user, role=role, since=NOON)
    sign_in(client, person, ip=f"192.0.2.{next(_places)}")


def a_led_campaign(client, role="chair", **fields):
    project = campaign(**fields)
    enter(client, project.committee, role)
    return project


def later(project, days):
    return (project.closes_at + days * DAY).date().isoformat()


class TestWhoMay:
    @pytest.mark.parametrize("role", ["chair", "treasurer"])
    def test_is_who_leads_the_committee(self, client, role):
        project = a_led_campaign(client, role)

        assert client.get(page_of(project)).status_code == 200
        assert page_of(project) in html_of(client.get("/en/account/"))

    @pytest.mark.parametrize("role", ["editor", "member"])
    def test_is_no_other_member(self, client, role):
        project = a_led_campaign(client, role)

        assert client.get(page_of(project)).status_code == 404
        assert page_of(project) not in html_of(client.get("/en/account/"))

    def test_is_nobody_of_another_committee(self, client):
        enter(client, a_committee(), "treasurer")

        assert client.get(page_of(campaign())).status_code == 404

    def test_is_no_steward(self, client):
        sign_in(client, a_steward(), ip=f"192.0.2.{next(_places)}")

        assert client.get(page_of(campaign())).status_code == 404

    def test_is_nobody_whose_second_factor_is_old(self, client):
        project = a_led_campaign(client, state="short")
        age_second_factor(client, 16 * 60)

        answer = client.post(page_of(project), {"way": "back", "reason": WHY, "confirmed": "yes"})

        assert answer.status_code == 302
        assert Project.objects.get(pk=project.pk).state == "short"


class TestMovingTheDeadline:
    def test_asks_once_more_and_changes_nothing_before(self, client):
        project = a_led_campaign(client)

        asked = client.post(page_of(project), {"day": later(project, 14), "reason": WHY})

        assert title_of(asked).startswith("Move the deadline?")
        assert WHY in text_of(asked)
        assert not Extension.objects.exists()

    def test_keeps_the_hour_of_the_home_citys_clock(self, client):
        closes_at = datetime(2030, 10, 20, 16, 0, tzinfo=UTC)
        city = a_city(time_zone="Europe/Paris")
        project = a_led_campaign(client, home_city=city, closes_at=closes_at)

        client.post(
            page_of(project, "fr"), {"day": "2030-11-05", "reason": WHY, "confirmed": "yes"}
        )

        # Six in the evening on both days; the clocks went back between them.
        extension = Extension.objects.get()
        assert extension.new_closes_at == datetime(2030, 11, 5, 17, 0, tzinfo=UTC)
        assert extension.reason == {"fr": WHY}

    @pytest.mark.parametrize("days", [0, -1, 31])
    def test_refuses_a_day_that_is_no_later_or_too_late(self, client, days):
        project = a_led_campaign(client)

        refused = client.post(page_of(project), {"day": later(project, days), "reason": WHY})

        assert refused.status_code == 422
        assert "at most 30 days later" in text_of(refused)

    def test_is_possible_once(self, client):
        project = a_led_campaign(client)
        client.post(page_of(project), {"day": later(project, 3), "reason": WHY, "confirmed": "yes"})

        answer = client.get(page_of(project))

        assert "cannot move again" in text_of(answer)
        assert "The deadline has moved." in text_of(answer)
        assert "<form class" not in html_of(answer).partition("<main")[2].partition("</main")[0]


class TestDecidingBelowTheMinimum:
    def test_asks_once_more_and_says_what_will_happen(self, client):
        project = a_led_campaign(client, state="short", raised_minor=12_300)

        asked = client.post(page_of(project), {"way": "back", "reason": WHY})

        assert title_of(asked).startswith("Pay every gift back?")
        assert "All that is here, €123.00, goes back" in text_of(asked)
        assert Project.objects.get(pk=project.pk).state == "short"

    @pytest.mark.parametrize(("way", "state"), [("ahead", "succeeded"), ("back", "failed")])
    def test_is_done_when_confirmed_and_the_project_page_says_why(self, client, way, state):
        project = a_led_campaign(client, state="short", raised_minor=12_300)

        client.post(page_of(project), {"way": way, "reason": WHY, "confirmed": "yes"})

        assert Project.objects.get(pk=project.pk).state == state
        told = text_of(client.get(f"/en/projects/{project.slug}/"))
        assert f"The committee says: {WHY}" in told
        assert "There is nothing to decide now." in text_of(client.get(page_of(project)))

    def test_can_be_thought_over(self, client):
        project = a_led_campaign(client, state="short")

        back = client.post(page_of(project), {"way": "back", "reason": WHY, "again": "yes"})

        assert WHY in html_of(back)
        assert Project.objects.get(pk=project.pk).state == "short"

    def test_needs_an_answer_and_a_reason(self, client):
        project = a_led_campaign(client, state="short")

        refused = client.post(page_of(project), {})

        assert refused.status_code == 422
        assert title_of(refused).startswith("Error: ")
        assert 'href="#way"' in html_of(refused)
        assert "Say in public why you decide so." in text_of(refused)

    def test_comes_first_on_the_account_page(self, client):
        project = a_led_campaign(client, state="short")
        campaign(committee=project.committee)

        listed = text_of(client.get("/en/account/"))

        assert "Waits for your decision" in listed
