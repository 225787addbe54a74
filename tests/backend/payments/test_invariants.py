"""The named invariants of payments, each broken once in the tables and seen to be named.

Planted and seen to fall: the time limit of I-event, I-late and I-stuck-payment made ten times
longer; gaps of I-state-payment not looked for; I-single only from the third on.
"""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from backend.common.ids import uuid7
from backend.ledger.invariants import check_invariants
from backend.payments.models import (
    Dispute,
    DisputeTransition,
    PaymentTransition,
    Refund,
    StripeEvent,
)
from tests.backend.payments.rows import a_payment
from tests.factories import NOON

pytestmark = pytest.mark.django_db
NAMES = [
    *("I-single", "I-event", "I-late", "I-state-payment", "I-stuck-payment"),
    *("I-refund", "I-stuck-refund", "I-state-refund", "I-state-account"),
]


def broken(name):
    [outcome] = check_invariants([name])
    return outcome.finding.broken


def without(*names):
    """Take constraints away, as only the owner of the database can."""
    with connection.cursor() as cursor:
        for name in names:
            cursor.execute(f"DROP INDEX {name}")


@pytest.mark.parametrize("name", NAMES)
def test_each_holds_where_nothing_happened(name):
    assert broken(name) == []


class TestSingle:
    def test_names_what_was_paid_twice(self):
        without("payment_succeeds_once_per_purpose")
        a_payment(state="succeeded")
        a_payment(attempt=2, state="succeeded")

        assert broken("I-single") == ["pledge:0"]

    def test_names_what_can_be_paid_twice(self):
        without("payment_one_unfinished_per_purpose")
        a_payment()
        a_payment(attempt=2, state="processing")

        assert broken("I-single") == ["pledge:0"]


class TestEvent:
    @pytest.mark.parametrize(
        ("minutes", "state", "named"),
        [(16, "received", 1), (14, "received", 0), (16, "applied", 0), (16, "ignored", 0)],
    )
    def test_names_what_waits_too_long(self, minutes, state, named):
        StripeEvent.objects.create(
            id="evt_1",
            type="charge.updated",
            subject_id="ch_1",
            created_at=NOON,
            received_at=timezone.now() - timedelta(minutes=minutes),
            was_pulled=False,
            state=state,
        )

        assert len(broken("I-event")) == named


class TestLate:
    @pytest.mark.parametrize(
        ("hours", "state", "named"), [(25, "late", 1), (23, "late", 0), (25, "returned", 0)]
    )
    def test_names_what_was_not_given_back_in_a_day(self, hours, state, named):
        payment = a_payment(state=state)
        PaymentTransition.objects.create(
            payment=payment,
            old="expired",
            event="late",
            new="late",
            at=timezone.now() - timedelta(hours=hours),
        )

        assert broken("I-late") == [payment.key] * named


class TestState:
    def test_names_a_state_that_no_transition_led_to(self):
        payment = a_payment(state="processing")
        payment.transitions.create(old="new", event="opened", new="open", at=NOON)

        assert broken("I-state-payment") == [payment.key]

    def test_names_a_way_with_a_gap(self):
        payment = a_payment(state="failed")
        payment.transitions.create(old="new", event="opened", new="open", at=NOON)
        payment.transitions.create(old="processing", event="failed", new="failed", at=NOON)

        assert broken("I-state-payment") == [payment.key]

    def test_follows_a_whole_way(self):
        payment = a_payment(state="failed")
        payment.transitions.create(old="new", event="opened", new="open", at=NOON)
        payment.transitions.create(old="open", event="processing", new="processing", at=NOON)
        payment.transitions.create(old="processing", event="failed", new="failed", at=NOON)

        assert broken("I-state-payment") == []


class TestStuck:
    @pytest.mark.parametrize(("minutes", "named"), [(61, 1), (59, 0)])
    def test_names_what_never_got_a_page(self, minutes, named):
        made = timezone.now() - timedelta(minutes=minutes)
        payment = a_payment(state="new", session_id=None, created_at=made)

        assert broken("I-stuck-payment") == [payment.key] * named


def a_charge(**fields):
    return a_payment(state="succeeded", charge_id="ch_1", **fields)


def a_refund(payment, minor=1000, **fields):
    return Refund.objects.create(
        **{
            "payment": payment,
            "key": f"refund:{minor}",
            "amount_minor": minor,
            "created_at": NOON,
            "sent_at": NOON if fields.get("state") == "sent" else None,
            **fields,
        }
    )


def a_dispute(payment, **fields):
    return Dispute.objects.create(
        **{
            "id": "du_1",
            "payment": payment,
            "amount_minor": 2500,
            "opened_at": NOON,
            "checked_at": NOON,
            **fields,
        }
    )


class TestRefunds:
    @pytest.mark.parametrize("state", ["requested", "pending", "sent"])
    def test_names_what_goes_back_and_is_not_noted(self, state):
        a_refund(a_charge(), state=state)

        assert broken("I-refund") == ["pledge:0:1: 1000 of 2500 goes back, noted 0"]

    def test_names_what_is_noted_and_does_not_go_back(self):
        a_refund(a_charge(returned_minor=1000), state="failed")

        assert broken("I-refund") == ["pledge:0:1: 0 of 2500 goes back, noted 1000"]

    def test_names_a_lost_dispute_that_is_not_noted(self):
        a_dispute(a_charge(), state="lost", taken_minor=2500)

        assert broken("I-refund") == ["pledge:0:1: 2500 of 2500 goes back, noted 0"]

    def test_names_more_than_the_charge(self):
        with connection.cursor() as cursor:
            cursor.execute(
                "ALTER TABLE payments_payment DROP CONSTRAINT payment_returns_at_most_the_charge"
            )
        payment = a_charge(returned_minor=2600)
        a_refund(payment, 2600, state="sent")

        assert broken("I-refund") == ["pledge:0:1: 2600 of 2500 goes back, noted 2600"]

    @pytest.mark.parametrize(("decided_hours", "named"), [(None, 1), (2, 1), (-1, 0)])
    def test_names_a_refund_that_was_asked_for_while_a_bank_held_the_money(
        self, decided_hours, named
    ):
        payment = a_charge(returned_minor=1000)
        a_refund(payment, state="sent", asked_by=uuid7())
        decided = decided_hours and NOON + timedelta(hours=decided_hours)
        dispute = a_dispute(payment, state="won" if decided else "open", decided_at=decided)
        opened = NOON - timedelta(hours=2)
        DisputeTransition.objects.create(
            dispute=dispute, old="new", event="opened", new="open", at=opened
        )

        assert len(broken("I-refund")) == named

    @pytest.mark.parametrize(("minutes", "named"), [(61, 1), (59, 0)])
    def test_names_one_that_waits_too_long_for_its_call(self, minutes, named):
        a_refund(a_charge(), created_at=timezone.now() - timedelta(minutes=minutes))

        assert broken("I-stuck-refund") == named * ["refund:1000"]

    def test_names_states_that_no_transition_led_to(self):
        payment = a_charge()
        a_refund(payment, state="failed")
        a_dispute(payment, state="won")

        assert broken("I-state-refund") == ["refund:1000", "du_1"]
