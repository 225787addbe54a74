"""Campaigns that are all-or-nothing, their pledges and letters, say nothing in English either.

Planted and seen to fall: a letter's heading without gettext; the French of the consent emptied.
"""

import pytest
from django.test import Client
from django.utils import timezone

from backend.mail.models import Mail
from backend.pledges.card_letters import LETTERS
from backend.pledges.letters import write_about_card
from backend.pledges.models import Decision, Pledge
from backend.pledges.operations import move_pledge
from backend.pledges.securing import secure_pledge
from backend.projects.operations import extend_campaign
from tests.factories import a_city, a_pledge
from tests.languages.marked import unmarked, unmarked_on_page
from tests.languages.rows import DAY, a_greek_project, greek, page, the_ones_that_say_something

pytestmark = pytest.mark.django_db


def a_campaign(**fields):
    home, twin = a_city(name="Ωρωπός"), a_city(name="Κύμη", country="GM")
    return a_greek_project(cities=(home, twin), campaign="all_or_nothing", **fields)


def a_promise(project, **fields):
    pledge = a_pledge(project, at=timezone.now(), **fields)
    move_pledge(pledge_id=pledge.pk, event="checkout_opened", at=timezone.now())
    secure_pledge(pledge_id=pledge.pk, at=timezone.now())
    return pledge


def extend(project):
    extend_campaign(
        project_id=project.pk,
        closes_at=project.closes_at + DAY,
        reason=greek("Γιατί."),
        by="chair",
        at=timezone.now(),
    )


class TestPages:
    def test_of_an_open_campaign(self, language):
        project = a_campaign()
        pledge = a_promise(project)
        extend(project)
        addresses = [
            page(language, "project", slug=project.slug),
            page(language, "pledge", slug=project.slug) + "?amount=25",
            page(language, "pledge_status", token=pledge.token),
            page(language, "pledge_change", token=pledge.token),
        ]

        assert the_ones_that_say_something(Client(), addresses, language) == {}

    @pytest.mark.parametrize("state", ["closing", "short", "failed"])
    def test_of_a_campaign_that_is_decided(self, language, state):
        now = timezone.now()
        project = a_campaign(state=state, opens_at=now - 60 * DAY, closes_at=now - DAY)
        Decision.objects.create(
            project=project,
            currency=project.currency,
            secured_minor=0 if state == "failed" else project.minimum_minor,
            received_minor=0,
            minimum_minor=project.minimum_minor,
            pledges=0,
            is_reached=state != "failed",
            decided_at=now,
        )
        at = page(language, "project", slug=project.slug)

        assert the_ones_that_say_something(Client(), [at], language) == {}

    @pytest.mark.parametrize(
        "state", ["pending", "charging", "failing", "dropped", "withdrawn", "released"]
    )
    def test_of_a_pledge_in_each_state(self, language, state):
        pledge = a_promise(a_campaign())
        Pledge.objects.filter(pk=pledge.pk).update(
            state=state, failing_since=timezone.now(), needs_authentication=True
        )
        at = page(language, "pledge_status", token=pledge.token)

        assert the_ones_that_say_something(Client(), [at, f"{at}?from=back"], language) == {}

    def test_that_refuse_a_change(self, language):
        pledge = a_promise(a_campaign())
        at = page(language, "pledge_change", token=pledge.token)

        answer = Client().post(at, {"amount": "1"})

        assert answer.status_code == 422
        assert unmarked_on_page(answer.content.decode(), language) == []


class TestLetters:
    def test_say_nothing_without_a_translation(self, language):
        project = a_campaign()
        pledge = a_promise(project, language=language)
        extend(project)
        Pledge.objects.filter(pk=pledge.pk).update(state="failing", failing_since=timezone.now())

        for letter in LETTERS:
            write_about_card(letter=letter, pledge_id=pledge.pk, number=0, at=timezone.now())

        mails = Mail.objects.filter(language=language)
        assert {mail.kind for mail in mails} == {f"pledge_{letter}" for letter in LETTERS}
        assert [m.kind for m in mails if unmarked(f"{m.subject}\n{m.text}", language)] == []
        assert [m.kind for m in mails if unmarked_on_page(m.html, language)] == []
