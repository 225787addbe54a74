"""The three records laid side by side: what agrees is silent, what does not is named.

Planted and seen to fall: see the table of faults (tests/architecture/faults.py), section
Reconciliation.
"""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError
from django.utils import timezone

from backend.common.ids import uuid7
from backend.ledger.operations import credit, debit, post
from backend.money import Money
from backend.payments.models import Payment, RefundsHold
from backend.payments.operations import refresh_payment
from backend.pledges.models import Pledge, Receipt
from backend.pledges.operations import settle_pledge, stripe_account_code
from backend.pledges.returning import RefundsWait, check_refund, refund_pledge
from backend.reconciliation.models import Comparison, Difference, InvariantLook
from backend.reconciliation.operations import (
    KEPT_FOR,
    LONGEST_UNDER_WAY,
    LOOKED_BACK,
    compare_records,
    look_at_invariants,
)
from backend.reconciliation.queries import status
from tests.backend.payments.rows import (
    a_paid_pledge,
    a_pledge_on_stripes_page,
    book_of,
    pull_and_apply,
    refund,
    refund_in_the_dashboard,
)
from tests.sandbox.steps import client_of, session_params

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def stripe(sandbox):
    """A sandbox that has seen nothing yet, and whose clock and settings no other test meets."""
    sandbox.control("reset", {"confirm": True})
    yield sandbox
    sandbox.control("reset", {"confirm": True})


def compared(*, after=timedelta(minutes=20)):
    """Compare so long after now that nothing is young any more."""
    return compare_records(at=timezone.now() + after)


def found_by(comparison):
    rows = comparison.differences.order_by("kind", "name")
    return [(row.kind, row.name, row.amount) for row in rows]


class TestWhatAgrees:
    def test_is_silent_through_a_pledges_life(self, stripe):
        a_paid_pledge(stripe)
        refunded, _ = a_paid_pledge(stripe)
        refund(refunded, 1000)
        _, payment = a_paid_pledge(stripe)
        refund_in_the_dashboard(payment, 500)
        pull_and_apply(payment.account)
        _, payment = a_paid_pledge(stripe)
        dispute = stripe.control(f"charges/{payment.charge_id}/dispute", {})
        pull_and_apply(payment.account)
        stripe.control(f"disputes/{dispute['id']}/lose", {})
        pull_and_apply(payment.account)

        comparison = compared()

        assert found_by(comparison) == []
        assert comparison.stripe_lines >= 7
        assert comparison.postings >= 7
        assert comparison.receipts == 4
        assert (comparison.on_the_way, comparison.silent_accounts) == (0, 0)
        assert status(at=timezone.now()).is_even

    def test_knows_money_that_came_late_and_went_back(self, stripe):
        _, payment = a_pledge_on_stripes_page()
        Payment.objects.filter(pk=payment.pk).update(amount_minor=2600)
        stripe.complete(payment.session_id)
        pull_and_apply()

        held = compared()
        Payment.objects.filter(pk=payment.pk).update(amount_minor=2500)

        assert [(kind, amount) for kind, _, amount in found_by(held)] == [
            ("unbooked", Money(2500, "EUR"))
        ]

    def test_leaves_alone_what_else_the_account_is_used_for(self, stripe):
        session = client_of(stripe, key="sk_test_sandbox").v1.checkout.sessions.create(
            session_params(amount=9900)
        )
        stripe.complete(session.id)

        comparison = compared()

        assert found_by(comparison) == []
        assert comparison.stripe_lines == 0

    def test_does_not_look_for_sample_gifts_at_stripe(self, stripe):
        pledge, _ = a_pledge_on_stripes_page()
        Pledge.objects.filter(pk=pledge.pk).update(is_sample=True)
        settle_pledge(
            pledge_id=pledge.pk, amount=pledge.gross, fee=Money(63, "EUR"), at=timezone.now()
        )

        assert found_by(compared()) == []


