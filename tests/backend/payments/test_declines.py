"""Cards refused on Stripe's page: counted once each, the third closes the page, many raise alarm.

Planted and seen to fall: the page left open after the third; the alarm without a least number of
attempts; an alarm that never ends; a debit that came back counted as a card that was refused.
"""

from datetime import timedelta

import pytest
from django.utils import timezone

from backend.payments import inbox
from backend.payments.declines import note_decline
from backend.payments.models import (
    Decline,
    DeclinesAlarm,
    Payment,
    PaymentTransition,
    StripeEvent,
)
from backend.payments.queries import closed_after_refusals, many_are_refused
from backend.pledges.models import Pledge
from backend.pledges.operations import start_payment
from tests.backend.payments.rows import (
    a_payment,
    a_pledge_on_stripes_page,
    a_project_now,
    pull_and_apply,
)
from tests.factories import NOON

REFUSED = "4000000000000002"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def true_limits(settings):
    settings.THROTTLES_TIMES = 1


def refuse(payment, count, *, at=NOON, first=1):
    for number in range(first, first + count):
        note_decline(event_id=f"evt_{payment.pk}_{number}", payment=payment, at=at)


def taken(count, *, at=NOON):
    for number in range(count):
        payment = a_payment(f"pledge:taken{number}", session_id=f"cs_taken{number}")
        PaymentTransition.objects.create(
            payment=payment, old="open", event="settled", new="succeeded", at=at
        )


@pytest.mark.django_db(transaction=True)
class TestAtTheSandbox:
    @pytest.mark.parametrize("rule", ["flexible", "all_or_nothing"])
    def test_the_third_refusal_closes_the_page_and_another_may_begin(self, sandbox, rule):
        pledge, payment = a_pledge_on_stripes_page(a_project_now(campaign=rule))
        for number in range(1, 4):
            refusal = sandbox.complete(payment.session_id, card=REFUSED)
            assert refusal["error"]["code"] == "card_declined"
            pull_and_apply()
            payment.refresh_from_db()
            assert (payment.declines.count(), payment.state) == (
                number,
                "expired" if number == 3 else "open",
            )

        assert Pledge.objects.get().state == "expired"
        assert closed_after_refusals(pledge.purpose)
        assert sandbox.complete(payment.session_id)["error"]["message"].endswith("expired.")
        start_payment(pledge=Pledge.objects.get(), at=timezone.now())
        again = Payment.objects.get(attempt=2)
        assert again.state == "open"
        assert not closed_after_refusals(pledge.purpose)

    def test_what_is_told_twice_counts_once(self, sandbox):
        _, payment = a_pledge_on_stripes_page()
        sandbox.complete(payment.session_id, card=REFUSED)
        pull_and_apply()
        event = StripeEvent.objects.get(pk=Decline.objects.get().pk)
        StripeEvent.objects.filter(pk=event.pk).update(state="received")

        inbox.apply_event(event_id=event.pk, at=timezone.now())

        assert Decline.objects.count() == 1

    def test_a_card_that_is_taken_after_two_refusals_settles_the_pledge(self, sandbox):
        _, payment = a_pledge_on_stripes_page()
        for _ in range(2):
            sandbox.complete(payment.session_id, card=REFUSED)
        sandbox.complete(payment.session_id)

        pull_and_apply()

        assert Pledge.objects.get().state == "settled"


class TestOneRefusal:
    def test_of_a_debit_that_its_bank_sends_back_is_no_card_tried_out(self):
        refuse(a_payment(state="processing"), 3)

        assert not Decline.objects.exists()

    def test_of_a_saved_card_after_the_deadline_is_its_holders_to_mend(self):
        refuse(a_payment(kind="charge"), 3)

        assert not Decline.objects.exists()


class TestAlarm:
    def test_rises_when_more_than_three_in_ten_are_refused(self):
        taken(14)
        payments = [a_payment(f"pledge:{n}", session_id=f"cs_{n}") for n in range(7)]
        for payment in payments[:6]:
            refuse(payment, 1)
        before = many_are_refused(at=NOON)

        refuse(payments[6], 1)

        assert (before, many_are_refused(at=NOON)) == (False, True)

    def test_does_not_rise_on_exactly_three_in_ten(self):
        taken(14)
        for number in range(6):
            refuse(a_payment(f"pledge:{number}", session_id=f"cs_{number}"), 1)

        assert not many_are_refused(at=NOON)

    def test_does_not_rise_on_few_attempts(self):
        for number in range(19):
            refuse(a_payment(f"pledge:{number}", session_id=f"cs_{number}"), 1)

        assert not DeclinesAlarm.objects.exists()

    def test_looks_at_ten_minutes_only(self):
        for number in range(19):
            payment = a_payment(f"pledge:{number}", session_id=f"cs_{number}")
            refuse(payment, 1, at=NOON - timedelta(minutes=10))
        refuse(a_payment("pledge:20", session_id="cs_20"), 1)

        assert not many_are_refused(at=NOON)

    @pytest.mark.parametrize(("minutes", "holds"), [(29, True), (30, False)])
    def test_ends_by_itself(self, minutes, holds):
        for number in range(20):
            refuse(a_payment(f"pledge:{number}", session_id=f"cs_{number}"), 1)

        assert many_are_refused(at=NOON + timedelta(minutes=minutes)) is holds
