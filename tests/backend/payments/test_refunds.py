"""Money given back: by a treasurer, by Stripe's dashboard, in part and in whole, once.

Every refund goes through the sandbox; the books are compared with what it did.

Planted and seen to fall: see the table of faults (tests/architecture/faults.py), section refunds.
"""

from datetime import timedelta

import pytest
from django.utils import timezone

from backend.common.ids import uuid7
from backend.ledger.queries import verify_chain
from backend.mail.models import Mail
from backend.money import Money
from backend.payments import inbox, refunds
from backend.payments.gateways import stripe as gateway
from backend.payments.models import Payment, Refund, StripeEvent
from backend.pledges.models import Pledge
from backend.pledges.queries import receipt_sheet, supporters_of
from backend.pledges.returning import (
    DisputeOpen,
    MoreThanIsLeft,
    NoReason,
    NotAWholeAmount,
    NotRefundable,
    RefundAskedDifferently,
    refund_pledge,
)
from tests.backend.payments.rows import (
    a_paid_pledge,
    a_pledge_on_stripes_page,
    a_pledge_with_a_page,
    book_of,
    broken_invariants,
    kinds_of,
    pull_and_apply,
    refund,
    refund_in_the_dashboard,
    top_up,
)
from tests.jobs import do_jobs
from tests.sandbox.steps import session_params

pytestmark = pytest.mark.django_db(transaction=True)

# Whole sums that Stripe takes, a part of each, and how many minor units make the least step.
EVERY_KIND_OF_CURRENCY = [
    ("JPY", 500, 200),
    ("XOF", 1000, 1),
    ("RWF", 5000, 4999),
    ("KWD", 5120, 10),
    ("TND", 5120, 5110),
    ("ISK", 150_000, 100),
    ("UGX", 500_000, 499_900),
    ("HUF", 250_000, 1),
]


def state_of(row):
    row.refresh_from_db()
    return row.state


def figures_of(pledge):
    """What the project's row shows: money and supporters."""
    pledge.project.refresh_from_db()
    return pledge.project.raised_minor, pledge.project.supporters


def refunds_at_stripe(payment):
    return refunds.refunds_of(charge_id=payment.charge_id, account=payment.account)


class TestARefund:
    def test_of_the_whole_leaves_only_the_fee_behind(self, sandbox):
        pledge, payment = a_paid_pledge(sandbox)

        made = refund(pledge, 2500)

        assert (made.state, state_of(pledge)) == ("sent", "refunded")
        assert book_of(pledge) == {"fees": 63, "stripe": -63}
        assert kinds_of(pledge) == ["pledge_settled", "pledge_refunded"]
        assert figures_of(pledge) == (0, 0)
        assert [told.amount_minor for told in refunds_at_stripe(payment)] == [2500]
        assert supporters_of(pledge.project_id, number=5) == []
        assert broken_invariants() == []

    def test_of_a_part_leaves_the_rest(self, sandbox):
        pledge, _ = a_paid_pledge(sandbox)

        refund(pledge, 1000)

        assert state_of(pledge) == "part_refunded"
        assert book_of(pledge) == {"fees": 63, "gifts": 1500, "stripe": 1437}
        assert figures_of(pledge) == (1500, 1)
        assert supporters_of(pledge.project_id, number=5)[0].amount == Money(1500, "EUR")
        assert broken_invariants() == []

    def test_may_be_followed_by_others_until_nothing_is_left(self, sandbox):
        pledge, _ = a_paid_pledge(sandbox)
        refund(pledge, 1000)
        refund(pledge, 500)

        refund(pledge, 1000)

        assert state_of(pledge) == "refunded"
        assert kinds_of(pledge) == ["pledge_settled", *3 * ["pledge_refunded"]]
        with pytest.raises(NotRefundable, match="gone back"):
            refund(pledge, 1)
        assert broken_invariants() == []

    def test_tells_the_donor_once_and_why(self, sandbox):
        pledge, _ = a_paid_pledge(sandbox, language="fr")
        refund(pledge, 1000)

        do_jobs()
        pull_and_apply(pledge.project.committee.stripe_account)

        letter = Mail.objects.get(kind="pledge_refunded")
        assert (letter.recipient, letter.language) == ("guest@example.org", "fr")
        assert "The trip was called off" in letter.text
        assert "10,00" in letter.text
        assert "15,00" in letter.text

    def test_is_said_on_the_receipt_which_keeps_its_number(self, sandbox):
        pledge, _ = a_paid_pledge(sandbox)
        number = str(pledge.receipt)

        refund(pledge, 1000)

        sheet = receipt_sheet(pledge.token, language="en")
        assert sheet.number == number
        assert [(line.amount, line.on) for line in sheet.corrections] == [
            (Money(1000, "EUR"), timezone.now().date())
        ]
        assert (sheet.gross, sheet.kept) == (Money(2500, "EUR"), Money(1500, "EUR"))

    def test_keeps_the_chain_of_the_book(self, sandbox):
        pledge, _ = a_paid_pledge(sandbox)

        refund(pledge, 2500)

        assert verify_chain(pledge.project.chain).holds

    @pytest.mark.parametrize(("currency", "minor", "part"), EVERY_KIND_OF_CURRENCY)
    def test_goes_back_to_the_last_unit_in(self, sandbox, currency, minor, part):
        pledge, payment = a_paid_pledge(sandbox, currency=currency, minor=minor)
        refund(pledge, part)
        after_the_part = figures_of(pledge)

        refund(pledge, minor - part)

        fee = payment.fee_minor
        assert after_the_part == (minor - part, 1)
        assert state_of(pledge) == "refunded"
        assert book_of(pledge) == {"fees": fee, "stripe": -fee}
        assert sum(told.amount_minor for told in refunds_at_stripe(payment)) == minor
        assert broken_invariants() == []


