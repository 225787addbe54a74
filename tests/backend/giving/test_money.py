"""The money of monthly gifts: refunds, disputes, late fees, and the three records side by side.

Planted and seen to fall: see the table of faults (tests/architecture/faults.py).
"""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from backend.common.ids import uuid7
from backend.giving.models import Instalment
from backend.ledger.queries import chain_lines
from backend.mail.models import Mail
from backend.money import Money
from backend.payments import inbox
from backend.payments.gateways.billing import fetch_subscription, paid_invoices
from backend.payments.gateways.stripe import fetch_intent
from backend.payments.models import Payment, StripeEvent
from backend.payments.monthly import apply_invoice, look_at_monthly
from backend.payments.refunds import carry_out_refund, request_refund
from backend.reconciliation.operations import compare_records
from tests.backend.giving.rows import (
    a_living_gift,
    book_of,
    days_pass,
    month_passes,
    months_of,
    on_stripes_page,
    pull,
    stripe_of,
    uses_card,
)
from tests.backend.payments.rows import broken_invariants, top_up
from tests.jobs import do_jobs

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def stripe(sandbox):
    """A sandbox on today's clock that has seen nothing yet, and forgets what this test did."""
    sandbox.control("reset", {"confirm": True})
    yield sandbox
    sandbox.control("reset", {"confirm": True})


def a_rich_gift(sandbox):
    """A living gift on an account that can pay out at once."""
    gift = a_living_gift(sandbox)
    top_up(sandbox, gift.committee.stripe_account)
    return gift


def the_charge(gift):
    return Payment.objects.get(kind="invoice", charge_id__gt="").charge_id


def compared(*, after=timedelta(minutes=20)):
    found = compare_records(at=timezone.now() + after)
    return [(row.kind, row.name.split(":")[0], row.amount) for row in found.differences.all()]


def kinds_of(gift):
    return [line["kind"] for line in chain_lines(gift.chain)]


class TestARefundInTheDashboard:
    def test_of_a_month_is_booked_told_once_and_leaves_the_records_even(self, stripe):
        gift = a_rich_gift(stripe)
        refund = {"charge": the_charge(gift), "amount": 400}
        stripe_of(stripe, gift).v1.refunds.create(refund)
        pull(gift)
        pull(gift)

        assert months_of(gift) == [(1000, "part_refunded")]
        assert book_of(gift) == {"gifts": 600, "fees": 40, "stripe": 560}
        assert kinds_of(gift) == ["monthly_settled", "monthly_refunded"]
        letter = Mail.objects.get(kind="monthly_refunded")
        assert "gives you back €4.00" in letter.text
        assert compared() == []
        assert broken_invariants() == []

    def test_that_is_told_before_the_month_itself_books_both(self, stripe):
        gift, page = on_stripes_page(stripe)
        top_up(stripe, gift.committee.stripe_account)
        stripe.complete(page.session_id)
        client = stripe_of(stripe, gift)
        charge = client.v1.charges.list({}).data[0]
        client.v1.refunds.create({"charge": charge.id})
        inbox.pull_events(account=gift.committee.stripe_account, at=timezone.now())
        event = StripeEvent.objects.get(type="charge.refunded")

        inbox.apply_event(event_id=event.pk, at=timezone.now())
        inbox.apply_event(event_id=event.pk, at=timezone.now())
        do_jobs()

        assert StripeEvent.objects.get(pk=event.pk).state == "applied"
        assert months_of(gift) == [(1000, "refunded")]
        assert book_of(gift) == {"fees": 40, "stripe": -40}
        assert broken_invariants() == []


class TestADispute:
    def test_takes_the_month_away_until_it_is_decided(self, stripe):
        gift = a_rich_gift(stripe)
        dispute = stripe.control(f"charges/{the_charge(gift)}/dispute", {})
        pull(gift)
        held = (months_of(gift), book_of(gift))
        stripe.control(f"disputes/{dispute['id']}/lose", {})
        pull(gift)

        assert held == (
            [(1000, "disputed")],
            {"gifts": 1000, "fees": 1540, "stripe": -1540, "disputed": 1000},
        )
        assert months_of(gift) == [(1000, "refunded")]
        assert book_of(gift) == {"fees": 1540, "stripe": -1540}
        letter = Mail.objects.get(kind="dispute_opened")
        assert letter.recipient == gift.committee.contact_email
        assert compared() == []
        assert broken_invariants() == []


