"""The named invariants of pledges, each broken once in the tables and seen to be named.

Planted and seen to fall: each of the parts of I-nostray, I-amount and I-mail left out in turn;
gaps of I-state not looked for.
"""

from datetime import timedelta

import pytest
from django.utils import timezone

from backend.ledger.invariants import check_invariants
from backend.mail.models import Mail
from backend.payments.models import Dispute, DisputeMovement, Payment, Refund, StripeEvent
from backend.payments.operations import apply_session
from backend.pledges import returning
from backend.pledges.models import Pledge, PledgeTransition, Receipt, ReceiptBook
from backend.projects.models import Project
from tests.backend.ledger.books import past_the_guards
from tests.backend.payments.rows import a_paid_session, a_payment, a_pledge_with_a_page
from tests.factories import NOON, a_pledge
from tests.jobs import do_jobs

pytestmark = pytest.mark.django_db
NAMES = [
    "I-total", "I-pledged", "I-receipt", "I-state", "I-stuck", "I-nostray", "I-amount", "I-mail",
    "I-returned", "I-account",
]  # fmt: skip


def broken(name):
    [outcome] = check_invariants([name])
    return outcome.finding.broken


def a_settled_pledge(at=NOON):
    pledge, payment = a_pledge_with_a_page()
    payment.transitions.create(old="new", event="opened", new="open", at=NOON)
    apply_session(payment=payment, session=a_paid_session(payment), at=at)
    do_jobs()
    pledge.refresh_from_db()
    return pledge


@pytest.mark.parametrize("name", NAMES)
def test_each_holds_where_nothing_happened(name):
    assert broken(name) == []


@pytest.mark.parametrize("name", NAMES)
def test_each_holds_after_a_payment(name):
    a_settled_pledge()

    assert broken(name) == []


class TestAccount:
    def test_a_payment_on_another_account_than_its_pledges_is_named(self):
        pledge = a_settled_pledge()
        past_the_guards("UPDATE payments_payment SET account = 'acct_2'")

        assert broken("I-account") == [pledge.purpose]


class TestTotals:
    def test_a_total_that_is_not_the_ledgers_is_named(self):
        pledge = a_settled_pledge()
        Project.objects.update(raised_minor=2501)

        assert broken("I-total") == [f"{pledge.project.slug}: shows 2501, ledger 2500"]
        assert broken("I-pledged") == [pledge.project.slug]

    def test_f26_supporters_who_are_not_there_are_named(self):
        pledge = a_settled_pledge()
        Project.objects.update(supporters=2)

        assert broken("I-pledged") == [pledge.project.slug]


class TestReceipts:
    def test_a_gap_is_named(self):
        pledge = a_settled_pledge()
        Receipt.objects.update(number=2)

        assert broken("I-receipt") == [f"{pledge.project.committee_id} 2030"]

    def test_a_settled_pledge_without_one_is_named(self):
        pledge = a_settled_pledge()
        Receipt.objects.all().delete()
        ReceiptBook.objects.all().delete()

        assert broken("I-receipt") == [str(pledge.pk)]


class TestNoStray:
    def test_a_settled_pledge_without_its_payment_is_named(self):
        pledge = a_settled_pledge()
        Payment.objects.update(state="expired", settled_at=None)

        assert broken("I-nostray") == [pledge.purpose]

    def test_a_settled_pledge_that_is_not_in_the_book_is_named(self):
        pledge = a_settled_pledge()
        past_the_guards("UPDATE ledger_transaction SET reference = 'pledge:other'")

        assert broken("I-nostray") == [pledge.purpose]

    def test_a_payment_whose_pledge_is_not_settled_is_named(self):
        pledge = a_pledge()
        payment = a_payment(pledge.purpose, state="succeeded")

        assert broken("I-nostray") == [payment.key]

    def test_a_payment_of_a_pledge_that_is_not_there_is_named(self):
        purpose = "pledge:0190a1b2-0000-7000-8000-000000000000"
        a_payment(purpose, state="succeeded")

        assert broken("I-nostray") == [f"{purpose}:1"]

    @pytest.mark.parametrize(
        ("minutes", "kind", "named"),
        [
            (16, "checkout.session.completed", ["evt_1"]),
            (14, "checkout.session.completed", []),
            (16, "checkout.session.expired", []),
        ],
    )
    def test_money_at_stripe_that_matches_no_payment_is_named(self, minutes, kind, named):
        StripeEvent.objects.create(
            id="evt_1",
            type=kind,
            subject_id="cs_1",
            created_at=NOON,
            received_at=timezone.now() - timedelta(minutes=minutes),
            was_pulled=False,
            state="unmatched",
        )

        assert broken("I-nostray") == named