class TestIsRefused:
    def test_for_more_than_is_left(self, sandbox):
        pledge, _ = a_paid_pledge(sandbox)
        refund(pledge, 1000)

        with pytest.raises(MoreThanIsLeft):
            refund(pledge, 1501)

        assert Refund.objects.count() == 1

    def test_without_a_reason(self, sandbox):
        pledge, _ = a_paid_pledge(sandbox)

        with pytest.raises(NoReason):
            refund_pledge(
                pledge_id=pledge.pk,
                amount=Money(100, "EUR"),
                reason="  ",
                asked_by=uuid7(),
                refund_id=uuid7(),
                at=timezone.now(),
            )

    @pytest.mark.parametrize("minor", [0, -1, 1, 15])
    def test_for_a_part_of_the_least_step(self, sandbox, minor):
        pledge, _ = a_paid_pledge(sandbox, currency="KWD", minor=5120)

        with pytest.raises(NotAWholeAmount):
            refund(pledge, minor)

    def test_for_a_pledge_that_is_not_paid(self):
        pledge, _ = a_pledge_with_a_page()

        with pytest.raises(NotRefundable):
            refund(pledge, 100)

    def test_for_a_dispute_that_is_open(self, sandbox):
        pledge, payment = a_paid_pledge(sandbox)
        sandbox.control(f"charges/{payment.charge_id}/dispute", {})
        pull_and_apply(payment.account)

        with pytest.raises(DisputeOpen) as refusal:
            refund(pledge, 100)

        assert refusal.value.code == "dispute_open"
        assert not Refund.objects.exists()

    def test_by_stripe_for_a_dispute_that_we_have_not_heard_of(self, sandbox):
        pledge, payment = a_paid_pledge(sandbox)
        sandbox.control(f"charges/{payment.charge_id}/dispute", {})

        made = refund(pledge, 100)
        pull_and_apply(payment.account)

        assert (made.state, state_of(pledge)) == ("refused", "disputed")
        assert Payment.objects.get().returned_minor == 0
        assert "charged back" in made.problem
        assert broken_invariants() == []

    def test_for_the_same_form_with_another_sum(self, sandbox):
        pledge, _ = a_paid_pledge(sandbox)
        refund(pledge, 100, refund_id := uuid7())

        with pytest.raises(RefundAskedDifferently):
            refund(pledge, 200, refund_id)


class TestASecondTime:
    def test_the_same_form_is_the_same_refund(self, sandbox):
        pledge, payment = a_paid_pledge(sandbox)
        refund_id = uuid7()

        first, second = refund(pledge, 100, refund_id), refund(pledge, 100, refund_id)

        assert first.pk == second.pk
        assert len(refunds_at_stripe(payment)) == 1

    def test_its_events_change_nothing(self, sandbox):
        pledge, payment = a_paid_pledge(sandbox)
        refund(pledge, 100)
        pull_and_apply(payment.account)
        StripeEvent.objects.all().delete()

        pull_and_apply(payment.account)

        assert kinds_of(pledge) == ["pledge_settled", "pledge_refunded"]
        assert figures_of(pledge) == (2400, 1)
        assert StripeEvent.objects.filter(state="applied", type__startswith="refund").exists()


