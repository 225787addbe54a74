"""The named invariants of payments, each broken once in the tables and seen to be named.

Planted and seen to fall: the time limit of I-event, I-late and I-stuck-payment made ten times
longer; gaps of I-state-payment not looked for; I-single only from the third on.
"""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from backend.ledger.invariants import check_invariants
from backend.payments.models import PaymentTransition, StripeEvent
from tests.backend.payments.rows import a_payment
from tests.factories import NOON

pytestmark = pytest.mark.django_db
NAMES = ["I-single", "I-event", "I-late", "I-state-payment", "I-stuck-payment"]


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
