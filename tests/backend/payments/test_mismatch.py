"""What Stripe charged is compared with what was asked for: a difference is never booked.

Planted and seen to fall: see the table of faults (tests/architecture/faults.py), section payments.
"""

from dataclasses import replace

import pytest

from backend.ledger.models import Transaction
from backend.payments.models import Payment
from backend.payments.operations import ChargeNotShown, apply_session
from tests.backend.payments.rows import CHARGED, a_paid_session, a_pledge_with_a_page
from tests.factories import NOON


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
        pledge, payment = a_pledge_with_a_page()

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
        pledge, payment = a_pledge_with_a_page()

        applied = apply_session(payment=payment, session=a_paid_session(payment), at=NOON)

        pledge.refresh_from_db()
        assert (applied.state, pledge.state) == ("succeeded", "settled")
        assert Transaction.objects.count() == 1

    def test_of_a_charge_that_is_not_told_is_asked_for_again(self):
        _, payment = a_pledge_with_a_page()

        with pytest.raises(ChargeNotShown):
            apply_session(payment=payment, session=a_paid_session(payment, charged=None), at=NOON)

        payment.refresh_from_db()
        assert payment.state == "open"