class TestTheRecords:
    def test_are_even_through_months_failures_and_pauses(self, stripe):
        gift = a_living_gift(stripe)
        uses_card(stripe, gift, "pm_card_chargeCustomerFail")
        month_passes(stripe)
        pull(gift)
        uses_card(stripe, gift, "pm_card_visa")
        days_pass(stripe, 3.2)
        pull(gift)

        assert len(months_of(gift)) == 2
        assert compared(after=timedelta(days=36)) == []

    def test_name_a_month_that_nobody_has_booked(self, stripe):
        gift = a_living_gift(stripe)
        month_passes(stripe)

        missed = compared(after=timedelta(days=35))
        look_at_monthly(payment=Payment.objects.get(kind="monthly"), at=timezone.now())

        assert [(kind, amount) for kind, _, amount in missed] == [
            ("only_at_stripe", Money(960, "EUR"))
        ]
        assert compared(after=timedelta(days=35)) == []
        assert len(months_of(gift)) == 2

    def test_leave_a_debit_to_its_bank(self, stripe):
        gift, page = on_stripes_page(stripe)
        stripe.complete(page.session_id, method="sepa_debit")
        pull(gift)
        sent = compared()
        state = Payment.objects.get(kind="invoice").state
        days_pass(stripe, 6)
        pull(gift)

        assert (sent, state) == ([], "processing")
        assert months_of(gift) == [(1000, "settled")]
        assert compared() == []

    def test_leave_alone_what_a_debit_that_failed_took_back(self, stripe):
        gift, page = on_stripes_page(stripe)
        stripe.complete(page.session_id, method="sepa_debit")
        pull(gift)
        intent = Payment.objects.get(kind="invoice").intent_id
        stripe.control(f"payment_intents/{intent}/fail", {})
        pull(gift)
        inbox.sweep_payments(at=timezone.now() + timedelta(hours=7))

        assert Payment.objects.get(kind="invoice").state == "failed"
        assert months_of(gift) == []
        assert compared() == []


class TestAChargeThatIsNotAsTheInvoiceSays:
    def test_waits_for_a_person_and_is_named(self, stripe):
        gift, page = on_stripes_page(stripe)
        stripe.complete(page.session_id)
        inbox.pull_events(account=gift.committee.stripe_account, at=timezone.now())
        event = StripeEvent.objects.get(type="checkout.session.completed")
        inbox.apply_event(event_id=event.pk, at=timezone.now())
        page.refresh_from_db()
        invoice = paid_invoices(subscription_id=page.subscription_id, account=page.account)[0]
        intent = fetch_intent(
            intent_id=stripe_of(stripe, gift).v1.payment_intents.list({}).data[0].id,
            account=page.account,
        )

        taken = apply_invoice(
            monthly=page, invoice=replace(invoice, amount_minor=999), intent=intent,
            at=timezone.now(),
        )  # fmt: skip

        assert taken.state == "quarantined"
        assert months_of(gift) == []
        assert "I-amount" in broken_invariants()
        assert [kind for kind, _, _ in compared()] == ["unbooked"]


class TestAFeeThatComesLate:
    def test_is_booked_once(self, stripe):
        gift = a_living_gift(stripe)
        payment = Payment.objects.get(kind="invoice")
        forget_the_fee(gift, payment)

        inbox.sweep_payments(at=timezone.now())
        inbox.sweep_payments(at=timezone.now())

        assert Instalment.objects.get(gift=gift).fee_minor == 40
        assert kinds_of(gift) == ["monthly_settled", "stripe_fee"]


def forget_the_fee(gift, payment):
    """Let both rows be as they are when Stripe has not told its fee."""
    Payment.objects.filter(pk=payment.pk).update(fee_minor=None, checked_at=None)
    Instalment.objects.filter(gift=gift).update(fee_minor=None)


class TestATreasurersRefund:
    def test_of_a_month_takes_its_sum_from_the_charge_like_any_other(self, stripe):
        gift = a_rich_gift(stripe)
        payment = Payment.objects.get(kind="invoice")
        refund = request_refund(
            payment_id=payment.pk,
            amount=Money(1000, "EUR"),
            reason="Asked by the donor",
            asked_by=None,
            refund_id=uuid7(),
            at=timezone.now(),
        )
        carry_out_refund(refund=refund, at=timezone.now())
        pull(gift)

        assert months_of(gift) == [(1000, "refunded")]
        assert kinds_of(gift) == ["monthly_settled", "monthly_refunded"]
        assert fetch_subscription(
            subscription_id=payment.subscription_id, account=payment.account
        ).status == "active"  # fmt: skip
