"""Opening Stripe's page while things go wrong: killed, silent, broken, too late, twice at once.

Planted and seen to fall: see the table of faults (tests/architecture/faults.py).
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connections, transaction
from django.utils import timezone

from backend.common.ids import uuid7
from backend.payments import inbox
from backend.payments import states as payment_states
from backend.payments.gateways import stripe as gateway
from backend.payments.models import Payment
from backend.payments.operations import apply_session, end_unstarted, open_checkout
from backend.pledges import states
from backend.pledges.models import Pledge
from backend.pledges.operations import (
    NotPayable,
    PaymentNotStarted,
    PaymentUnderWay,
    order_of,
    start_payment,
)
from tests.backend.payments.rows import (
    a_pledge_on_stripes_page,
    a_project_now,
    broken_invariants,
    pull_and_apply,
)
from tests.factories import a_committee, a_pledge
from tests.running_site import wait_for

pytestmark = pytest.mark.django_db(transaction=True)

CREATE = {"verb": "post", "path": "/v1/checkout/sessions"}


def a_pledge_now(project=None, **fields):
    return a_pledge(project or a_project_now(), at=timezone.now(), **fields)


def meets(sandbox, kind, count=1, **more):
    """Let the next calls for a session meet a fault."""
    sandbox.control("faults/next", {"kind": kind, "count": count, **CREATE, **more})


def sessions_of(sandbox, pledge):
    """The sessions that the sandbox has for a pledge, whoever knows of them."""
    from tests.sandbox.steps import client_of

    found = client_of(sandbox, key="sk_test_sandbox").v1.checkout.sessions.list({"limit": 100})
    return [one.id for one in found.data if one.client_reference_id == pledge.purpose]


class TestSilence:
    @pytest.mark.parametrize("kind", ["drop_after", "delay_after"])
    def test_f09_an_answer_that_was_lost_is_found_by_the_pledge(self, sandbox, kind, monkeypatch):
        pledge = a_pledge_now()
        monkeypatch.setattr(gateway, "TIMEOUT_SECONDS", 0.5)
        gateway._client.cache_clear()
        meets(sandbox, kind, 3, seconds=1.0)

        start_payment(pledge=pledge, at=timezone.now())
        sandbox.control("faults/clear", {})

        payment = Payment.objects.get()
        assert payment.state == payment_states.OPEN
        assert sessions_of(sandbox, pledge) == [payment.session_id]

    def test_f04_a_500_after_the_effect_leads_to_the_page_that_came_to_be(self, sandbox):
        pledge = a_pledge_now()
        meets(sandbox, "error_after")

        start_payment(pledge=pledge, at=timezone.now())

        assert sessions_of(sandbox, pledge) == [Payment.objects.get().session_id]

    def test_a_500_that_stays_leads_to_a_second_attempt_with_a_key_of_its_own(self, sandbox):
        pledge = a_pledge_now()
        meets(sandbox, "error_before", 3)

        start_payment(pledge=pledge, at=timezone.now())

        rows = Payment.objects.order_by("attempt").values_list("state", "key")
        assert list(rows) == [
            (payment_states.EXPIRED, f"{pledge.purpose}:1"),
            (payment_states.OPEN, f"{pledge.purpose}:2"),
        ]
        assert Pledge.objects.get().state == states.PENDING
        assert broken_invariants() == []

    def test_too_many_calls_keep_the_pledge_for_another_try(self, sandbox):
        pledge = a_pledge_now()
        meets(sandbox, "rate_limit", 3)

        with pytest.raises(PaymentNotStarted, match="Nothing was charged"):
            start_payment(pledge=pledge, at=timezone.now())
        sandbox.control("faults/clear", {})

        assert start_payment(pledge=pledge, at=timezone.now())
        assert Payment.objects.get().state == payment_states.OPEN

    def test_f13_a_refusal_is_written_down_and_the_next_try_is_a_new_one(self, sandbox):
        account = f"acct_of_nobody{uuid7().hex}"
        pledge = a_pledge_now(a_project_now(committee=a_committee(stripe_account=account)))

        with pytest.raises(PaymentNotStarted):
            start_payment(pledge=pledge, at=timezone.now())
        sandbox.control("accounts", {"id": account})
        pledge = Pledge.objects.select_related("project__committee").get()
        between = pledge.state, Payment.objects.get().state
        start_payment(pledge=pledge, at=timezone.now())

        assert between == (states.EXPIRED, payment_states.FAILED)
        assert Payment.objects.get(attempt=1).problem
        assert Payment.objects.get(attempt=2).state == payment_states.OPEN
        assert broken_invariants() == []

    def test_a_dropped_pledge_can_be_tried_again_through_a_broken_stripe(self, sandbox):
        """The second attempt of a pledge whose slow payment failed ends without a page."""
        pledge, payment = a_pledge_on_stripes_page()
        path = f"checkout/sessions/{payment.session_id}/complete"
        intent = sandbox.control(path, {"method": "sepa_debit"})["payment_intent"]
        sandbox.control(f"payment_intents/{intent}/fail", {})
        pull_and_apply()
        pledge.refresh_from_db()
        dropped = pledge.state
        meets(sandbox, "error_before", 3)

        start_payment(pledge=pledge, at=timezone.now())

        pledge.refresh_from_db()
        assert (dropped, pledge.state) == (states.DROPPED, states.PENDING)
        assert Payment.objects.get(attempt=3).state == payment_states.OPEN

    def test_a_key_that_came_with_other_parameters_is_dead_and_not_a_no(self, sandbox):
        """As after a deployment that asks for more: what the key did before is looked for."""
        pledge, payment = a_pledge_on_stripes_page()
        Payment.objects.update(state="new", session_id=None)
        request = {**payment.request, "locale": "fr"}
        Payment.objects.update(request=request)

        start_payment(pledge=pledge, at=timezone.now())

        again = Payment.objects.get()
        assert (again.state, again.session_id) == (payment_states.OPEN, payment.session_id)


class TestTime:
    @pytest.mark.parametrize("minutes", [-14, 14])
    @pytest.mark.parametrize("left", [timedelta(minutes=1), timedelta(days=30)])
    def test_a_clock_that_is_some_minutes_off_opens_the_page_all_the_same(
        self, sandbox, minutes, left
    ):
        ours = timezone.now() + timedelta(minutes=minutes)
        pledge = a_pledge(a_project_now(closes_at=ours + left), at=ours)

        assert start_payment(pledge=pledge, at=ours)
        assert Payment.objects.get().attempt == 1

    def test_a_page_that_should_be_over_is_looked_at_before_it_is_given_again(self, sandbox):
        pledge, payment = a_pledge_on_stripes_page()
        sandbox.control(f"checkout/sessions/{payment.session_id}/expire", {})
        now = timezone.now()
        Payment.objects.update(session_expires_at=now)

        address = start_payment(pledge=pledge, at=now)

        second = Payment.objects.get(attempt=2)
        assert address == second.session_url != payment.session_url
        assert Payment.objects.get(attempt=1).state == payment_states.EXPIRED

    def test_a_page_that_was_paid_in_its_last_second_is_not_opened_anew(self, sandbox):
        pledge, payment = a_pledge_on_stripes_page()
        sandbox.complete(payment.session_id)

        with pytest.raises(NotPayable):
            start_payment(pledge=pledge, at=payment.session_expires_at)

        pledge.refresh_from_db()
        assert pledge.state == states.SETTLED
        assert Payment.objects.count() == 1

    def test_of_a_page_that_cannot_be_looked_at_nothing_is_promised(self, sandbox):
        pledge, payment = a_pledge_on_stripes_page()
        sandbox.control("faults/next", {"kind": "drop_before", "count": 9})

        with pytest.raises(PaymentUnderWay):
            start_payment(pledge=pledge, at=payment.session_expires_at)
        sandbox.control("faults/clear", {})

        assert Payment.objects.count() == 1

    def test_an_end_that_came_too_near_meanwhile_is_asked_for_anew(self, sandbox):
        """The first call died before it reached Stripe; half an hour later its end is too near."""
        soon = timezone.now() + timedelta(minutes=40)
        pledge = a_pledge_now(a_project_now(closes_at=soon))
        earlier = timezone.now() - timedelta(minutes=20)
        sandbox.control("faults/next", {"kind": "drop_before", "count": 9})
        with pytest.raises(PaymentNotStarted):
            start_payment(pledge=pledge, at=earlier)
        sandbox.control("faults/clear", {})
        Payment.objects.update(request=asked_to_end_in(Payment.objects.get(), minutes=20))

        start_payment(pledge=pledge, at=timezone.now())

        rows = Payment.objects.order_by("attempt").values_list("state", flat=True)
        assert list(rows) == [payment_states.FAILED, payment_states.OPEN]


def asked_to_end_in(payment, *, minutes):
    moment = timezone.now() + timedelta(minutes=minutes)
    return {**payment.request, "expires_at": int(moment.timestamp())}


class TestManyAtOnce:
    def at_once(self, pledge, number=8):
        start = Barrier(number)

        def one(_):
            try:
                start.wait(timeout=10)
                return start_payment(pledge=pledge, at=timezone.now())
            except (PaymentUnderWay, PaymentNotStarted) as refusal:
                return type(refusal).__name__
            finally:
                connections.close_all()

        with ThreadPoolExecutor(number) as threads:
            return list(threads.map(one, range(number)))

    def test_f05_eight_clicks_open_one_page(self, sandbox):
        pledge = a_pledge_now()

        answers = self.at_once(pledge)

        payment = Payment.objects.get()
        assert set(answers) <= {payment.session_url, "PaymentUnderWay"}
        assert payment.session_url in answers
        assert sessions_of(sandbox, pledge) == [payment.session_id]

    def test_eight_clicks_on_a_broken_stripe_never_leave_two_pages_to_pay_on(self, sandbox):
        pledge = a_pledge_now()
        meets(sandbox, "error_before", 12)

        answers = self.at_once(pledge)
        sandbox.control("faults/clear", {})
        start_payment(pledge=pledge, at=timezone.now())

        given = {answer for answer in answers if answer.startswith("http")}
        payable = Payment.objects.filter(state__in=payment_states.UNFINISHED)
        assert given <= set(payable.values_list("session_url", flat=True))
        assert payable.count() == 1
        assert broken_invariants() == []

    def test_an_attempt_that_has_got_its_page_meanwhile_is_not_ended(self, sandbox):
        _, payment = a_pledge_on_stripes_page()
        seen_earlier = Payment.objects.get()
        seen_earlier.state = payment_states.NEW

        end_unstarted(payment=seen_earlier, at=timezone.now())

        payment.refresh_from_db()
        assert payment.state == payment_states.OPEN

    def test_a_page_of_an_attempt_that_another_call_ended_is_given_to_nobody(self, sandbox):
        pledge = a_pledge_now()
        meets(sandbox, "delay_after", seconds=1.5)

        with ThreadPoolExecutor(1) as threads:
            slow = threads.submit(self.at_once, pledge, 1)
            payment = wait_for(Payment.objects.first, "the attempt")
            end_unstarted(payment=payment, at=timezone.now())

        assert slow.result() == ["PaymentUnderWay"]
        assert Payment.objects.get().session_url == ""


class TestOrder:
    def test_f10_refuses_to_call_stripe_inside_a_transaction(self, sandbox):
        pledge = a_pledge_now()

        with pytest.raises(gateway.InsideTransaction), transaction.atomic():
            open_checkout(order=order_of(pledge), at=timezone.now())

        assert not Payment.objects.exists()
        assert sessions_of(sandbox, pledge) == []

    def test_f20_an_older_answer_that_arrives_later_changes_nothing(self, sandbox):
        pledge, payment = a_pledge_on_stripes_page()
        older = gateway.fetch_session(session_id=payment.session_id, account="")
        sandbox.complete(payment.session_id)
        pull_and_apply()

        apply_session(payment=payment, session=older, at=timezone.now())

        pledge.refresh_from_db()
        assert pledge.state == states.SETTLED

    def test_f07_a_new_attempt_has_a_new_key(self, sandbox):
        pledge, payment = a_pledge_on_stripes_page()
        sandbox.control(f"checkout/sessions/{payment.session_id}/expire", {})
        pull_and_apply()
        pledge.refresh_from_db()

        start_payment(pledge=pledge, at=timezone.now())

        keys = Payment.objects.order_by("attempt").values_list("key", flat=True)
        assert list(keys) == [f"{pledge.purpose}:1", f"{pledge.purpose}:2"]


class TestSweep:
    def test_finds_the_page_of_a_call_that_died(self, sandbox):
        _, payment = a_pledge_on_stripes_page()
        Payment.objects.update(state="new", session_id=None, session_url="")
        Pledge.objects.update(state="new")

        inbox.sweep_payments(at=timezone.now() + timedelta(minutes=3))

        again = Payment.objects.get()
        assert (again.state, again.session_id) == (payment_states.OPEN, payment.session_id)
        assert Pledge.objects.get().state == states.PENDING

    @pytest.mark.parametrize(
        ("minutes", "state"), [(49, payment_states.NEW), (51, payment_states.EXPIRED)]
    )
    def test_ends_an_attempt_without_a_page_only_after_a_while(self, sandbox, minutes, state):
        pledge = a_pledge_now()
        sandbox.control("faults/next", {"kind": "drop_before", "count": 9})
        with pytest.raises(PaymentNotStarted):
            start_payment(pledge=pledge, at=timezone.now())
        sandbox.control("faults/clear", {})

        inbox.sweep_payments(at=timezone.now() + timedelta(minutes=minutes))

        assert Payment.objects.get().state == state

    def test_sees_a_page_that_expired_without_an_event(self, sandbox):
        pledge, payment = a_pledge_on_stripes_page()
        sandbox.control(f"checkout/sessions/{payment.session_id}/expire", {})

        inbox.sweep_payments(at=payment.session_expires_at + timedelta(minutes=3))

        pledge.refresh_from_db()
        assert pledge.state == states.EXPIRED

    def test_is_not_held_up_by_a_payment_that_cannot_be_asked_about(self, sandbox):
        _, lost = a_pledge_on_stripes_page()
        Payment.objects.update(session_id="cs_test_of_nobody", created_at=timezone.now())
        _, overdue = a_pledge_on_stripes_page()
        sandbox.control(f"checkout/sessions/{overdue.session_id}/expire", {})

        asked = inbox.sweep_payments(at=overdue.session_expires_at + timedelta(minutes=3))

        overdue.refresh_from_db()
        assert asked >= 2
        assert overdue.state == payment_states.EXPIRED
        assert Payment.objects.get(pk=lost.pk).state == payment_states.OPEN

    def test_learns_a_fee_whose_event_came_too_early(self, sandbox):
        _, payment = a_pledge_on_stripes_page()
        sandbox.complete(payment.session_id)
        pull_and_apply()
        Payment.objects.update(fee_minor=None)
        later = timezone.now() + timedelta(minutes=61)

        inbox.sweep_payments(at=later)

        assert Payment.objects.get().fee_minor == 63
