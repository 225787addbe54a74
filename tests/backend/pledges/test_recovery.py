"""A saved card that failed: a week to help, by the bank or by another card, then dropped.

Planted and seen to fall: see the table of faults (tests/architecture/faults.py).
"""

import urllib.parse
import urllib.request
from datetime import timedelta

import pytest
from django.utils import timezone

from backend.mail.models import Mail
from backend.money import Money
from backend.payments.models import Payment
from backend.pledges.campaigns import look_after_campaigns
from backend.pledges.operations import NotPayable, PaymentNotStarted
from backend.pledges.recovery import WINDOW, ask_bank, note_declined, pay_otherwise
from tests.backend.payments.rows import broken_invariants
from tests.backend.pledges.cards import (
    ASKS_ALWAYS,
    DECLINED_LATER,
    GOOD,
    a_campaign,
    a_secured_pledge,
    charges_of,
    close,
    pull,
    state_of,
)
from tests.jobs import do_jobs

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(days=1)


def a_failing_pledge(sandbox, *, card=ASKS_ALWAYS):
    """A pledge whose card failed at the deadline, beside one that was charged."""
    project = a_campaign(sandbox)
    a_secured_pledge(sandbox, project, amount=Money(5000, "EUR"))
    pledge = a_secured_pledge(sandbox, project, card=card, email="failing@example.org")
    close(project)
    pledge.refresh_from_db()
    pledge.project.refresh_from_db()
    return pledge


def reminders():
    return Mail.objects.filter(kind="pledge_card_failed").count()


def charge_of(pledge):
    return Payment.objects.get(purpose=pledge.purpose, kind="charge")


def at_the_bank(sandbox, url, answer):
    """Press a button of the bank's own page."""
    data = urllib.parse.urlencode({"answer": answer}).encode()
    opener = urllib.request.build_opener(StaysHere)
    with opener.open(urllib.request.Request(url, data=data), timeout=30) as page:
        return page.status


class StaysHere(urllib.request.HTTPRedirectHandler):
    """The bank sends people back to a site that no test runs."""

    def http_error_303(self, request, answer, code, message, headers):
        return answer

    http_error_302 = http_error_303


class TestFailing:
    @pytest.mark.parametrize(("card", "asks"), [(ASKS_ALWAYS, True), (DECLINED_LATER, False)])
    def test_says_why_counts_as_promised_and_writes_once(self, sandbox, card, asks):
        pledge = a_failing_pledge(sandbox, card=card)

        project = pledge.project
        assert (pledge.state, pledge.needs_authentication) == ("failing", asks)
        assert (project.state, project.raised_minor, project.promised_minor) == (
            "closing",
            5000,
            2500,
        )
        assert charges_of(sandbox, pledge) == []
        assert reminders() == 1
        assert broken_invariants() == []

    def test_writes_again_every_two_days_each_time_once(self, sandbox):
        pledge = a_failing_pledge(sandbox)
        counts = []

        for hours in (47, 49, 49, 95, 97, 143, 145, 167):
            look_after_campaigns(at=pledge.failing_since + timedelta(hours=hours))
            do_jobs()
            counts.append(reminders())

        assert counts == [1, 2, 2, 2, 3, 3, 4, 4]

    def test_ends_after_a_week_to_the_moment(self, sandbox):
        pledge = a_failing_pledge(sandbox)

        look_after_campaigns(at=pledge.failing_since + WINDOW - timedelta(milliseconds=1))
        before = state_of(pledge)
        look_after_campaigns(at=pledge.failing_since + WINDOW)
        do_jobs()

        pledge.project.refresh_from_db()
        assert (before, state_of(pledge)) == ("failing", "dropped")
        assert pledge.project.promised_minor == 0
        assert pledge.project.state == "succeeded"
        assert charge_of(pledge).state == "expired"
        assert set(Payment.objects.filter(kind="card").values_list("state", flat=True)) == {
            "released"
        }
        assert Mail.objects.filter(kind="pledge_dropped").count() == 1
        assert broken_invariants() == []

    def test_noted_twice_begins_one_week(self, sandbox):
        pledge = a_failing_pledge(sandbox)
        began = pledge.failing_since

        note_declined(pledge_id=pledge.pk, needs_authentication=False, at=timezone.now() + DAY)
        do_jobs()

        pledge.refresh_from_db()
        assert pledge.failing_since == began
        assert reminders() == 1


