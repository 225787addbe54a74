"""A project that does not go ahead gives back what it received, each gift once.

Planted and seen to fall: the subscriber or the sweep left out; a new id for each refund; samples
paid back; the hold passed by. A disputed gift is kept back in two places, so either may fail.
"""

from datetime import timedelta

import pytest
from django.utils import timezone

from backend.mail.models import Mail
from backend.payments.models import Payment, Refund
from backend.payments.refunds import free_refunds, hold_refunds
from backend.pledges.campaigns import look_after_campaigns
from backend.pledges.models import Pledge
from backend.pledges.operations import start_payment
from backend.pledges.paying_back import gifts_to_pay_back, pay_back
from backend.projects.models import Project
from backend.projects.operations import close_due_projects, decide_short
from tests.backend.payments.rows import (
    a_project_now,
    a_row_of_a_pledge,
    broken_invariants,
    pull_and_apply,
    refund,
    refund_in_the_dashboard,
    top_up,
)
from tests.backend.pledges.cards import state_of
from tests.factories import a_committee
from tests.jobs import do_jobs

pytestmark = pytest.mark.django_db(transaction=True)
REASON = {"fr": "Le terrain a été vendu."}


@pytest.fixture
def short(sandbox):
    """A campaign that closed under its minimum with two gifts of 25.00."""
    account = sandbox.control("accounts", {"currency": "eur"})["id"]
    top_up(sandbox, account, "EUR")
    project = a_project_now(
        committee=a_committee(stripe_account=account), goal_minor=50_000, minimum_minor=50_000
    )
    for language in ("en", "fr"):
        paid(sandbox, project, language=language)
    Project.objects.filter(pk=project.pk).update(closes_at=timezone.now())
    assert close_due_projects(at=timezone.now()) == 1
    return project


def paid(sandbox, project, **fields):
    pledge = a_row_of_a_pledge(project, 2500, **fields)
    start_payment(pledge=pledge, at=timezone.now())
    sandbox.complete(Payment.objects.get(purpose=pledge.purpose).session_id)
    pull_and_apply(project.committee.stripe_account)
    return pledge


def decide(project, *, goes_ahead=False):
    decide_short(
        project_id=project.pk, goes_ahead=goes_ahead, reason=REASON, by="chair", at=timezone.now()
    )
    do_jobs()
    pull(project)


def pull(project):
    pull_and_apply(project.committee.stripe_account)
    do_jobs()


def sweep(project):
    look_after_campaigns(at=timezone.now())
    do_jobs()
    pull(project)


def pledges_of(project):
    return list(Pledge.objects.filter(project=project).order_by("id"))


def test_all_gifts_go_back_with_the_reason_and_the_total_is_nothing(short):
    decide(short)

    assert [pledge.state for pledge in pledges_of(short)] == ["refunded", "refunded"]
    assert Project.objects.get(pk=short.pk).raised_minor == 0
    assert {row.reason for row in Refund.objects.all()} == {REASON["fr"]}
    assert Mail.objects.filter(kind="pledge_refunded").count() == 2
    assert broken_invariants() == []


def test_nothing_goes_back_where_the_committee_goes_ahead(short):
    decide(short, goes_ahead=True)
    sweep(short)

    assert not Refund.objects.exists()
    assert list(gifts_to_pay_back()) == []


def test_the_sweep_goes_on_where_the_job_was_lost_and_asks_for_nothing_twice(short):
    Project.objects.filter(pk=short.pk).update(state="failed", state_reason=REASON)

    for _time in range(2):
        sweep(short)

    assert Refund.objects.count() == 2
    assert pay_back(project_id=short.pk) == 0


def test_only_the_rest_goes_back_of_a_gift_that_went_back_in_part(short):
    first, second = pledges_of(short)
    refund(first, 1000)
    refund_in_the_dashboard(Payment.objects.get(purpose=second.purpose), 500)
    pull(short)

    decide(short)

    sums = sorted(Refund.objects.values_list("amount_minor", flat=True))
    assert sums == [500, 1000, 1500, 2000]
    assert broken_invariants() == []


def test_a_gift_that_settles_after_the_decision_goes_back_too(sandbox, short):
    Project.objects.filter(pk=short.pk).update(
        state="published", closes_at=timezone.now() + timedelta(days=1)
    )
    slow = a_row_of_a_pledge(short, 2500)
    start_payment(pledge=slow, at=timezone.now())
    session = Payment.objects.get(purpose=slow.purpose).session_id
    intent = sandbox.complete(session, method="sepa_debit")["payment_intent"]
    pull(short)
    Project.objects.filter(pk=short.pk).update(state="short")
    decide(short)
    assert state_of(slow) == "pending"

    sandbox.control(f"payment_intents/{intent}/settle", {})
    pull(short)
    sweep(short)

    assert state_of(slow) == "refunded"


def test_what_a_bank_sent_back_is_left_to_a_person(sandbox, short):
    decide(short)
    gift, _other = pledges_of(short)
    sent = Refund.objects.get(payment__purpose=gift.purpose)

    sandbox.control(f"refunds/{sent.stripe_id}/fail", {})
    pull(short)
    sweep(short)

    assert state_of(gift) == "settled"
    assert Refund.objects.filter(payment__purpose=gift.purpose).count() == 1
    assert Mail.objects.filter(kind="pledge_refund_failed").count() == 1


def test_a_disputed_gift_waits_for_the_bank(sandbox, short):
    disputed, _other = pledges_of(short)
    charge = Payment.objects.get(purpose=disputed.purpose).charge_id
    dispute = sandbox.control(f"charges/{charge}/dispute", {})
    pull(short)

    decide(short)
    assert state_of(disputed) == "disputed"
    assert Refund.objects.count() == 1

    sandbox.control(f"disputes/{dispute['id']}/win", {})
    pull(short)
    sweep(short)
    assert state_of(disputed) == "refunded"


def test_all_wait_while_the_books_disagree(short):
    hold_refunds(at=timezone.now())
    decide(short)
    assert not Refund.objects.exists()

    free_refunds()
    sweep(short)
    assert Refund.objects.count() == 2


def test_a_sample_of_the_demonstration_is_left_alone(short):
    Pledge.objects.filter(project=short).update(is_sample=True)

    decide(short)

    assert not Refund.objects.exists()


def test_a_donor_reads_why_in_words_where_nothing_was_said(short):
    Project.objects.filter(pk=short.pk).update(state="failed")

    sweep(short)

    assert "The project does not go ahead." in Refund.objects.values_list("reason", flat=True)
