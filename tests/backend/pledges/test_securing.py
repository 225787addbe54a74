"""A pledge with a saved card: changed and withdrawn until the deadline, every version kept.

Planted and seen to fall: see the table of faults (tests/architecture/faults.py).
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from backend.mail.models import Mail
from backend.money import Money
from backend.payments.inbox import sweep_payments
from backend.payments.models import Payment
from backend.pledges.closing import decide_campaign
from backend.pledges.models import Pledge, PledgeVersion
from backend.pledges.operations import (
    AmountOutOfRange,
    ConsentMissing,
    ProjectClosed,
    WrongCurrency,
    move_pledge,
    start_payment,
)
from backend.pledges.securing import TooLate, change_pledge, secure_pledge, withdraw_pledge
from backend.projects.models import Project
from tests.backend.payments.rows import broken_invariants
from tests.backend.pledges.cards import (
    a_campaign,
    a_card_page,
    a_secured_pledge,
    past_deadline,
    pull,
    state_of,
)
from tests.factories import NOON, a_pledge, an_open_project

MOMENT = timedelta(milliseconds=1)


def a_promise(**fields):
    """A secured pledge without Stripe, and its campaign that closes in thirty days."""
    project = an_open_project(campaign="all_or_nothing", minimum_minor=5000, **fields)
    pledge = a_pledge(project)
    move_pledge(pledge_id=pledge.pk, event="checkout_opened", at=NOON)
    secure_pledge(pledge_id=pledge.pk, at=NOON)
    return Pledge.objects.get(pk=pledge.pk), project


def change(pledge, minor, **fields):
    return change_pledge(
        **{
            "pledge_id": pledge.pk,
            "amount": Money(minor, "EUR"),
            "cover_fee": False,
            "save_card": True,
            "at": NOON,
            **fields,
        }
    )


def promised(project):
    project.refresh_from_db()
    return project.promised_minor, project.promises


@pytest.mark.django_db
class TestMaking:
    def test_is_refused_without_the_persons_word(self):
        with pytest.raises(ConsentMissing):
            a_pledge(an_open_project(campaign="all_or_nothing"), save_card=False)

        assert not Pledge.objects.exists()

    def test_keeps_the_words_that_were_agreed_to(self):
        a_pledge(an_open_project(campaign="all_or_nothing", minimum_minor=5000), language="fr")

        version = PledgeVersion.objects.get()
        assert (version.number, version.gift_minor, version.language) == (1, 2500, "fr")
        assert "25,00" in version.consent
        assert version.consent_version
        assert version.made_at == NOON

    def test_needs_no_word_where_the_card_is_charged_at_once(self):
        a_pledge(an_open_project(), save_card=False)

        assert not PledgeVersion.objects.exists()

    def test_a_millisecond_after_the_deadline_names_it_on_the_towns_clock(self):
        project = an_open_project(campaign="all_or_nothing", closes_at=NOON)

        with pytest.raises(ProjectClosed, match=r"June 1, 2030, 2:00.PM \(Brussels time\)"):
            a_pledge(project, at=NOON + MOMENT)

    def test_a_millisecond_before_it_is_taken(self):
        project = an_open_project(campaign="all_or_nothing", closes_at=NOON)

        assert a_pledge(project, at=NOON - MOMENT).state == "new"


@pytest.mark.django_db
class TestChanging:
    def test_counts_the_new_sum_and_keeps_the_old_on_record(self):
        pledge, project = a_promise()

        change(pledge, 4000)

        sums = list(PledgeVersion.objects.order_by("number").values_list("number", "gift_minor"))
        assert sums == [(1, 2500), (2, 4000)]
        assert promised(project) == (4000, 1)
        assert broken_invariants() == []

    def test_to_less_counts_less(self):
        pledge, project = a_promise()

        change(pledge, 300, cover_fee=True)

        pledge.refresh_from_db()
        assert pledge.cover_minor > 0
        assert promised(project) == (pledge.gross.minor, 1)
        assert broken_invariants() == []

    def test_to_the_same_makes_no_version(self):
        pledge, _ = a_promise()

        change(pledge, 2500)

        assert PledgeVersion.objects.count() == 1

    def test_ends_with_the_deadline_exactly(self):
        pledge, project = a_promise()

        change(pledge, 3000, at=project.closes_at - MOMENT)
        with pytest.raises(TooLate):
            change(pledge, 4000, at=project.closes_at)

        assert promised(project) == (3000, 1)

    @pytest.mark.parametrize(
        ("fields", "refusal"),
        [
            ({"save_card": False}, ConsentMissing),
            ({"amount": Money(2500, "USD")}, WrongCurrency),
            ({"amount": Money(1, "EUR")}, AmountOutOfRange),
        ],
    )
    def test_needs_the_word_and_a_sum_that_may_be(self, fields, refusal):
        pledge, project = a_promise()

        with pytest.raises(refusal):
            change(pledge, 4000, **fields)

        assert promised(project) == (2500, 1)

    @pytest.mark.parametrize(
        "state", ["new", "pending", "charging", "settled", "withdrawn", "released", "dropped"]
    )
    def test_is_for_secured_pledges_alone(self, state):
        pledge, _ = a_promise()
        settled_at = NOON if state == "settled" else None
        Pledge.objects.update(state=state, settled_at=settled_at)

        with pytest.raises(TooLate):
            change(pledge, 4000)

    def test_leaves_versions_that_nobody_can_rewrite(self):
        a_promise()

        with pytest.raises(IntegrityError, match="stays as it was"), transaction.atomic():
            PledgeVersion.objects.update(gift_minor=1)


@pytest.mark.django_db
class TestWithdrawing:
    def test_counts_no_more_and_is_final(self):
        pledge, project = a_promise()

        withdraw_pledge(pledge_id=pledge.pk, at=NOON)
        withdraw_pledge(pledge_id=pledge.pk, at=NOON)

        assert state_of(pledge) == "withdrawn"
        assert promised(project) == (0, 0)
        assert pledge.transitions.filter(event="withdrawn").count() == 1
        assert broken_invariants() == []

    def test_ends_with_the_deadline_exactly(self):
        pledge, project = a_promise()

        with pytest.raises(TooLate):
            withdraw_pledge(pledge_id=pledge.pk, at=project.closes_at)

        assert state_of(pledge) == "secured"

    def test_is_possible_while_the_project_is_suspended(self):
        pledge, _ = a_promise()
        Project.objects.update(state="suspended")

        withdraw_pledge(pledge_id=pledge.pk, at=NOON)

        assert state_of(pledge) == "withdrawn"


@pytest.mark.django_db(transaction=True)
class TestAtStripe:
    def test_a_withdrawn_pledges_card_is_let_go(self, sandbox):
        project = a_campaign(sandbox)
        pledge = a_secured_pledge(sandbox, project)

        withdraw_pledge(pledge_id=pledge.pk, at=timezone.now())
        pull(project)

        assert Payment.objects.get().state == "released"
        assert Mail.objects.filter(kind="pledge_withdrawn").count() == 1
        assert broken_invariants() == []

    def test_letting_go_is_tried_again_when_stripe_was_silent(self, sandbox):
        project = a_campaign(sandbox)
        pledge = a_secured_pledge(sandbox, project)
        detach = {"kind": "drop_after", "count": 1, "path": "/v1/payment_methods"}
        sandbox.control("faults/next", detach)

        withdraw_pledge(pledge_id=pledge.pk, at=timezone.now())
        pull(project)
        waiting = Payment.objects.get().state
        sweep_payments(at=timezone.now())

        assert (waiting, Payment.objects.get().state) == ("releasing", "released")

    def test_a_page_cannot_be_opened_from_the_deadline_on(self, sandbox):
        project = a_campaign(sandbox)
        pledge = a_pledge(project, at=timezone.now())

        with pytest.raises(ProjectClosed):
            start_payment(pledge=pledge, at=project.closes_at)

        assert not Payment.objects.exists()

    def test_a_page_opened_twice_is_one(self, sandbox):
        project = a_campaign(sandbox)
        _, page = a_card_page(project)

        again = start_payment(pledge=Pledge.objects.get(), at=timezone.now())

        assert again == page.session_url
        assert Payment.objects.count() == 1

    def test_withdrawn_and_decided_in_one_moment_is_one_or_the_other(self, sandbox):
        for _ in range(10):
            project = a_campaign(minimum_minor=2500)
            pledge = a_pledge(project, at=timezone.now())
            Pledge.objects.filter(pk=pledge.pk).update(state="pending")
            secure_pledge(pledge_id=pledge.pk, at=timezone.now())
            before = timezone.now()
            past_deadline(project)
            Project.objects.filter(pk=project.pk).update(closes_at=before + timedelta(seconds=1))
            start = Barrier(2)

            def withdraw(pledge=pledge, before=before, start=start):
                start.wait()
                try:
                    withdraw_pledge(pledge_id=pledge.pk, at=before)
                except TooLate:
                    return False
                finally:
                    connection.close()
                return True

            def decide(project=project, before=before, start=start):
                start.wait()
                try:
                    return decide_campaign(
                        project_id=project.pk, at=before + timedelta(seconds=2)
                    ).is_reached
                finally:
                    connection.close()

            with ThreadPoolExecutor(2) as threads:
                withdrawn, reached = threads.submit(withdraw), threads.submit(decide)

            assert withdrawn.result() != reached.result()
            assert state_of(pledge) == ("secured" if reached.result() else "withdrawn")
