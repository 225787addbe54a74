"""What Stripe charged is compared with what was asked for: a difference is never booked.

Planted and seen to fall: see the table of faults (tests/architecture/faults.py), section payments.
"""

from dataclasses import replace

import pytest

from backend.ledger.models import Transaction
from backend.money import Money
from backend.payments.gateways.stripe import Charged, Session
from backend.payments.models import Payment
from backend.payments.operations import apply_session
from backend.pledges.operations import move_pledge
from tests.factories import NOON, a_pledge, an_open_project

CHARGED = Charged("ch_1", 2500, "EUR", 63, "txn_1")


def a_paid_session(payment, **changes):
    return Session(
        **{
            "id": "cs_1",
            "url": "https://checkout.example/cs_1",
            "status": "complete",
            "payment_status": "paid",
            "amount_minor": 2500,
            "currency": "EUR",
            "livemode": False,
            "expires_at": NOON,
            "payment_key": payment.key,
            "intent_id": "pi_1",
            "intent_status": "succeeded",
            "charged": CHARGED,
            **changes,
        }
    )


def a_pledge_on_stripes_page():
    pledge = a_pledge(an_open_project(), amount=Money(2500, "EUR"))
    move_pledge(pledge_id=pledge.pk, event="checkout_opened", at=NOON)
    payment = Payment.objects.create(
        purpose=pledge.purpose,
        attempt=1,
        key=f"{pledge.purpose}:1",
        amount_minor=2500,
        currency="EUR",
        state="open",
        request={},
        session_id="cs_1",
        session_expires_at=NOON,
        created_at=NOON,
    )
    return pledge, payment


@pytest.mark.django_db
class TestMismatch:
    @pytest.mark.parametrize(
        "changes",
        [
            {"charged": replace(CHARGED, amount_minor=2499)},
            {"charged": replace(CHARGED, amount_minor=2501)},
            {"charged": replace(CHARGED, currency="USD")},
            {"livemode": True},
        ],
    )
    def test_is_quarantined_and_not_booked(self, changes):
        pledge, payment = a_pledge_on_stripes_page()

        applied = apply_session(
            payment=payment, session=a_paid_session(payment, **changes), at=NOON
        )

        pledge.refresh_from_db()
        pledge.project.refresh_from_db()
        assert (applied.state, pledge.state) == ("quarantined", "quarantined")
        assert "Stripe tells" in Payment.objects.get().problem
        assert pledge.project.raised_minor == 0
        assert not Transaction.objects.exists()

    def test_of_nothing_is_booked(self):
        pledge, payment = a_pledge_on_stripes_page()

        applied = apply_session(payment=payment, session=a_paid_session(payment), at=NOON)

        pledge.refresh_from_db()
        assert (applied.state, pledge.state) == ("succeeded", "settled")
        assert Transaction.objects.count() == 1

    def test_of_a_charge_that_is_not_told_waits(self):
        _, payment = a_pledge_on_stripes_page()

        applied = apply_session(
            payment=payment, session=a_paid_session(payment, charged=None), at=NOON
        )

        assert applied.state == "open"