class TestSilence:
    def test_after_the_effect_is_looked_up_at_once(self, sandbox):
        pledge, payment = a_paid_pledge(sandbox)
        lost = {"kind": "drop_after", "count": 9, "verb": "post", "path": "/v1/refunds"}
        sandbox.control("faults/next", lost)

        made = refund(pledge, 100)
        sandbox.control("faults/clear", {})

        assert made.state == "sent"
        assert len(refunds_at_stripe(payment)) == 1

    @pytest.mark.parametrize("kind", ["drop_before", "drop_after", "error_before", "error_after"])
    def test_of_everything_is_ended_by_the_sweep(self, sandbox, kind):
        pledge, payment = a_paid_pledge(sandbox)
        sandbox.control("faults/next", {"kind": kind, "count": 9, "path": "/v1/refunds"})
        made = refund(pledge, 100)
        sandbox.control("faults/clear", {})

        refunds.look_after_refunds(at=timezone.now() + timedelta(minutes=2))
        refunds.look_after_refunds(at=timezone.now() + timedelta(minutes=4))

        assert (made.state, state_of(made)) == ("requested", "sent")
        assert len(refunds_at_stripe(payment)) == 1
        assert broken_invariants() == []

    def test_that_is_a_broken_answer_to_a_dead_key_begins_another(self, sandbox):
        pledge, payment = a_paid_pledge(sandbox)
        broken = {"kind": "error_before", "count": 9, "verb": "post", "path": "/v1/refunds"}
        sandbox.control("faults/next", broken)
        made = refund(pledge, 100)
        sandbox.control("faults/clear", {})

        refunds.look_after_refunds(at=timezone.now() + timedelta(minutes=2))

        assert state_of(made) == "sent"
        assert made.attempt == 2
        assert len(refunds_at_stripe(payment)) == 1

    def test_of_one_refund_holds_up_no_other(self, sandbox):
        pledge, _ = a_paid_pledge(sandbox)
        other, _ = a_paid_pledge(sandbox)
        sandbox.control("faults/next", {"kind": "drop_before", "count": 99, "path": "/v1/refunds"})
        lost, waiting = refund(pledge, 100), refund(other, 100)
        sandbox.control("faults/clear", {})
        # The one call for the first of them.
        sandbox.control("faults/next", {"kind": "drop_before", "count": 1, "path": "/v1/refunds"})

        refunds.look_after_refunds(at=timezone.now() + timedelta(minutes=2))

        assert (state_of(lost), state_of(waiting)) == ("requested", "sent")


class TestPending:
    def test_is_not_booked_before_the_money_leaves(self, sandbox):
        pledge, payment = a_paid_pledge(sandbox, on_balance=False)

        made = refund(pledge, 2500)

        assert (made.state, state_of(pledge)) == ("pending", "settled")
        assert figures_of(pledge) == (2500, 1)
        assert broken_invariants() == []
        with pytest.raises(NotRefundable):
            refund(pledge, 1)
        top_up(sandbox, payment.account)
        pull_and_apply(payment.account)
        assert (state_of(made), state_of(pledge)) == ("sent", "refunded")

    def test_is_asked_about_even_when_no_event_comes(self, sandbox):
        pledge, payment = a_paid_pledge(sandbox, on_balance=False)
        made = refund(pledge, 2500)
        top_up(sandbox, payment.account)

        refunds.look_after_refunds(at=timezone.now() + timedelta(minutes=61))

        assert (state_of(made), state_of(pledge)) == ("sent", "refunded")

    def test_that_is_cancelled_gives_its_sum_free(self, sandbox):
        pledge, payment = a_paid_pledge(sandbox, on_balance=False)
        made = refund(pledge, 2500)
        sandbox.control(f"refunds/{made.stripe_id}/fail", {})

        pull_and_apply(payment.account)

        assert (state_of(made), state_of(pledge)) == ("failed", "settled")
        assert kinds_of(pledge) == ["pledge_settled"]
        assert refund(pledge, 2500).state == "pending"

    def test_that_failed_before_anybody_looked_is_failed(self, sandbox):
        pledge, payment = a_paid_pledge(sandbox, on_balance=False)
        sandbox.control("faults/next", {"kind": "drop_after", "count": 9, "path": "/v1/refunds"})
        made = refund(pledge, 2500)
        sandbox.control("faults/clear", {})
        (there,) = refunds_at_stripe(payment)
        sandbox.control(f"refunds/{there.id}/fail", {})

        refunds.look_after_refunds(at=timezone.now() + timedelta(minutes=2))

        assert (state_of(made), state_of(pledge)) == ("failed", "settled")
        assert broken_invariants() == []


