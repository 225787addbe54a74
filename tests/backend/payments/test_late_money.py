"""Money that comes for an attempt which had ended here: counted or given back, never silent.

Planted and seen to fall: see the table of faults (tests/architecture/faults.py).
"""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from backend.ledger.queries import balance_of
from backend.mail.models import Mail
from backend.money import Money
from backend.payments import inbox
from backend.payments.models import Payment
from backend.payments.operations import apply_session, end_unstarted, refresh_payment
from backend.pledges.models import Pledge, Receipt
from backend.pledges.operations import NotPayable, start_payment
from tests.backend.payments.rows import (
    CHARGED,
    a_paid_session,
    a_payment,
    a_pledge_on_stripes_page,
    a_pledge_with_a_page,
    a_project_now,
    a_session,
    broken_invariants,
    pull_and_apply,
)
from tests.factories import NOON
from tests.jobs import do_jobs


def an_expired_pledge():
    pledge, payment = a_pledge_with_a_page()
    expired = apply_session(payment=payment, session=a_session(payment, status="expired"), at=NOON)
    return pledge, expired


def state_of(row):
    row.refresh_from_db()
    return row.state


@pytest.mark.django_db
class TestLateMoney:
    def test_f21_on_an_expired_attempt_is_the_pledges(self):
        pledge, payment = an_expired_pledge()

        apply_session(payment=payment, session=a_paid_session(payment), at=NOON)

        assert (state_of(payment), state_of(pledge)) == ("succeeded", "settled")
        assert balance_of(f"{pledge.project.chain}:gifts") == Money(2500, "EUR")
        assert Receipt.objects.count() == 1

    def test_on_a_failed_attempt_is_the_pledges(self):
        pledge, payment = a_pledge_with_a_page(state="processing")
        failed = a_session(payment, status="complete", intent_status="requires_payment_method")
        payment = apply_session(payment=payment, session=failed, at=NOON)
        before = state_of(pledge)

        apply_session(payment=payment, session=a_paid_session(payment), at=NOON)

        assert (before, state_of(pledge)) == ("dropped", "settled")

    def test_of_another_amount_is_quarantined(self):
        pledge, payment = an_expired_pledge()
        wrong = a_paid_session(payment, charged=replace(CHARGED, amount_minor=2501))

        apply_session(payment=payment, session=wrong, at=NOON)

        assert (state_of(payment), state_of(pledge)) == ("quarantined", "quarantined")

    def test_does_not_come_from_a_page_that_is_only_expired(self):
        _, payment = an_expired_pledge()

        apply_session(payment=payment, session=a_session(payment, status="expired"), at=NOON)

        assert state_of(payment) == "expired"

    def test_beside_the_money_that_counts_is_to_be_given_back(self):
        pledge, first = an_expired_pledge()
        second = a_payment(pledge.purpose, attempt=2)
        paid = a_paid_session(second, charged=replace(CHARGED, charge_id="ch_2"))
        apply_session(payment=second, session=paid, at=NOON)

        apply_session(payment=first, session=a_paid_session(first), at=NOON)

        assert (state_of(first), state_of(second)) == ("late", "succeeded")
        assert balance_of(f"{pledge.project.chain}:gifts") == Money(2500, "EUR")


@pytest.mark.django_db
class TestWrongMoney:
    def a_quarantined_payment(self):
        pledge, payment = a_pledge_with_a_page()
        wrong = a_paid_session(payment, charged=replace(CHARGED, currency="USD"))
        return pledge, apply_session(payment=payment, session=wrong, at=NOON), wrong

    def test_that_went_back_in_stripes_dashboard_frees_the_pledge(self):
        pledge, payment, wrong = self.a_quarantined_payment()
        returned = replace(wrong, charged=replace(wrong.charged, is_returned=True))

        apply_session(payment=payment, session=returned, at=NOON)

        assert (state_of(payment), state_of(pledge)) == ("returned", "dropped")

    def test_stays_until_it_went_back(self):
        pledge, payment, wrong = self.a_quarantined_payment()

        apply_session(payment=payment, session=wrong, at=NOON)

        assert (state_of(payment), state_of(pledge)) == ("quarantined", "quarantined")

    def test_does_not_stand_in_the_way_of_the_right_money(self):
        pledge, _, _ = self.a_quarantined_payment()
        second = a_payment(pledge.purpose, attempt=2)
        paid = a_paid_session(second, charged=replace(CHARGED, charge_id="ch_2"))

        apply_session(payment=second, session=paid, at=NOON)

        assert state_of(pledge) == "settled"


