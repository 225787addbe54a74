"""Payouts in the book: from Stripe's balance to the committee's bank, each step once.

Planted and seen to fall: see the table of faults (tests/architecture/faults.py).
"""

from datetime import timedelta

import pytest
from django.utils import timezone

from backend.ledger.models import Transaction
from backend.ledger.queries import balances, verify_chain
from backend.money import Money
from backend.payments import inbox, payout_states, payouts
from backend.payments.accounts import look_at_account
from backend.payments.gateways import stripe as gateway
from backend.payments.gateways.stripe import PaidOut
from backend.payments.models import Payout, StripeEvent
from backend.payments.queries import paid_out_to
from backend.reconciliation.operations import compare_records
from tests.backend.payments.accounts import a_ready_account
from tests.backend.payments.rows import (
    a_paid_pledge,
    a_payment,
    a_pledge_on_stripes_page,
    a_project_now,
    broken_invariants,
    pull_and_apply,
)
from tests.factories import NOON
from tests.jobs import do_jobs

PART = 2000


@pytest.fixture
def stripe(sandbox):
    """A sandbox that has seen nothing yet, and whose clock and settings no other test meets."""
    sandbox.control("reset", {"confirm": True})
    yield sandbox
    sandbox.control("reset", {"confirm": True})


def pay_out(payment, minor=PART):
    """What the committee does in Stripe's own pages, or Stripe by itself every day."""
    made = gateway._client().v1.payouts.create(
        {"amount": minor, "currency": "eur"}, gateway._options(payment.account)
    )
    pull_and_apply(payment.account)
    return made.id


def arrive(sandbox, payout_id, account):
    sandbox.control("clock/advance", {"days": 5})
    pull_and_apply(account)
    return Payout.objects.get(pk=payout_id)


def book(owner):
    """What stands on the three places where the owner's money can be."""
    found = {
        row.account.split(":")[0]: row.money.minor
        for place in ("stripe", "transit", "bank")
        for row in balances(f"{place}:{owner}")
    }
    return found.get("stripe", 0), found.get("transit", 0), found.get("bank", 0)


def kinds():
    rows = Transaction.objects.filter(kind__startswith="payout").order_by("id")
    return list(rows.values_list("kind", flat=True))


@pytest.mark.django_db(transaction=True)
class TestPayout:
    def test_leaves_stripes_balance_when_made_and_is_the_banks_when_it_has_arrived(self, stripe):
        pledge, payment = a_paid_pledge(stripe)
        owner = pledge.project.committee_id
        before = book(owner)

        payout_id = pay_out(payment)
        sent = book(owner)
        payout = arrive(stripe, payout_id, payment.account)

        assert (before, sent, book(owner)) == (
            (2437, 0, 0), (437, PART, 0), (437, 0, PART),
        )  # fmt: skip
        assert kinds() == ["payout_sent", "payout_paid"]
        assert payout.state == payout_states.PAID
        assert verify_chain(f"payouts:{payout.owner}:EUR").holds
        assert broken_invariants() == []

    def test_told_often_is_booked_once(self, stripe):
        _, payment = a_paid_pledge(stripe)
        payout_id = pay_out(payment)
        arrive(stripe, payout_id, payment.account)

        StripeEvent.objects.filter(type__startswith="payout.").update(state="received")
        for event in StripeEvent.objects.filter(type__startswith="payout."):
            inbox.apply_event(event_id=event.pk, at=timezone.now())
        payouts.look_after_payouts(at=timezone.now())

        assert kinds() == ["payout_sent", "payout_paid"]

    @pytest.mark.parametrize("has_arrived", [False, True])
    def test_that_the_bank_sends_back_is_undone(self, stripe, has_arrived):
        pledge, payment = a_paid_pledge(stripe)
        payout_id = pay_out(payment)
        if has_arrived:
            arrive(stripe, payout_id, payment.account)

        stripe.control(f"payouts/{payout_id}/fail", {"code": "account_closed"})
        pull_and_apply(payment.account)

        assert book(pledge.project.committee_id) == (2437, 0, 0)
        assert kinds()[-1] == "payout_returned"
        assert Payout.objects.get().state == payout_states.RETURNED

    def test_that_is_cancelled_is_undone(self, stripe):
        pledge, payment = a_paid_pledge(stripe)
        payout_id = pay_out(payment)

        gateway._client().v1.payouts.cancel(payout_id, {}, gateway._options(payment.account))
        pull_and_apply(payment.account)

        assert book(pledge.project.committee_id) == (2437, 0, 0)

    def test_of_which_only_the_last_was_told_is_booked_whole(self, stripe):
        pledge, payment = a_paid_pledge(stripe)
        made = gateway._client().v1.payouts.create(
            {"amount": PART, "currency": "eur"}, gateway._options(payment.account)
        )
        stripe.control("clock/advance", {"days": 5})

        payouts.look_at_payout(payout_id=made.id, account=payment.account, at=timezone.now())

        assert book(pledge.project.committee_id) == (437, 0, PART)
        assert kinds() == ["payout_sent", "payout_paid"]

    def test_whose_events_never_came_is_found(self, stripe):
        pledge, payment = a_paid_pledge(stripe)
        gateway._client().v1.payouts.create(
            {"amount": PART, "currency": "eur"}, gateway._options(payment.account)
        )

        seen = payouts.look_after_payouts(at=timezone.now())

        assert (seen, book(pledge.project.committee_id)) == (1, (437, PART, 0))

    def test_of_a_committees_account_without_any_money_of_ours_is_none_of_ours(self, stripe):
        account = a_ready_account(stripe)
        stripe.control(
            "balance",
            {"amount_minor": 9_000, "currency": "eur", "account": account.account_id},
        )
        gateway._client().v1.payouts.create(
            {"amount": PART, "currency": "eur"}, gateway._options(account.account_id)
        )

        pull_and_apply(account.account_id)

        event = StripeEvent.objects.get(type="payout.created")
        assert (event.state, Payout.objects.count(), kinds()) == ("ignored", 0, [])