class TestComesBack:
    @pytest.mark.parametrize(
        ("parts", "then"),
        [([2500], "settled"), ([1000], "settled"), ([1000, 1500], "part_refunded")],
    )
    def test_and_is_undone_in_book_total_and_state(self, sandbox, parts, then):
        pledge, payment = a_paid_pledge(sandbox)
        made = [refund(pledge, part) for part in parts]

        sandbox.control(f"refunds/{made[-1].stripe_id}/fail", {})
        pull_and_apply(payment.account)

        assert (state_of(made[-1]), state_of(pledge)) == ("failed", then)
        assert figures_of(pledge) == (2500 - sum(parts[:-1]), 1)
        assert kinds_of(pledge)[-1] == "refund_failed"
        assert broken_invariants() == []

    def test_unheard_of_and_its_sum_given_back_since_is_booked_both_ways(self, sandbox):
        pledge, payment = a_paid_pledge(sandbox)
        refund_in_the_dashboard(payment, 2000)
        (there,) = refunds_at_stripe(payment)
        sandbox.control(f"refunds/{there.id}/fail", {})
        refund(pledge, 1500)

        pull_and_apply(payment.account)

        assert state_of(pledge) == "part_refunded"
        assert figures_of(pledge) == (1000, 1)
        assert book_of(pledge) == {"fees": 63, "gifts": 1000, "stripe": 937}
        assert sorted(kinds_of(pledge)) == [
            *2 * ["pledge_refunded"], "pledge_settled", "refund_failed"
        ]  # fmt: skip
        assert sorted(one.state for one in payment.refunds.all()) == ["failed", "sent"]
        assert broken_invariants() == []

    def test_tells_the_donor_whom_to_write_to(self, sandbox):
        pledge, payment = a_paid_pledge(sandbox)
        made = refund(pledge, 2500)
        do_jobs()

        sandbox.control(f"refunds/{made.stripe_id}/fail", {})
        pull_and_apply(payment.account)

        letter = Mail.objects.get(kind="pledge_refund_failed")
        assert "committee@example.org" in letter.text
        assert Mail.objects.filter(kind="pledge_refunded").count() == 1

    def test_may_be_given_back_again(self, sandbox):
        pledge, payment = a_paid_pledge(sandbox)
        sandbox.control(f"refunds/{refund(pledge, 2500).stripe_id}/fail", {})
        pull_and_apply(payment.account)

        refund(pledge, 2500)

        assert state_of(pledge) == "refunded"
        assert kinds_of(pledge)[1:] == ["pledge_refunded", "refund_failed", "pledge_refunded"]
        assert broken_invariants() == []