class TestAskingTheBank:
    def test_charges_the_very_same_intent_once(self, sandbox):
        pledge = a_failing_pledge(sandbox)
        intent = charge_of(pledge).intent_id

        url = ask_bank(pledge=pledge, at=timezone.now())
        again = ask_bank(pledge=pledge, at=timezone.now())
        at_the_bank(sandbox, url, "approve")
        pull(pledge.project)
        look_after_campaigns(at=timezone.now())

        charge = charge_of(pledge)
        assert url == again
        assert (charge.intent_id, charge.state) == (intent, "succeeded")
        assert state_of(pledge) == "settled"
        assert state_of(pledge.project) == "succeeded"
        assert charges_of(sandbox, pledge) == [2500]
        assert broken_invariants() == []

    def test_that_says_no_leaves_the_week_as_it_is(self, sandbox):
        pledge = a_failing_pledge(sandbox)
        began = pledge.failing_since

        url = ask_bank(pledge=pledge, at=timezone.now())
        at_the_bank(sandbox, url, "refuse")
        pull(pledge.project)

        assert state_of(pledge) == "failing"
        assert pledge.failing_since == began
        assert charges_of(sandbox, pledge) == []
        assert broken_invariants() == []

    def test_is_no_help_for_a_card_that_was_declined(self, sandbox):
        pledge = a_failing_pledge(sandbox, card=DECLINED_LATER)

        with pytest.raises(NotPayable):
            ask_bank(pledge=pledge, at=timezone.now())

    def test_is_not_started_where_stripe_is_silent(self, sandbox):
        pledge = a_failing_pledge(sandbox)
        sandbox.control("faults/next", {"kind": "drop_before", "count": 9})

        with pytest.raises(PaymentNotStarted):
            ask_bank(pledge=pledge, at=timezone.now())
        sandbox.control("faults/clear", {})

        assert ask_bank(pledge=pledge, at=timezone.now())


class TestAnotherCard:
    def test_opens_only_when_the_charge_is_cancelled_and_pays_once(self, sandbox):
        pledge = a_failing_pledge(sandbox, card=DECLINED_LATER)

        pay_otherwise(pledge=pledge, at=timezone.now())
        page = Payment.objects.latest("attempt")
        cancelled = charge_of(pledge).state
        sandbox.complete(page.session_id, card=GOOD)
        pull(pledge.project)
        look_after_campaigns(at=timezone.now())
        do_jobs()

        assert (page.kind, cancelled) == ("page", "expired")
        assert state_of(pledge) == "settled"
        assert charges_of(sandbox, pledge) == [2500]
        assert state_of(pledge.project) == "succeeded"
        assert pledge.project.promised_minor == 0
        assert broken_invariants() == []

    def test_after_the_bank_was_asked_makes_that_impossible(self, sandbox):
        pledge = a_failing_pledge(sandbox)
        ask_bank(pledge=pledge, at=timezone.now())

        pay_otherwise(pledge=pledge, at=timezone.now())

        assert charge_of(pledge).state == "expired"
        with pytest.raises(NotPayable):
            ask_bank(pledge=pledge, at=timezone.now())

    def test_asked_for_twice_is_the_same_page(self, sandbox):
        pledge = a_failing_pledge(sandbox, card=DECLINED_LATER)

        pages = {pay_otherwise(pledge=pledge, at=timezone.now()) for _ in range(2)}

        assert len(pages) == 1

    def test_is_not_opened_where_the_charge_cannot_be_cancelled(self, sandbox):
        pledge = a_failing_pledge(sandbox, card=DECLINED_LATER)
        sandbox.control("faults/next", {"kind": "drop_before", "count": 9})

        with pytest.raises(PaymentNotStarted):
            pay_otherwise(pledge=pledge, at=timezone.now())
        sandbox.control("faults/clear", {})

        assert not Payment.objects.filter(kind="page").exists()

    def test_left_unpaid_ends_with_the_week(self, sandbox):
        pledge = a_failing_pledge(sandbox, card=DECLINED_LATER)
        pay_otherwise(pledge=pledge, at=timezone.now())

        look_after_campaigns(at=pledge.failing_since + WINDOW)
        do_jobs()

        assert state_of(pledge) == "dropped"
        assert Payment.objects.get(kind="page").state == "expired"
        assert broken_invariants() == []

    def test_paid_in_the_last_moment_is_taken(self, sandbox):
        pledge = a_failing_pledge(sandbox, card=DECLINED_LATER)
        pay_otherwise(pledge=pledge, at=timezone.now())
        sandbox.complete(Payment.objects.get(kind="page").session_id)

        look_after_campaigns(at=pledge.failing_since + WINDOW)
        do_jobs()

        assert state_of(pledge) == "settled"
        assert charges_of(sandbox, pledge) == [2500]

    def test_by_a_debit_that_fails_leaves_the_week_as_it_is(self, sandbox):
        pledge = a_failing_pledge(sandbox, card=DECLINED_LATER)
        pay_otherwise(pledge=pledge, at=timezone.now())
        page = Payment.objects.get(kind="page")
        sandbox.complete(page.session_id, method="sepa_debit")
        pull(pledge.project)
        pledge.refresh_from_db()
        waiting = pledge.is_processing

        intents = [
            event["data"]["object"]["id"]
            for event in sandbox.control("events?type=payment_intent.processing")["events"]
            if event["data"]["object"]["metadata"]["purpose"] == pledge.purpose
        ]
        sandbox.control(f"payment_intents/{intents[0]}/fail", {})
        pull(pledge.project)

        assert waiting
        assert state_of(pledge) == "failing"
        assert not pledge.is_processing
        assert broken_invariants() == []

    @pytest.mark.parametrize("state", ["settled", "secured"])
    def test_is_for_failing_pledges_alone(self, sandbox, state):
        pledge = a_secured_pledge(sandbox, a_campaign(sandbox))
        pledge.state = state

        with pytest.raises(NotPayable):
            pay_otherwise(pledge=pledge, at=timezone.now())
