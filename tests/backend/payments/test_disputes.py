"""What a donor's bank takes back: opened, won, lost, before and after a refund.

Every dispute is opened and decided at the sandbox; the book follows the lines of its balance.

Planted and seen to fall: see the table of faults (tests/architecture/faults.py), section disputes.
"""

from datetime import timedelta
from itertools import pairwise

import pytest
from django.utils import timezone

from backend.ledger.queries import verify_chain
from backend.mail.models import Mail
from backend.money import Money
from backend.payments import disputes, inbox
from backend.payments.gateways.stripe import Disputed, Moved
from backend.payments.models import Dispute, Payment, StripeEvent
from backend.payments.states import NoSuchEdge
from backend.pledges.models import Pledge, PledgeTransition
from backend.pledges.queries import receipt_sheet, supporters_of
from tests.backend.payments.rows import (
    a_paid_pledge,
    a_payment,
    book_of,
    broken_invariants,
    kinds_of,
    pull_and_apply,
    refund,
)
from tests.factories import NOON

# What Stripe charges for a dispute, won or lost; won, the sandbox gives it back.
FEE = 1500


def state_of(row):
    row.refresh_from_db()
    return row.state


def figures_of(pledge):
    pledge.project.refresh_from_db()
    return pledge.project.raised_minor, pledge.project.supporters


def a_disputed_pledge(sandbox, **how):
    """A paid pledge of 25.00 whose bank disputes it, noted here."""
    pledge, payment = a_paid_pledge(sandbox)
    told = dispute_at_the_bank(sandbox, payment, **how)
    return pledge, payment, told


def dispute_at_the_bank(sandbox, payment, **how):
    told = sandbox.control(f"charges/{payment.charge_id}/dispute", how)
    pull_and_apply(payment.account)
    return told["id"]


def decide(sandbox, payment, dispute, how):
    sandbox.control(f"disputes/{dispute}/{how}", {})
    pull_and_apply(payment.account)


@pytest.mark.django_db(transaction=True)
class TestOpened:
    def test_holds_the_money_and_leaves_the_total(self, sandbox):
        pledge, _, told = a_disputed_pledge(sandbox)

        dispute = Dispute.objects.get()
        assert (dispute.pk, dispute.state) == (told, "open")
        assert state_of(pledge) == "disputed"
        assert book_of(pledge) == {
            "gifts": 2500,
            "fees": 63 + FEE,
            "disputed": 2500,
            "stripe": -63 - FEE,
        }
        assert figures_of(pledge) == (2500, 1)
        assert len(supporters_of(pledge.project_id, number=5)) == 1
        assert broken_invariants() == []

    def test_tells_the_committee_until_when_to_answer(self, sandbox):
        pledge, _, told = a_disputed_pledge(sandbox)

        letter = Mail.objects.get(kind="dispute_opened")
        assert letter.recipient == "committee@example.org"
        assert told in letter.text
        assert pledge.public_reference in letter.text
        assert "Answer in Stripe’s dashboard by" in letter.text
        assert "guest@example.org" not in letter.text

    def test_of_a_part_holds_the_part(self, sandbox):
        pledge, _, _ = a_disputed_pledge(sandbox, amount_minor=1000)

        assert book_of(pledge)["disputed"] == 1000
        assert broken_invariants() == []


@pytest.mark.django_db(transaction=True)
class TestWon:
    def test_brings_back_money_and_fee(self, sandbox):
        pledge, payment, told = a_disputed_pledge(sandbox)

        decide(sandbox, payment, told, "win")

        assert (state_of(pledge), Dispute.objects.get().state) == ("settled", "won")
        assert book_of(pledge) == {"gifts": 2500, "fees": 63, "stripe": 2437}
        assert kinds_of(pledge) == ["pledge_settled", "dispute_withdrawn", "dispute_reinstated"]
        assert broken_invariants() == []

    def test_lets_the_pledge_be_refunded(self, sandbox):
        pledge, payment, told = a_disputed_pledge(sandbox)
        decide(sandbox, payment, told, "win")

        made = refund(pledge, 2500)

        assert (made.state, state_of(pledge)) == ("sent", "refunded")
        assert broken_invariants() == []