class TestDebitsUnderWay:
    """Stripe shows a debit in its balance when it is sent, days before its bank tells."""

    def a_debit(self, stripe):
        pledge, payment = a_pledge_on_stripes_page()
        answer = stripe.complete(payment.session_id, method="sepa_debit")
        pull_and_apply()
        return pledge, f"payment_intents/{answer['payment_intent']}"

    def test_are_counted_and_no_difference(self, stripe):
        self.a_debit(stripe)

        comparison = compared()

        assert found_by(comparison) == []
        assert (comparison.under_way, comparison.under_way_minor) == (1, {"EUR": 2500})
        assert comparison.stripe_lines == 1
        assert not RefundsHold.objects.exists()
        assert status(at=timezone.now()).is_even

    def test_are_over_when_the_bank_refuses(self, stripe):
        _, place = self.a_debit(stripe)
        stripe.control(f"{place}/fail", {})

        before_we_know = compared()
        pull_and_apply()
        after = compared()

        assert (found_by(before_we_know), before_we_know.under_way) == ([], 0)
        assert (found_by(after), after.under_way, after.stripe_lines) == ([], 0, 2)

    def test_are_booked_once_with_their_fee_when_the_bank_pays(self, stripe):
        pledge, place = self.a_debit(stripe)
        stripe.control(f"{place}/settle", {})
        pull_and_apply()
        pull_and_apply()

        comparison = compared()

        assert (found_by(comparison), comparison.under_way) == ([], 0)
        assert (comparison.stripe_lines, comparison.postings) == (1, 1)
        assert book_of(pledge) == {"gifts": 2500, "fees": 63, "stripe": 2437}

    def test_are_missed_when_their_bank_never_tells(self, stripe):
        self.a_debit(stripe)

        patient = compared(after=LONGEST_UNDER_WAY - timedelta(minutes=1))
        late = compared(after=LONGEST_UNDER_WAY + timedelta(minutes=1))

        assert (found_by(patient), patient.under_way) == ([], 1)
        assert [(kind, amount) for kind, _, amount in found_by(late)] == [
            ("unbooked", Money(2500, "EUR"))
        ]

    def test_are_missed_at_once_when_nobody_here_has_heard_of_them(self, stripe):
        _, payment = a_pledge_on_stripes_page()
        stripe.complete(payment.session_id, method="sepa_debit")

        ((kind, _, amount),) = found_by(compared())

        assert (kind, amount) == ("only_at_stripe", Money(2437, "EUR"))

    def test_are_found_again_though_they_were_sent_long_before_they_were_booked(self, stripe):
        pledge, place = self.a_debit(stripe)
        stripe.control(f"{place}/settle", {})
        booked_at = timezone.now() + timedelta(days=12)
        refresh_payment(payment=Payment.objects.get(purpose=pledge.purpose), at=booked_at)

        comparison = compare_records(at=booked_at + LOOKED_BACK - timedelta(days=2))

        assert (found_by(comparison), comparison.postings) == ([], 1)


class TestOnlyAtStripe:
    def test_is_named_with_its_net_amount_and_age(self, stripe):
        _, payment = a_pledge_on_stripes_page()
        stripe.complete(payment.session_id)

        comparison = compared()

        ((kind, name, amount),) = found_by(comparison)
        assert kind == "only_at_stripe"
        assert name.startswith("charge txn_")
        assert amount == Money(2437, "EUR")
        (shown,) = status(at=timezone.now() + timedelta(minutes=30)).unexplained
        assert timedelta(minutes=29) < shown.age < timedelta(minutes=31)

    def test_is_not_missed_while_it_is_young(self, stripe):
        _, payment = a_pledge_on_stripes_page()
        stripe.complete(payment.session_id)

        comparison = compared(after=timedelta(minutes=10))

        assert (found_by(comparison), comparison.on_the_way) == ([], 1)

    def test_is_over_when_the_event_was_pulled(self, stripe):
        _, payment = a_pledge_on_stripes_page()
        stripe.complete(payment.session_id)
        compared()

        pull_and_apply()

        assert found_by(compared()) == []

    def test_a_refund_that_we_have_not_heard_of_is_named(self, stripe):
        _, payment = a_paid_pledge(stripe)
        refund_in_the_dashboard(payment, 500)

        ((kind, _, amount),) = found_by(compared())

        assert (kind, amount) == ("only_at_stripe", Money(-500, "EUR"))


class TestOnlyInTheBook:
    def invented(self, pledge, kind="pledge_settled", reference="pledge:0"):
        project = pledge.project
        amount = Money(700, "EUR")
        lines = [
            debit(stripe_account_code(project), amount),
            credit(f"{project.chain}:gifts", amount),
        ]
        post(kind=kind, reference=reference, chain=project.chain, lines=lines, at=timezone.now())

    def test_is_named_with_what_is_missing_at_stripe(self, stripe):
        pledge, _ = a_paid_pledge(stripe)
        self.invented(pledge)

        found = found_by(compared())

        assert ("only_in_book", "charge pledge:0", Money(-700, "EUR")) in found

    def test_another_amount_is_named_by_the_difference(self, stripe):
        pledge, _ = a_paid_pledge(stripe)
        self.invented(pledge, kind="stripe_fee", reference=pledge.purpose)

        assert found_by(compared()) == [
            ("other_amount", f"charge {pledge.purpose}", Money(-700, "EUR"))
        ]

    def test_is_not_said_of_an_account_that_gave_no_answer(self, stripe):
        a_paid_pledge(stripe)
        stripe.control(
            "faults/next",
            {
                "kind": "error_before",
                "count": 9,
                "verb": "get",
                "path": "/v1/balance_transactions",
            },
        )

        comparison = compared()
        stripe.control("faults/clear", {})

        assert (found_by(comparison), comparison.silent_accounts) == ([], 2)
        assert not status(at=timezone.now()).is_even


class TestReceipts:
    def test_a_gift_without_one_is_named(self, stripe):
        pledge, _ = a_paid_pledge(stripe)
        Receipt.objects.all().delete()

        assert found_by(compared()) == [
            ("booked_not_told", f"receipt {pledge.purpose}", Money(-2500, "EUR"))
        ]

    def test_that_names_another_sum_than_the_book_is_named(self, stripe):
        pledge, _ = a_paid_pledge(stripe)
        Pledge.objects.filter(pk=pledge.pk).update(gift_minor=2600)

        assert found_by(compared()) == [
            ("told_not_booked", f"receipt {pledge.purpose}", Money(100, "EUR"))
        ]


