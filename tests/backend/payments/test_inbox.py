"""The inbox: each event once, whatever its order; what is not ours is left alone.

Planted and seen to fall: see the table of faults (tests/architecture/faults.py).
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connections
from django.utils import timezone

from backend.ledger.models import Transaction
from backend.mail.models import Mail
from backend.payments import inbox
from backend.payments.gateways.stripe import Pointer, StripeUnreachable
from backend.payments.models import EventCursor, Payment, StripeEvent
from backend.pledges.models import Pledge, Receipt
from tests.backend.payments.rows import (
    a_payment,
    a_pledge_on_stripes_page,
    a_project_now,
    pull_and_apply,
)
from tests.factories import NOON, a_committee
from tests.jobs import do_jobs
from tests.sandbox.steps import an_open_session, client_of


def an_event(subject_id="cs_1", *, kind="checkout.session.completed", **fields):
    return StripeEvent.objects.create(
        **{
            "id": f"evt_of_{subject_id}",
            "type": kind,
            "subject_id": subject_id,
            "created_at": NOON,
            "received_at": timezone.now(),
            "was_pulled": False,
            **fields,
        }
    )


def a_pointer(**fields):
    return Pointer(
        **{
            "id": "evt_1",
            "type": "charge.updated",
            "account": "",
            "subject_id": "ch_1",
            "livemode": False,
            "created_at": NOON,
            **fields,
        }
    )


@pytest.mark.django_db
class TestStoreEvent:
    def test_keeps_an_event_once_whichever_way_it_came(self):
        sent = inbox.store_event(pointer=a_pointer(), was_pulled=False, at=NOON)
        pulled = inbox.store_event(pointer=a_pointer(), was_pulled=True, at=NOON)

        assert (sent, pulled) == (True, False)
        assert StripeEvent.objects.get().was_pulled is False

    def test_of_a_charge_that_nobody_here_knows_is_ignored(self):
        a_payment(charge_id="")
        event = an_event("", kind="charge.updated")

        assert inbox.apply_event(event_id=event.pk, at=NOON).state == "ignored"

    @pytest.mark.parametrize("kind", ["payment_method.attached", "price.created", "new.thing"])
    def test_of_a_kind_that_we_do_not_listen_to_is_ignored(self, kind):
        event = an_event("pm_1", kind=kind)

        assert inbox.apply_event(event_id=event.pk, at=NOON).state == "ignored"

    def test_of_another_account_does_not_reach_a_payment_of_ours(self):
        payment = a_payment(charge_id="ch_1", account="acct_ours", state="succeeded")
        event = an_event("ch_1", kind="charge.updated", account="acct_theirs")

        inbox.apply_event(event_id=event.pk, at=NOON)

        payment.refresh_from_db()
        assert (StripeEvent.objects.get().state, payment.checked_at) == ("ignored", None)


@pytest.mark.django_db(transaction=True)
class TestApplyEvent:
    def test_f15_an_event_before_its_payment_is_applied_when_the_payment_is_there(self, sandbox):
        pledge, payment = a_pledge_on_stripes_page()
        sandbox.complete(payment.session_id)
        fields = {field.attname: getattr(payment, field.attname) for field in Payment._meta.fields}
        payment.transitions.all().delete()
        payment.delete()

        pull_and_apply()
        event = StripeEvent.objects.get(
            subject_id=payment.session_id, type="checkout.session.completed"
        )
        before = event.state
        Payment.objects.create(**fields)
        inbox.sweep_payments(at=timezone.now() + timedelta(minutes=3))
        do_jobs()

        event.refresh_from_db()
        pledge.refresh_from_db()
        assert (before, event.state, pledge.state) == ("unmatched", "applied", "settled")

    def test_of_somebody_elses_page_on_the_same_account_is_ignored(self, sandbox):
        session = an_open_session(client_of(sandbox, key="sk_test_sandbox"))
        event = an_event(session.id)

        assert inbox.apply_event(event_id=event.pk, at=NOON).state == "ignored"

    def test_of_a_page_that_stripe_does_not_know_stays_unmatched(self, sandbox):
        event = an_event("cs_test_of_nobody")

        applied = inbox.apply_event(event_id=event.pk, at=NOON)

        assert (applied.state, applied.applied_at) == ("unmatched", None)

    def test_waits_while_stripe_is_silent(self, sandbox):
        _, payment = a_pledge_on_stripes_page()
        event = an_event(payment.session_id)
        sandbox.control("faults/next", {"kind": "drop_before", "count": 9})

        with pytest.raises(StripeUnreachable):
            inbox.apply_event(event_id=event.pk, at=NOON)
        sandbox.control("faults/clear", {})

        assert StripeEvent.objects.get(pk=event.pk).state == "received"

    def test_f20_events_in_the_wrong_order_end_in_what_is_true(self, sandbox):
        pledge, payment = a_pledge_on_stripes_page()
        path = f"checkout/sessions/{payment.session_id}/complete"
        intent = sandbox.control(path, {"method": "sepa_debit"})["payment_intent"]
        sandbox.control(f"payment_intents/{intent}/settle", {})
        inbox.pull_events(account="", at=timezone.now())
        theirs = StripeEvent.objects.filter(subject_id=payment.session_id)

        kinds = [
            inbox.apply_event(event_id=event.pk, at=timezone.now()).type
            for event in theirs.order_by("-type")
        ]

        pledge.refresh_from_db()
        assert kinds == [
            "checkout.session.completed",
            "checkout.session.async_payment_succeeded",
        ]
        assert pledge.state == "settled"
        assert Transaction.objects.count() == 1

    def test_f17_f18_by_many_workers_at_the_same_instant_has_one_effect(self, sandbox):
        pledge, payment = a_pledge_on_stripes_page()
        sandbox.complete(payment.session_id)
        inbox.pull_events(account="", at=timezone.now())
        event = StripeEvent.objects.get(
            subject_id=payment.session_id, type="checkout.session.completed"
        )
        start = Barrier(8)

        def apply(_):
            try:
                start.wait(timeout=10)
                return inbox.apply_event(event_id=event.pk, at=timezone.now()).state
            finally:
                connections.close_all()

        with ThreadPoolExecutor(8) as threads:
            answers = set(threads.map(apply, range(8)))
        do_jobs()

        assert answers == {"applied"}
        assert Transaction.objects.count() == Receipt.objects.count() == 1
        assert Mail.objects.filter(reference=str(pledge.pk)).count() == 1

    def test_once_applied_is_not_opened_again_by_a_slower_worker(self, sandbox):
        event = an_event("cs_test_of_nobody")
        StripeEvent.objects.update(state="applied", applied_at=NOON)

        closed = inbox._close(event, "unmatched", at=NOON)

        assert closed.state == StripeEvent.objects.get().state == "applied"


@pytest.mark.django_db(transaction=True)
class TestPull:
    def test_f14_finds_what_was_never_delivered(self, sandbox):
        pledge, payment = a_pledge_on_stripes_page()
        sandbox.complete(payment.session_id)

        pull_and_apply()

        pledge.refresh_from_db()
        event = StripeEvent.objects.get(subject_id=payment.session_id)
        assert (pledge.state, event.was_pulled) == ("settled", True)

    def test_overlaps_by_an_hour_and_finds_nothing_twice(self, sandbox):
        _, payment = a_pledge_on_stripes_page()
        sandbox.complete(payment.session_id)
        first = inbox.pull_events(account="", at=timezone.now())
        StripeEvent.objects.filter(subject_id=payment.session_id).delete()

        again = inbox.pull_events(account="", at=timezone.now() + timedelta(minutes=59))
        once_more = inbox.pull_events(account="", at=timezone.now() + timedelta(minutes=59))

        assert (first > 0, again, once_more) == (True, 1, 0)

    def test_that_breaks_off_begins_where_it_began(self, sandbox):
        inbox.pull_events(account="", at=NOON - timedelta(days=2000))
        before = EventCursor.objects.get().pulled_until
        sandbox.control("faults/next", {"kind": "error_before", "count": 9, "path": "/v1/events"})

        with pytest.raises(StripeUnreachable):
            inbox.pull_events(account="", at=timezone.now())
        sandbox.control("faults/clear", {})

        assert EventCursor.objects.get().pulled_until == before

    def test_of_an_account_that_is_gone_does_not_hold_up_the_others(self, sandbox):
        _, payment = a_pledge_on_stripes_page()
        sandbox.complete(payment.session_id)
        connected = sandbox.control("accounts", {})["id"]
        a_payment("pledge:a", account="acct_gone", session_id=None)
        a_payment("pledge:b", account=connected, session_id="cs_b")

        inbox.pull_all_events(at=timezone.now())

        cursors = set(EventCursor.objects.values_list("account", flat=True))
        assert cursors == {"", connected}

    def test_looks_after_accounts_of_payments_that_ended_lately(self):
        now = timezone.now()
        a_payment("pledge:a", account="acct_new", state="expired", created_at=now)
        a_payment(
            "pledge:b", account="acct_old", state="expired", session_id="cs_b",
            created_at=now - timedelta(days=4),
        )  # fmt: skip
        a_payment(
            "pledge:c", account="acct_slow", state="processing", session_id="cs_c",
            created_at=now - timedelta(days=9),
        )  # fmt: skip

        accounts = inbox.accounts_with_open_money(at=now)

        assert accounts == ["", "acct_new", "acct_slow"]


@pytest.mark.django_db(transaction=True)
class TestConnectedAccount:
    def test_money_of_a_committees_own_account_is_pulled_and_booked(self, sandbox):
        account = sandbox.control("accounts", {})["id"]
        committee = a_committee(stripe_account=account)
        pledge, payment = a_pledge_on_stripes_page(a_project_now(committee=committee))
        sandbox.complete(payment.session_id)

        inbox.pull_all_events(at=timezone.now())
        do_jobs()

        pledge.refresh_from_db()
        assert (pledge.state, payment.account) == ("settled", account)
        assert Pledge.objects.count() == 1
