"""Two at the same moment, two hundred times each: at every boundary exactly one comes through.

Two threads with connections of their own wait for each other before each round, so that they meet
where only a lock or a unique key lets one after the other: the second of a deadline, a refund
asked for twice, one form sent twice, two schedulers, two hands on one card, one key, one event,
one address that signs up twice, two receipts of one committee. There are no caps of matches, no
limited rewards and no invitations in the product yet, so nothing races for those.

Planted and seen to fall, each lock taken out alone: the charge's in `request_refund`, the
project's in `decide_campaign`, the look at the undecided in `change_promised`, the pledge's in
`_begin_next`, the payment's in `apply_session`, the book's in `issue_receipt`.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from backend.accounts.models import User
from backend.common.ids import uuid7
from backend.ledger.models import Transaction
from backend.money import Money
from backend.payments import inbox, refunds
from backend.payments.gateways.stripe import Pointer
from backend.payments.models import Payment, Refund, StripeEvent
from backend.payments.operations import apply_session
from backend.payments.refunds import RefundNotPossible
from backend.pledges.closing import _begin_next, decide_campaign
from backend.pledges.models import Decision, Pledge, Receipt
from backend.pledges.operations import (
    PledgeRefused,
    ProjectClosed,
    issue_receipt,
    make_pledge,
    move_pledge,
)
from backend.pledges.securing import TooLate, secure_pledge, withdraw_pledge
from tests.backend.payments.rows import (
    CHARGED,
    a_paid_session,
    a_payment,
    a_project_now,
    broken_invariants,
)
from tests.backend.pledges.cards import a_campaign
from tests.factories import a_city, a_committee, a_pledge
from tests.sizes import sized

ROUNDS = sized(200, 2_000)
REFUSALS = (RefundNotPossible, PledgeRefused)
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def both():
    """Do two acts that begin together; return what each gave, or the name of its refusal."""
    start = Barrier(2)

    def one(act):
        start.wait(timeout=30)
        try:
            return act()
        except REFUSALS as refusal:
            return type(refusal).__name__

    def leave(_):
        start.wait(timeout=30)
        connection.close()

    with ThreadPoolExecutor(2) as threads:
        yield lambda *acts: list(threads.map(one, acts))
        list(threads.map(leave, range(2)))


def a_secured_row(project):
    """A pledge whose card is saved, by our rows alone."""
    pledge = a_waiting_row(project)
    a_card_of(pledge)
    secure_pledge(pledge_id=pledge.pk, at=timezone.now())
    return Pledge.objects.get(pk=pledge.pk)


def a_waiting_row(project, **fields):
    pledge = a_pledge(project, at=timezone.now(), **fields)
    move_pledge(pledge_id=pledge.pk, event="checkout_opened", at=timezone.now())
    return Pledge.objects.get(pk=pledge.pk)


def a_card_of(pledge):
    return a_payment(
        pledge.purpose, kind="card", state="saved", session_id=f"cs_{pledge.pk}",
        customer_id="cus_1", method_id="pm_1",
    )  # fmt: skip


def a_charge():
    key = uuid4().hex
    return a_payment(f"other:{key}", state="succeeded", charge_id=f"ch_{key}",
        session_id=f"cs_{key}")  # fmt: skip


def ask(payment, minor, refund_id=None):
    return refunds.request_refund(
        payment_id=payment.pk,
        amount=Money(minor, "EUR"),
        reason="twice",
        asked_by=uuid7(),
        refund_id=refund_id or uuid7(),
        at=timezone.now(),
    ).pk


@pytest.fixture
def campaign():
    """Return what makes a campaign of one town, a moment before its deadline and one after."""
    committee, twin_city = a_committee(), a_city(country="GM")

    def in_its_last_second():
        now = timezone.now()
        project = a_campaign(
            committee=committee,
            home_city=committee.city,
            twin_city=twin_city,
            minimum_minor=2500,
            closes_at=now + timedelta(minutes=1),
        )
        return project, now, now + timedelta(minutes=2)

    return in_its_last_second


def many_cards_of(project, number):
    """Pledges whose cards are saved, written all at once."""
    pledges = [
        Pledge(
            project=project, email="guest@example.org", language="en", currency="EUR",
            gift_minor=2500, state="secured", token=uuid4().hex, public_reference=uuid4().hex,
            made_at=timezone.now(),
        )
        for _pledge in range(number)
    ]  # fmt: skip
    Pledge.objects.bulk_create(pledges)
    Payment.objects.bulk_create(
        Payment(
            kind="card", purpose=pledge.purpose, attempt=1, key=f"{pledge.purpose}:1",
            amount_minor=2500, currency="EUR", state="saved", request={},
            session_id=f"cs_{pledge.pk}", session_expires_at=timezone.now(), customer_id="cus_1",
            method_id="pm_1", created_at=timezone.now(),
        )
        for pledge in pledges
    )  # fmt: skip
    return pledges


class TestRefunds:
    def test_of_the_whole_asked_for_twice_are_one(self, both):
        for _round in range(ROUNDS):
            payment = a_charge()

            answers = both(*2 * [lambda: ask(payment, 2500)])  # noqa: B023  # done here

            assert sorted(map(str, answers))[-1] == "NotRefundable"
            assert Payment.objects.get(pk=payment.pk).returned_minor == 2500
        assert Refund.objects.count() == ROUNDS
        assert "I-refund" not in broken_invariants()

    def test_of_one_form_sent_twice_are_one(self, both):
        for _round in range(ROUNDS):
            payment, refund_id = a_charge(), uuid7()

            answers = both(*2 * [lambda: ask(payment, 1000, refund_id)])  # noqa: B023

            assert answers == [refund_id, refund_id]
            assert Payment.objects.get(pk=payment.pk).returned_minor == 1000
        assert Refund.objects.count() == ROUNDS


class TestTheDeadline:
    def test_counts_a_card_that_is_saved_in_its_second_or_lets_it_go(self, both, campaign):
        for _round in range(ROUNDS):
            project, before, after = campaign()
            pledge = a_waiting_row(project)
            a_card_of(pledge)

            both(
                lambda: secure_pledge(pledge_id=pledge.pk, at=before),  # noqa: B023
                lambda: decide_campaign(project_id=project.pk, at=after),  # noqa: B023
            )

            is_reached = Decision.objects.get(project=project).is_reached
            state = Pledge.objects.get(pk=pledge.pk).state
            assert (is_reached, state) in ((True, "secured"), (False, "expired"))
        assert {"I-promised", "I-aon", "I-state"}.isdisjoint(broken_invariants())

    def test_counts_a_card_that_is_withdrawn_in_its_second_or_not(self, both, campaign):
        for _round in range(ROUNDS):
            project, before, after = campaign()
            pledge = a_secured_row(project)

            withdrawn, _ = both(
                lambda: withdraw_pledge(pledge_id=pledge.pk, at=before),  # noqa: B023
                lambda: decide_campaign(project_id=project.pk, at=after),  # noqa: B023
            )

            is_reached = Decision.objects.get(project=project).is_reached
            assert is_reached == (withdrawn == TooLate.__name__)
        assert {"I-promised", "I-aon", "I-state"}.isdisjoint(broken_invariants())

    def test_takes_a_pledge_before_it_and_none_at_it(self, both):
        for _round in range(ROUNDS):
            project = a_project_now()
            last = project.closes_at - timedelta(microseconds=1)

            answers = both(
                lambda: a_pledge(project, at=last).pk,  # noqa: B023
                lambda: a_pledge(project, at=project.closes_at),  # noqa: B023
            )

            assert answers[1] == ProjectClosed.__name__
            assert list(project.pledges.values_list("pk", flat=True)) == [answers[0]]


class TestTwoSchedulers:
    def test_decide_a_campaign_once(self, both, campaign):
        for _round in range(ROUNDS):
            project, _, after = campaign()

            answers = both(*2 * [lambda: decide_campaign(project_id=project.pk, at=after).pk])  # noqa: B023

            assert answers == 2 * [Decision.objects.get(project=project).pk]
            assert project.transitions.count() == 1

    def test_take_one_card_each_and_none_twice(self, both, campaign):
        project, _, after = campaign()
        many_cards_of(project, 2 * ROUNDS)
        for _round in range(ROUNDS):
            taken = both(*2 * [lambda: _begin_next(project.pk, at=after).purpose])

            assert len(set(taken)) == 2
        charges = Payment.objects.filter(kind="charge")
        assert charges.values("purpose").distinct().count() == charges.count() == 2 * ROUNDS


class TestTheSame:
    def test_key_makes_one_pledge(self, both):
        project = a_project_now()
        for _round in range(ROUNDS):
            key = uuid4().hex

            made = both(*2 * [lambda: made_with(project, key)])  # noqa: B023

            assert len({one.pledge.pk for one in made}) == 1
            assert sorted(one.is_new for one in made) == [False, True]
        assert Pledge.objects.count() == ROUNDS

    def test_event_is_stored_once_with_one_job(self, both):
        now = timezone.now()
        for number in range(ROUNDS):
            pointer = Pointer(
                id=f"evt_{number}",
                type="charge.updated",
                subject_id="ch_1",
                account="",
                livemode=False,
                created_at=now,
            )

            stored = both(
                *2 * [lambda: inbox.store_event(pointer=pointer, was_pulled=False, at=now)]  # noqa: B023
            )

            assert sorted(stored) == [False, True]
        assert StripeEvent.objects.count() == ROUNDS
        assert number_of_jobs("payments.apply_event") == ROUNDS

    def test_payment_told_of_twice_is_booked_once(self, both):
        project = a_project_now()
        for _round in range(ROUNDS):
            payment = a_page_of(a_waiting_row(project))

            both(*2 * [lambda: paid(payment)])  # noqa: B023

        assert Transaction.objects.filter(kind="pledge_settled").count() == ROUNDS
        assert number_of_jobs("pledges.send_receipt") == ROUNDS
        project.refresh_from_db()
        assert (project.raised_minor, project.supporters) == (2500 * ROUNDS, ROUNDS)

    def test_address_signs_up_once(self, both, settings, tmp_path):
        settings.STATIC_ROOT = tmp_path
        settings.ACCOUNT_RATE_LIMITS = False
        settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
        for number in range(ROUNDS):
            names = [f"Person{number}@example.org", f"person{number}@EXAMPLE.org"]

            answers = both(*[lambda name=name: sign_up(name) for name in names])

            assert answers[0] == answers[1]
        assert User.objects.count() == ROUNDS


class TestReceipts:
    def test_of_one_committee_are_numbered_without_a_gap(self, both):
        pledges = many_cards_of(a_project_now(), 2 * ROUNDS)
        now = timezone.now()
        for first, second in zip(pledges[::2], pledges[1::2], strict=True):
            both(
                lambda: issue_receipt(pledge=first, at=now),  # noqa: B023
                lambda: issue_receipt(pledge=second, at=now),  # noqa: B023
            )

        numbers = Receipt.objects.order_by("number").values_list("number", flat=True)
        assert list(numbers) == list(range(1, 2 * ROUNDS + 1))


def made_with(project, key):
    return make_pledge(
        project=project, amount=Money(2500, "EUR"), email="guest@example.org", name="",
        visibility="name_hidden", cover_fee=False, language="en", donor_id=None,
        idempotency_key=key, at=timezone.now(),
    )  # fmt: skip


def a_page_of(pledge):
    return a_payment(pledge.purpose, session_id=f"cs_{pledge.pk}")


def paid(payment):
    """Apply what Stripe tells of a paid page."""
    charged = type(CHARGED)(f"ch_{payment.pk}", 2500, "EUR", 63, f"txn_{payment.pk}")
    session = a_paid_session(payment, charged=charged, intent_id=f"pi_{payment.pk}")
    return apply_session(payment=payment, session=session, at=timezone.now()).state


def sign_up(email):
    body = {"email": email, "password1": "a-very-long-password-7"}
    answer = Client().post(reverse("account_signup"), body)
    return answer.status_code, answer["Location"]


def number_of_jobs(name):
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE task_name = %s", [name])
        return cursor.fetchone()[0]