@pytest.mark.django_db(transaction=True)
class TestLost:
    def test_takes_the_gift_and_is_final(self, sandbox):
        pledge, payment, told = a_disputed_pledge(sandbox)

        decide(sandbox, payment, told, "lose")

        dispute = Dispute.objects.get()
        assert (state_of(pledge), dispute.state, dispute.taken_minor) == ("refunded", "lost", 2500)
        assert book_of(pledge) == {"fees": 63 + FEE, "stripe": -63 - FEE}
        assert figures_of(pledge) == (0, 0)
        assert kinds_of(pledge) == ["pledge_settled", "dispute_withdrawn", "dispute_lost"]
        assert verify_chain(pledge.project.chain).holds
        assert broken_invariants() == []

    def test_of_a_part_leaves_the_rest(self, sandbox):
        pledge, payment, told = a_disputed_pledge(sandbox, amount_minor=1000)

        decide(sandbox, payment, told, "lose")

        assert state_of(pledge) == "part_refunded"
        assert figures_of(pledge) == (1500, 1)
        assert broken_invariants() == []

    def test_is_said_on_the_receipt(self, sandbox):
        pledge, payment, told = a_disputed_pledge(sandbox)
        decide(sandbox, payment, told, "lose")

        sheet = receipt_sheet(pledge.token, language="en")

        assert [(line.amount, line.is_dispute) for line in sheet.corrections] == [
            (Money(2500, "EUR"), True)
        ]
        assert sheet.kept == Money(0, "EUR")

    def test_of_a_direct_debit_is_lost_at_once(self, sandbox):
        pledge, payment = a_paid_pledge(sandbox, method="sepa_debit")

        dispute_at_the_bank(sandbox, payment)

        assert (state_of(pledge), Dispute.objects.get().state) == ("refunded", "lost")
        assert broken_invariants() == []


@pytest.mark.django_db(transaction=True)
class TestWithRefunds:
    """A38: dispute and refund in either order; the ledger is exact."""

    @pytest.mark.parametrize(("how", "then"), [("win", "part_refunded"), ("lose", "refunded")])
    def test_f24_of_what_was_left_after_a_refund(self, sandbox, how, then):
        pledge, payment = a_paid_pledge(sandbox)
        refund(pledge, 1000)
        told = dispute_at_the_bank(sandbox, payment)
        while_open = state_of(pledge)

        decide(sandbox, payment, told, how)

        assert (while_open, state_of(pledge)) == ("disputed", then)
        assert figures_of(pledge) == ((1500, 1) if how == "win" else (0, 0))
        assert Payment.objects.get().returned_minor == (1000 if how == "win" else 2500)
        assert broken_invariants() == []

    @pytest.mark.parametrize(("how", "beyond"), [("win", 0), ("lose", 2500)])
    def test_f24_of_what_had_all_gone_back_is_a_cost_and_no_second_gift(self, sandbox, how, beyond):
        pledge, payment = a_paid_pledge(sandbox)
        refund(pledge, 2500)
        told = dispute_at_the_bank(sandbox, payment)

        decide(sandbox, payment, told, how)

        fee = 63 + (FEE if how == "lose" else 0)
        assert state_of(pledge) == "refunded"
        assert figures_of(pledge) == (0, 0)
        assert book_of(pledge) == {"fees": fee + beyond, "stripe": -fee - beyond}
        assert broken_invariants() == []

    def test_lets_a_refund_that_waited_for_money_fail(self, sandbox):
        pledge, payment = a_paid_pledge(sandbox, on_balance=False)
        waiting = refund(pledge, 2500)

        dispute_at_the_bank(sandbox, payment)

        assert (state_of(waiting), state_of(pledge)) == ("failed", "disputed")
        assert broken_invariants() == []

    def test_of_a_refund_that_comes_back_later_shows_it_when_decided(self, sandbox):
        pledge, payment = a_paid_pledge(sandbox)
        made = refund(pledge, 1000)
        told = dispute_at_the_bank(sandbox, payment)
        sandbox.control(f"refunds/{made.stripe_id}/fail", {})
        pull_and_apply(payment.account)
        meanwhile = state_of(pledge)

        decide(sandbox, payment, told, "win")

        assert (meanwhile, state_of(pledge)) == ("disputed", "settled")
        assert broken_invariants() == []


@pytest.mark.django_db(transaction=True)
class TestInquiry:
    def test_takes_nothing_and_lets_refunds_pass(self, sandbox):
        pledge, _, _ = a_disputed_pledge(sandbox, inquiry=True)

        made = refund(pledge, 1000)

        assert Dispute.objects.get().state == "inquiry"
        assert (made.state, state_of(pledge)) == ("sent", "part_refunded")
        assert "disputed" not in book_of(pledge)
        assert not Mail.objects.filter(kind="dispute_opened").exists()

    @pytest.mark.parametrize(("how", "then"), [("win", "closed"), ("lose", "open")])
    def test_is_closed_or_becomes_a_dispute(self, sandbox, how, then):
        pledge, payment, told = a_disputed_pledge(sandbox, inquiry=True)

        decide(sandbox, payment, told, how)

        assert Dispute.objects.get().state == then
        assert state_of(pledge) == ("settled" if how == "win" else "disputed")
        assert broken_invariants() == []