@pytest.mark.django_db(transaction=True)
class TestAtTheSandbox:
    def test_is_not_asked_for_again_by_a_pledge_that_shows_an_older_state(self):
        pledge, payment = an_expired_pledge()
        seen_earlier = Pledge.objects.get(pk=pledge.pk)
        apply_session(payment=payment, session=a_paid_session(payment), at=NOON)
        a_payment(pledge.purpose, attempt=2, state="expired")

        with pytest.raises(NotPayable):
            start_payment(pledge=seen_earlier, at=NOON)

    def test_the_second_of_two_payments_goes_back_by_itself(self, sandbox):
        pledge, first = a_pledge_on_stripes_page()
        # Our side takes the page for dead; it is not.
        Payment.objects.update(state="expired")
        Pledge.objects.update(state="expired")
        start_payment(pledge=Pledge.objects.get(), at=timezone.now())
        second = Payment.objects.get(attempt=2)
        sandbox.control("balance", {"amount_minor": 10_000})
        sandbox.complete(first.session_id)
        sandbox.complete(second.session_id)

        pull_and_apply()

        states = {state_of(first), state_of(second)}
        assert states == {"succeeded", "returned"}
        assert len(charges_of(sandbox, pledge)) == 2
        assert [line["charge"] for line in refunds_of(sandbox, pledge)] == [
            Payment.objects.get(state="returned").charge_id
        ]
        letter = Mail.objects.get(kind="pledge_paid_twice")
        assert letter.recipient == pledge.email
        assert "Your pledge to “A well for Twintown” was paid twice" in letter.text
        assert "€25.00" in letter.text
        assert balance_of(f"{pledge.project.chain}:gifts") == Money(2500, "EUR")

    def test_a_page_that_nobody_needs_any_more_is_closed(self, sandbox):
        _, first = a_pledge_on_stripes_page()
        Payment.objects.update(state="expired")
        Pledge.objects.update(state="expired")
        start_payment(pledge=Pledge.objects.get(), at=timezone.now())
        second = Payment.objects.get(attempt=2)
        sandbox.complete(first.session_id)

        pull_and_apply()

        assert (state_of(first), state_of(second)) == ("succeeded", "expired")
        assert sandbox.complete(second.session_id)["error"]["message"].endswith("expired.")
        assert Pledge.objects.get().state == "settled"

    def test_a_return_whose_answer_was_lost_is_found_and_happens_once(self, sandbox):
        pledge, payment = a_pledge_on_stripes_page()
        sandbox.complete(payment.session_id)
        pull_and_apply()
        late = late_copy_of(sandbox, pledge)
        sandbox.control("balance", {"amount_minor": 10_000})
        lost = {"kind": "drop_after", "count": 9, "verb": "post", "path": "/v1/refunds"}
        sandbox.control("faults/next", lost)

        inbox.sweep_payments(at=timezone.now() + timedelta(minutes=5))
        sandbox.control("faults/clear", {})
        inbox.sweep_payments(at=timezone.now() + timedelta(minutes=10))

        assert state_of(late) == "returned"
        assert len(refunds_of(sandbox, pledge)) == 1
        do_jobs()
        assert Mail.objects.filter(kind="pledge_paid_twice").count() == 1

    def test_a_page_of_an_attempt_that_never_started_is_found_when_it_is_paid(self, sandbox):
        """Stripe broke after its effect and the look-up found nothing; then money comes on it."""
        project = a_project_now()
        pledge, payment = a_pledge_on_stripes_page(project)
        session = payment.session_id
        Payment.objects.update(state="new", session_id=None, session_url="")
        Pledge.objects.update(state="new")
        end_unstarted(payment=Payment.objects.get(), at=timezone.now())
        sandbox.complete(session)

        pull_and_apply()

        assert (state_of(payment), state_of(pledge)) == ("succeeded", "settled")
        assert payment.session_id == session
        project.refresh_from_db()
        assert project.raised == Money(2500, "EUR")

    def test_the_same_is_found_by_the_sweeper_alone(self, sandbox):
        pledge, payment = a_pledge_on_stripes_page()
        session = payment.session_id
        Payment.objects.update(state="expired", session_id=None)
        Pledge.objects.update(state="expired")
        sandbox.complete(session)

        inbox.sweep_payments(at=timezone.now() + timedelta(minutes=61))

        assert (state_of(payment), state_of(pledge)) == ("succeeded", "settled")
        assert set(broken_invariants()) == {"I-state", "I-state-payment"}  # as forged above


def charges_of(sandbox, pledge):
    """The charges that the sandbox has written down for the pledge."""
    lines = [line for line in sandbox.control("record") if line["kind"] == "charge"]
    return [line for line in lines if line["metadata"].get("purpose") == pledge.purpose]


def refunds_of(sandbox, pledge):
    """What of them went back."""
    theirs = {line["charge"] for line in charges_of(sandbox, pledge)}
    lines = [line for line in sandbox.control("record") if line["kind"] == "refund"]
    return [line for line in lines if line["charge"] in theirs]


def late_copy_of(sandbox, pledge):
    """A second charge at the sandbox, on a page that our side takes for an ended attempt."""
    Payment.objects.update(state="expired", settled_at=None)
    Pledge.objects.update(state="expired", settled_at=None)
    start_payment(pledge=Pledge.objects.get(), at=timezone.now())
    second = Payment.objects.get(attempt=2)
    sandbox.complete(second.session_id)
    Payment.objects.filter(attempt=1).update(state="succeeded", settled_at=timezone.now())
    refresh_payment(payment=second, at=timezone.now())
    second.refresh_from_db()
    return second
