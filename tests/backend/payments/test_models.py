"""What the database itself refuses of a payment, each rule attacked by its name.

Planted and seen to fall: an amount of nothing taken; the key of one success made for another
state.
"""

import pytest
from django.db import IntegrityError

from backend.payments import states
from backend.payments.models import EventCursor, StripeEvent
from tests.backend.payments.rows import a_payment
from tests.factories import NOON

pytestmark = pytest.mark.django_db


def is_refused_by(constraint):
    return pytest.raises(IntegrityError, match=constraint)


class TestPayment:
    def test_takes_a_number_of_attempt_once(self):
        a_payment(state=states.EXPIRED)

        with is_refused_by("payment_one_per_attempt"):
            a_payment(state=states.EXPIRED, key="another", session_id=None)

    def test_takes_a_key_once(self):
        a_payment(state=states.EXPIRED)

        with is_refused_by("payments_payment_key"):
            a_payment("pledge:1", state=states.EXPIRED, key="pledge:0:1", session_id=None)

    def test_takes_a_session_once(self):
        a_payment()

        with is_refused_by("session_id"):
            a_payment("pledge:1", session_id="cs_1")

    def test_succeeds_once_for_a_purpose(self):
        a_payment(state=states.SUCCEEDED)

        with is_refused_by("payment_succeeds_once_per_purpose"):
            a_payment(attempt=2, state=states.SUCCEEDED)

    @pytest.mark.parametrize("state", states.UNFINISHED)
    @pytest.mark.parametrize("other", states.UNFINISHED)
    def test_waits_for_money_once_for_a_purpose(self, state, other):
        a_payment(state=state)

        with is_refused_by("payment_one_unfinished_per_purpose"):
            a_payment(attempt=2, state=other)

    @pytest.mark.parametrize("state", [states.EXPIRED, states.FAILED])
    def test_may_be_tried_again_after_one_that_ended(self, state):
        a_payment(state=state)

        assert a_payment(attempt=2).pk

    def test_takes_a_charge_once(self):
        a_payment(charge_id="ch_1")

        with is_refused_by("payment_charge_once"):
            a_payment("pledge:1", attempt=2, charge_id="ch_1")

    @pytest.mark.parametrize("minor", [0, -1])
    def test_is_for_some_money(self, minor):
        with is_refused_by("payment_is_positive"):
            a_payment(amount_minor=minor)

    def test_is_in_a_state_that_there_is(self):
        with is_refused_by("payment_state_is_known"):
            a_payment(state="lost")

    @pytest.mark.parametrize(
        ("state", "moment"), [(states.SUCCEEDED, None), (states.OPEN, NOON), (states.LATE, NOON)]
    )
    def test_has_a_moment_of_settling_only_when_settled(self, state, moment):
        with is_refused_by("payment_settled_has_a_moment"):
            a_payment(state=state, settled_at=moment)


class TestInbox:
    def test_has_an_event_once(self):
        fields = {
            "id": "evt_1", "type": "charge.updated", "subject_id": "ch_1", "created_at": NOON,
            "received_at": NOON, "was_pulled": False,
        }  # fmt: skip
        StripeEvent.objects.create(**fields)

        with is_refused_by("stripeevent_pkey"):
            StripeEvent.objects.create(**fields)

    def test_has_one_cursor_for_an_account(self):
        EventCursor.objects.create(account="acct_1", pulled_until=NOON)

        with is_refused_by("eventcursor_pkey"):
            EventCursor.objects.create(account="acct_1", pulled_until=NOON)