@pytest.mark.django_db(transaction=True)
class TestWhatIsToldLateOrTwice:
    def test_is_applied_as_it_is_now_with_all_that_moved(self, sandbox):
        """Opened and lost before anybody heard of it."""
        pledge, payment = a_paid_pledge(sandbox)
        told = sandbox.control(f"charges/{payment.charge_id}/dispute", {})
        sandbox.control(f"disputes/{told['id']}/lose", {})

        pull_and_apply(payment.account)

        assert [row.new for row in Dispute.objects.get().transitions.all()] == ["lost"]
        assert kinds_of(pledge) == ["pledge_settled", "dispute_withdrawn", "dispute_lost"]
        assert broken_invariants() == []

    def test_changes_nothing_the_second_time(self, sandbox):
        pledge, payment, told = a_disputed_pledge(sandbox)
        decide(sandbox, payment, told, "lose")
        lines = kinds_of(pledge)
        StripeEvent.objects.all().delete()

        pull_and_apply(payment.account)

        assert kinds_of(pledge) == lines
        assert figures_of(pledge) == (0, 0)
        assert broken_invariants() == []

    def test_is_asked_for_even_when_no_event_comes(self, sandbox):
        pledge, payment, told = a_disputed_pledge(sandbox)
        sandbox.control(f"disputes/{told}/win", {})

        disputes.look_after_disputes(at=timezone.now() + timedelta(hours=7))

        assert state_of(pledge) == "settled"
        assert inbox.accounts_with_open_money(at=timezone.now() + timedelta(days=400)) == [
            "",
            payment.account,
        ]

    def test_leaves_a_way_without_a_gap(self, sandbox):
        _, payment, told = a_disputed_pledge(sandbox)
        decide(sandbox, payment, told, "win")

        steps = list(PledgeTransition.objects.order_by("id").values_list("old", "new"))

        assert steps[-2:] == [("settled", "disputed"), ("disputed", "settled")]
        assert all(before[1] == after[0] for before, after in pairwise(steps))


def told_of(payment, status, *movements, amount=2500, **changes):
    return Disputed(
        **{
            "id": "du_1",
            "charge_id": payment.charge_id,
            "status": status,
            "reason": "fraudulent",
            "amount_minor": amount,
            "opened_at": NOON,
            "answer_by": None,
            "movements": movements,
            **changes,
        }
    )


TAKEN = Moved("txn_1", -2500, 1500, "EUR")


@pytest.mark.django_db
class TestWhatStripeMayTell:
    def test_lost_before_the_money_is_shown_is_asked_again(self):
        payment = a_payment(state="late", charge_id="ch_1")

        with pytest.raises(disputes.FundsNotShown):
            disputes.apply_dispute(payment=payment, told=told_of(payment, "lost"), at=NOON)

        assert not Dispute.objects.exists()

    def test_another_end_after_the_last_is_refused(self):
        payment = a_payment(state="late", charge_id="ch_1")
        disputes.apply_dispute(payment=payment, told=told_of(payment, "lost", TAKEN), at=NOON)

        with pytest.raises(NoSuchEdge):
            disputes.apply_dispute(payment=payment, told=told_of(payment, "won", TAKEN), at=NOON)

        assert Dispute.objects.get().state == "lost"

    def test_money_in_another_currency_is_the_disputes_own_sum(self):
        payment = a_payment(state="late", charge_id="ch_1")
        dollars = Moved("txn_1", -2700, 1500, "USD")

        disputes.apply_dispute(
            payment=payment, told=told_of(payment, "needs_response", dollars), at=NOON
        )

        moved = Dispute.objects.get().movements.get()
        assert (moved.amount_minor, moved.fee_minor) == (-2500, 0)

    def test_more_than_the_charge_takes_no_more_than_the_charge(self):
        payment = a_payment(state="late", charge_id="ch_1")
        more = Moved("txn_1", -2600, 0, "EUR")

        told = told_of(payment, "lost", more, amount=2600)
        disputes.apply_dispute(payment=payment, told=told, at=NOON)

        payment.refresh_from_db()
        assert (payment.returned_minor, payment.state) == (2500, "returned")
        assert not Pledge.objects.exists()
