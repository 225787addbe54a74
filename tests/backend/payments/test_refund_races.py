"""Many hands on one charge at the same moment: the row's lock lets one after the other.

Planted and seen to fall: the lock of `request_refund` left out (the CHECK then refused loudly).
"""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from backend.common.ids import uuid7
from backend.money import Money
from backend.payments import disputes, refunds
from backend.payments.gateways.stripe import Disputed, Moved
from backend.payments.models import Payment, Refund
from backend.payments.refunds import RefundNotPossible
from backend.pledges.operations import PledgeRefused
from tests.backend.payments.rows import (
    a_paid_pledge,
    a_payment,
    broken_invariants,
    kinds_of,
    refund,
)
from tests.factories import NOON

MANY, ROUNDS = 6, 20


def at_once(*acts):
    """Do all acts in threads that start together; return what each gave or refused with."""
    start = Barrier(len(acts))

    def one(act):
        start.wait()
        try:
            return act()
        except (RefundNotPossible, PledgeRefused) as refusal:
            return type(refusal).__name__
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(one, acts))


def a_request(payment, minor, refund_id=None):
    return refunds.request_refund(
        payment_id=payment.pk,
        amount=Money(minor, "EUR"),
        reason="twice",
        asked_by=uuid7(),
        refund_id=refund_id or uuid7(),
        at=timezone.now(),
    )


def a_charge(number):
    return a_payment(f"other:{number}", state="succeeded", charge_id=f"ch_{number}",
        session_id=f"cs_{number}")  # fmt: skip


@pytest.mark.django_db(transaction=True)
class TestAtTheSameMoment:
    def test_refunds_are_together_at_most_the_charge(self):
        for number in range(ROUNDS):
            payment = a_charge(number)

            answers = at_once(*MANY * [lambda: a_request(payment, 1000)])  # noqa: B023  # done here

            payment.refresh_from_db()
            assert [answer for answer in answers if isinstance(answer, str)] == 4 * [
                "MoreThanIsLeft"
            ]
            assert payment.returned_minor == 2000
        assert Refund.objects.count() == 2 * ROUNDS
        assert "I-refund" not in broken_invariants()

    def test_one_form_is_one_refund(self):
        for number in range(ROUNDS):
            payment, refund_id = a_charge(number), uuid7()

            answers = at_once(*MANY * [lambda: a_request(payment, 1000, refund_id)])  # noqa: B023

            assert {answer.pk for answer in answers} == {refund_id}
            payment.refresh_from_db()
            assert payment.returned_minor == 1000

    def test_at_the_sandbox_the_whole_goes_back_once(self, sandbox):
        pledge, payment = a_paid_pledge(sandbox)

        answers = at_once(*3 * [lambda: refund(pledge, 2500)])

        told = refunds.refunds_of(charge_id=payment.charge_id, account=payment.account)
        assert [one.amount_minor for one in told] == [2500]
        assert sorted(map(str, answers))[:2] == ["NotRefundable", "NotRefundable"]
        assert kinds_of(pledge) == ["pledge_settled", "pledge_refunded"]

    def test_a38_a_dispute_that_opens_stands_before_or_after_a_refund(self):
        for number in range(ROUNDS):
            payment = a_charge(number)
            told = Disputed(
                id=f"du_{number}",
                charge_id=payment.charge_id,
                status="needs_response",
                reason="fraudulent",
                amount_minor=2500,
                opened_at=NOON,
                answer_by=None,
                movements=(Moved(f"txn_{number}", -2500, 1500, "EUR"),),
            )

            def dispute(payment=payment, told=told):
                return disputes.apply_dispute(payment=payment, told=told, at=timezone.now())

            answers = at_once(dispute, lambda: a_request(payment, 2500))  # noqa: B023

            kept = Payment.objects.get(pk=payment.pk).returned_minor
            assert kept == (0 if answers[1] == "DisputeIsOpen" else 2500)