class TestRefundsByCommittees:
    def refund(self, pledge, *, by_committee):
        return refund_pledge(
            pledge_id=pledge.pk,
            amount=Money(1000, "EUR"),
            reason="The trip was called off",
            asked_by=uuid7(),
            refund_id=uuid7(),
            at=timezone.now(),
            by_committee=by_committee,
        )

    def test_wait_while_something_differs_and_a_stewards_do_not(self, stripe):
        pledge, payment = a_paid_pledge(stripe)
        refund_in_the_dashboard(payment, 500)
        compared()

        with pytest.raises(RefundsWait, match="do not agree just now"):
            self.refund(pledge, by_committee=True)
        with pytest.raises(RefundsWait):
            check_refund(pledge_id=pledge.pk, amount=Money(1000, "EUR"), by_committee=True)

        assert self.refund(pledge, by_committee=False).state == "sent"

    def test_go_on_after_a_whole_comparison_that_finds_nothing(self, stripe):
        pledge, payment = a_paid_pledge(stripe)
        refund_in_the_dashboard(payment, 500)
        compared()
        pull_and_apply(payment.account)
        fault = {"kind": "error_before", "count": 9, "verb": "get"}
        stripe.control("faults/next", {**fault, "path": "/v1/balance_transactions"})
        compared()
        stripe.control("faults/clear", {})

        with pytest.raises(RefundsWait):
            self.refund(pledge, by_committee=True)
        compared()

        assert self.refund(pledge, by_committee=True).state == "sent"

    def test_wait_by_one_row_only(self):
        with pytest.raises(IntegrityError, match="refunds_hold_is_one"):
            RefundsHold.objects.create(pk=2, since=timezone.now())


class TestKeeping:
    def test_forgets_comparisons_after_more_than_a_year(self, stripe):
        first = compared()
        compare_records(at=first.compared_at + KEPT_FOR)
        compare_records(at=first.compared_at + KEPT_FOR + timedelta(seconds=1))

        assert Comparison.objects.filter(pk=first.pk).exists() is False
        assert Comparison.objects.count() == 2

    def test_judges_what_lies_within_the_days_looked_back(self, stripe):
        _, payment = a_pledge_on_stripes_page()
        stripe.complete(payment.session_id)

        assert found_by(compared(after=LOOKED_BACK - timedelta(minutes=1)))
        assert not found_by(compared(after=LOOKED_BACK + timedelta(minutes=1)))


class TestRows:
    def test_look_back(self):
        now = timezone.now()
        counts = {"stripe_lines": 0, "postings": 0, "receipts": 0, "on_the_way": 0, "payouts": 0}

        with pytest.raises(IntegrityError, match="comparison_looks_back"):
            Comparison.objects.create(since=now, compared_at=now, **counts)

    @pytest.mark.parametrize(
        ("amounts", "constraint"),
        [([0], "difference_is_not_nothing"), ([1, 2], "difference_named_once")],
    )
    def test_name_each_difference_once_and_none_of_nothing(self, stripe, amounts, constraint):
        comparison = compared()

        with pytest.raises(IntegrityError, match=constraint):
            Difference.objects.bulk_create(
                Difference(
                    comparison=comparison,
                    kind="unbooked",
                    name="a charge",
                    amount_minor=minor,
                    currency="EUR",
                    at=comparison.compared_at,
                )
                for minor in amounts
            )


class TestCommand:
    def test_prints_one_line_of_figures_when_all_agree(self, stripe, capsys):
        a_paid_pledge(stripe)

        call_command("reconcile")

        assert capsys.readouterr().out == (
            "1 lines at Stripe, 1 postings, 1 receipts; 0 on their way, 0 debits under way, "
            "0 payouts, 0 silent accounts; 0 differ\n"
        )

    def test_names_each_difference_and_fails(self, stripe, capsys):
        pledge, _ = a_paid_pledge(stripe)
        Receipt.objects.all().delete()

        with pytest.raises(CommandError, match="1 differ") as failure:
            call_command("reconcile", young=0)

        assert failure.value.returncode == 1
        assert f"booked_not_told receipt {pledge.purpose} -€25.00 since" in capsys.readouterr().out


class TestInvariants:
    def test_are_kept_with_what_was_found_of_each(self, stripe):
        pledge, _ = a_paid_pledge(stripe)
        look_at_invariants(at=timezone.now())
        before = {look.name: look.broken for look in InvariantLook.objects.all()}
        type(pledge.project).objects.filter(pk=pledge.project_id).update(raised_minor=1)

        look_at_invariants(at=timezone.now())

        after = {look.name: look.broken for look in InvariantLook.objects.all()}
        assert set(before.values()) == {0}
        assert before.keys() == after.keys() >= {"I-zero", "I-total", "I-nostray"}
        assert after["I-total"] == 1
        assert not status(at=timezone.now()).is_even