@pytest.mark.django_db(transaction=True)
class TestComparison:
    def compared(self):
        comparison = compare_records(at=timezone.now() + timedelta(minutes=20))
        return [(row.kind, row.amount.minor) for row in comparison.differences.all()], comparison

    def test_finds_nothing_at_any_step_of_a_payout(self, stripe):
        _, payment = a_paid_pledge(stripe)

        found = []
        payout_id = pay_out(payment)
        found.append(self.compared()[0])
        stripe.control("clock/advance", {"days": 5})
        pull_and_apply(payment.account)
        found.append(self.compared()[0])
        stripe.control(f"payouts/{payout_id}/fail", {})
        pull_and_apply(payment.account)
        differences, comparison = self.compared()

        assert [*found, differences] == [[], [], []]
        assert comparison.payouts == 2

    def test_names_a_payout_that_is_in_one_record_only(self, stripe):
        _, payment = a_paid_pledge(stripe)
        gateway._client().v1.payouts.create(
            {"amount": PART, "currency": "eur"}, gateway._options(payment.account)
        )

        missing, _ = self.compared()
        payouts.look_after_payouts(at=timezone.now())
        there, _ = self.compared()

        assert (missing, there) == ([("only_at_stripe", -PART)], [])

    def test_of_automatic_payouts_of_the_own_key_finds_nothing(self, stripe):
        _, payment = a_pledge_on_stripes_page()
        stripe.complete(payment.session_id)
        pull_and_apply()
        stripe.control("settings", {"payout_every_seconds": 86_400})
        stripe.control("clock/advance", {"days": 8})
        pull_and_apply()

        differences, comparison = self.compared()
        stripe.control("settings", {"payout_every_seconds": 0})

        assert (differences, comparison.payouts) == ([], 1)

    def test_leaves_out_an_account_whose_connection_has_ended(self, stripe):
        account = a_ready_account(stripe)
        _, payment = a_pledge_on_stripes_page(a_project_now(committee=account.organisation))
        stripe.complete(payment.session_id)
        pull_and_apply(account.account_id)
        stripe.control(f"accounts/{account.account_id}/deauthorize", {})
        look_at_account(account_id=account.account_id, at=timezone.now(), is_ended=True)
        do_jobs()

        differences, comparison = self.compared()

        assert (differences, comparison.silent_accounts) == ([], 0)


@pytest.mark.django_db(transaction=True)
class TestOwner:
    def paid_out(self, **fields):
        return PaidOut(
            **{
                "id": "po_1", "status": "paid", "amount_minor": 1000, "fee_minor": 0,
                "currency": "EUR", "at": NOON, "arrives_at": NOON, **fields,
            }
        )  # fmt: skip

    def test_of_the_own_key_is_the_only_committee_that_has_money_there(self, sandbox):
        pledge, payment = a_pledge_on_stripes_page()
        sandbox.complete(payment.session_id)
        pull_and_apply()
        payment.refresh_from_db()

        payout = payouts.apply_payout(
            paid_out=self.paid_out(at=timezone.now()), account="", at=timezone.now()
        )

        assert payout.owner == str(pledge.project.committee_id)
        assert paid_out_to(pledge.project.committee_id, "EUR").amount == Money(1000, "EUR")

    def test_of_the_own_key_is_the_platform_where_several_use_it(self, sandbox):
        for _ in range(2):
            _, payment = a_pledge_on_stripes_page()
            sandbox.complete(payment.session_id)
        pull_and_apply()

        payout = payouts.apply_payout(
            paid_out=self.paid_out(at=timezone.now()), account="", at=timezone.now()
        )

        assert payout.owner == "platform"
        assert book("platform") == (-1000, 0, 1000)

    @pytest.mark.parametrize("status", ["pending", "in_transit"])
    def test_is_not_at_the_bank_before_it_has_arrived(self, status):
        a_payment(created_at=NOON)

        payouts.apply_payout(paid_out=self.paid_out(status=status), account="", at=NOON)

        assert book("platform") == (-1000, 1000, 0)

    def test_pays_the_fee_of_a_payout_that_is_to_be_fast(self):
        a_payment(created_at=NOON)

        payouts.apply_payout(paid_out=self.paid_out(fee_minor=15), account="", at=NOON)

        assert book("platform") == (-1015, 0, 1000)

    def test_whose_balance_was_short_pays_in(self):
        a_payment(created_at=NOON)

        payouts.apply_payout(paid_out=self.paid_out(amount_minor=-700), account="", at=NOON)

        assert book("platform") == (700, 0, -700)

    def test_of_money_from_before_the_first_payment_is_none_of_ours(self):
        a_payment(created_at=NOON)

        found = payouts.apply_payout(
            paid_out=self.paid_out(at=NOON - timedelta(hours=1)), account="", at=NOON
        )

        assert (found, Payout.objects.count()) == (None, 0)


class TestGraph:
    def test_has_no_way_but_these(self):
        ways = {(edge.old, edge.new) for edge in payout_states.EDGES}

        assert ways == {
            ("new", "under_way"), ("under_way", "paid"), ("under_way", "returned"),
            ("paid", "returned"),
        }  # fmt: skip
        with pytest.raises(payout_states.NoSuchEdge):
            payout_states.next_state("returned", "arrived")