class TestAmount:
    @pytest.mark.parametrize("fields", [{"amount_minor": 2501}, {"currency": "USD"}])
    def test_a_payment_that_differs_is_named(self, fields):
        pledge = a_settled_pledge()
        Payment.objects.update(**fields)

        assert broken("I-amount") == [pledge.purpose]

    def test_a_pledge_that_differs_is_named(self):
        pledge = a_settled_pledge()
        Pledge.objects.update(cover_minor=1)

        assert broken("I-amount") == [pledge.purpose]

    @pytest.mark.usefixtures("undone")
    def test_a_booking_that_differs_is_named(self):
        pledge = a_settled_pledge()
        past_the_guards("UPDATE ledger_entry SET credit_minor = 2499 WHERE credit_minor > 0")

        assert broken("I-amount") == [pledge.purpose]

    def test_wrong_money_that_waits_for_a_person_is_named(self):
        payment = a_payment(state="quarantined")

        assert broken("I-amount") == [payment.key]


class TestMail:
    def test_a_receipt_that_was_never_written_is_named(self):
        pledge = a_settled_pledge(at=timezone.now() - timedelta(minutes=70))
        Mail.objects.all().delete()

        assert broken("I-mail") == [f"pledge_receipt {pledge.pk}"]

    @pytest.mark.parametrize(
        ("minutes", "state", "named"), [(61, "queued", 1), (59, "queued", 0), (61, "parked", 0)]
    )
    def test_a_mail_that_never_went_out_is_named(self, minutes, state, named):
        a_settled_pledge()
        queued = timezone.now() - timedelta(minutes=minutes)
        Mail.objects.update(state=state, sent_at=None, queued_at=queued)

        assert len(broken("I-mail")) == named


class TestStates:
    def test_a_state_that_no_transition_led_to_is_named(self):
        pledge = a_settled_pledge()
        Pledge.objects.update(state="expired", settled_at=None)

        assert broken("I-state") == [str(pledge.pk)]

    def test_a_way_with_a_gap_is_named(self):
        pledge = a_settled_pledge()
        PledgeTransition.objects.order_by("id").first().delete()

        assert broken("I-state") == [str(pledge.pk)]

    @pytest.mark.parametrize(("minutes", "named"), [(61, 1), (59, 0)])
    def test_a_pledge_that_nobody_went_on_with_is_named(self, minutes, named):
        pledge = a_pledge()
        Pledge.objects.update(made_at=timezone.now() - timedelta(minutes=minutes))

        assert broken("I-stuck") == [str(pledge.pk)] * named


class TestWhatWentBack:
    def a_refund(self, pledge, state="sent", minor=1000):
        payment = Payment.objects.get(purpose=pledge.purpose)
        return Refund.objects.create(
            payment=payment,
            key="refund:1",
            amount_minor=minor,
            state=state,
            created_at=NOON,
            sent_at=NOON if state == "sent" else None,
        )

    def test_a_refund_that_neither_pledge_nor_book_knows_is_named(self):
        pledge = a_settled_pledge()
        refund = self.a_refund(pledge)

        assert broken("I-returned") == [pledge.purpose, f"refund:{refund.pk}"]

    def test_a_pledge_that_gave_back_without_a_refund_is_named(self):
        pledge = a_settled_pledge()
        Pledge.objects.update(state="refunded", returned_minor=2500)

        assert broken("I-returned") == [pledge.purpose]

    def test_a_refund_that_came_back_and_stayed_in_the_book_is_named(self):
        pledge = a_settled_pledge()
        refund = self.a_refund(pledge, state="failed")
        returning.book_refund(
            pledge_id=pledge.pk, refund=str(refund.pk), amount=refund.amount, at=NOON
        )

        assert broken("I-returned") == [pledge.purpose, f"refund:{refund.pk}"]

    def test_money_that_a_bank_holds_and_the_book_does_not_is_named(self):
        pledge = a_settled_pledge()
        dispute = Dispute.objects.create(
            id="du_1",
            payment=Payment.objects.get(),
            amount_minor=2500,
            opened_at=NOON,
            checked_at=NOON,
        )
        DisputeMovement.objects.create(
            id="txn_1", dispute=dispute, amount_minor=-2500, fee_minor=1500, noted_at=NOON
        )

        assert broken("I-returned") == [f"{pledge.project.chain}:disputed"]