class TestInStripesDashboard:
    def test_is_booked_like_ours_and_once(self, sandbox):
        pledge, payment = a_paid_pledge(sandbox)
        theirs = refund_in_the_dashboard(payment, 1000)

        pull_and_apply(payment.account)

        row = Refund.objects.get()
        assert (row.stripe_id, row.state, row.asked_by) == (theirs, "sent", None)
        assert state_of(pledge) == "part_refunded"
        assert book_of(pledge) == {"fees": 63, "gifts": 1500, "stripe": 1437}
        assert kinds_of(pledge) == ["pledge_settled", "pledge_refunded"]
        assert Mail.objects.filter(kind="pledge_refunded").count() == 1
        assert broken_invariants() == []

    def test_beside_one_of_ours_leaves_both_in_the_book(self, sandbox):
        pledge, payment = a_paid_pledge(sandbox)
        refund(pledge, 1000)
        refund_in_the_dashboard(payment, 1500)

        pull_and_apply(payment.account)

        assert state_of(pledge) == "refunded"
        assert figures_of(pledge) == (0, 0)
        assert broken_invariants() == []

    def test_of_all_that_we_had_asked_for_waits_until_ours_is_refused(self, sandbox):
        pledge, payment = a_paid_pledge(sandbox)
        sandbox.control("faults/next", {"kind": "drop_before", "count": 9, "path": "/v1/refunds"})
        ours = refund(pledge, 2500)
        sandbox.control("faults/clear", {})
        theirs = refund_in_the_dashboard(payment, 2500)
        inbox.pull_events(account=payment.account, at=timezone.now())
        event = StripeEvent.objects.get(type="refund.created", subject_id=theirs)
        with pytest.raises(refunds.RefundUnderWay):
            inbox.apply_event(event_id=event.pk, at=timezone.now())

        refunds.look_after_refunds(at=timezone.now() + timedelta(minutes=2))
        do_jobs()

        assert (state_of(ours), state_of(pledge)) == ("refused", "refunded")
        assert Refund.objects.get(stripe_id=theirs).state == "sent"
        assert broken_invariants() == []

    def test_before_we_heard_of_the_money_is_booked_after_it(self, sandbox):
        pledge, payment = a_pledge_on_stripes_page()
        sandbox.complete(payment.session_id)
        session = gateway.fetch_session(session_id=payment.session_id, account="")
        payment.charge_id = session.charged.charge_id
        sandbox.control("balance", {"amount_minor": 10_000})
        refund_in_the_dashboard(payment, 2500)
        inbox.pull_events(account="", at=timezone.now())

        event = StripeEvent.objects.get(type="charge.refunded", subject_id=payment.charge_id)
        inbox.apply_event(event_id=event.pk, at=timezone.now())

        assert state_of(Pledge.objects.get(pk=pledge.pk)) == "refunded"
        assert kinds_of(pledge) == ["pledge_settled", "pledge_refunded"]

    def test_of_a_charge_of_ours_without_its_row_stays_in_the_inbox(self, sandbox):
        _, payment = a_paid_pledge(sandbox)
        Payment.objects.filter(pk=payment.pk).update(charge_id="ch_other", key="pledge:other:1")
        refund_in_the_dashboard(payment, 100)

        pull_and_apply(payment.account)

        told = StripeEvent.objects.filter(type__contains="refund")
        assert {event.state for event in told} == {"unmatched"}
        assert not Refund.objects.exists()

    def test_of_somebody_elses_charge_is_none_of_ours(self, sandbox):
        _, payment = a_paid_pledge(sandbox)
        session = gateway.create_session(
            request=session_params(metadata={}), key="key-else", account=payment.account
        )
        sandbox.complete(session.id)
        paid = gateway.fetch_session(session_id=session.id, account=payment.account)
        payment.charge_id = paid.charged.charge_id
        refund_in_the_dashboard(payment, 100)

        pull_and_apply(payment.account)

        told = StripeEvent.objects.filter(type__contains="refund")
        assert {event.state for event in told} == {"ignored"}
        assert not Refund.objects.exists()


class TestLateMoney:
    def test_that_comes_back_waits_for_the_next_return(self, sandbox):
        pledge, payment = a_paid_pledge(sandbox)
        Payment.objects.filter(pk=payment.pk).update(state="late", settled_at=None)
        payment.refresh_from_db()
        returned = refunds.return_late_money(payment=payment, at=timezone.now())
        first = Refund.objects.get()
        sandbox.control(f"refunds/{first.stripe_id}/fail", {})
        pull_and_apply(payment.account)
        came_back = state_of(payment)

        inbox.sweep_payments(at=timezone.now() + timedelta(minutes=5))

        assert (returned.state, came_back, state_of(payment)) == ("returned", "late", "returned")
        assert kinds_of(pledge) == ["pledge_settled"]

    def test_that_comes_back_each_time_is_left_to_a_person(self, sandbox):
        _, payment = a_paid_pledge(sandbox)
        Payment.objects.filter(pk=payment.pk).update(state="late", settled_at=None)
        for _turn in range(refunds.MOST_RETURNS):
            payment.refresh_from_db()
            refunds.return_late_money(payment=payment, at=timezone.now())
            last = Refund.objects.order_by("-created_at").first()
            sandbox.control(f"refunds/{last.stripe_id}/fail", {})
            pull_and_apply(payment.account)

        inbox.sweep_payments(at=timezone.now() + timedelta(minutes=5))

        assert state_of(payment) == "late"
        assert Refund.objects.count() == refunds.MOST_RETURNS
