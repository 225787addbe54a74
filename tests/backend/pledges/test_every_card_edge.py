"""Every edge that all-or-nothing added to the three graphs, reached through the sandbox.

Each story says which edges it goes along; together they must be all. That no other edge can be is
for the tests of the graphs themselves (test_states, of pledges, payments and projects).

Planted and seen to fall: an edge added to a table without a story; the card seen late not taken.
"""

import pytest
from django.utils import timezone

from backend.money import Money
from backend.payments import states as payment_states
from backend.payments.models import Payment, PaymentTransition
from backend.pledges import states
from backend.pledges.campaigns import look_after_campaigns
from backend.pledges.closing import decide_campaign
from backend.pledges.models import PledgeTransition
from backend.pledges.operations import start_payment
from backend.pledges.recovery import WINDOW, ask_bank, pay_otherwise
from backend.pledges.securing import withdraw_pledge
from backend.projects import states as project_states
from backend.projects.models import ProjectTransition
from tests.backend.payments.rows import broken_invariants
from tests.backend.pledges.cards import (
    ASKS_ALWAYS,
    DECLINED_LATER,
    a_campaign,
    a_secured_pledge,
    close,
    past_deadline,
    pull,
)
from tests.backend.pledges.test_recovery import at_the_bank
from tests.factories import a_pledge
from tests.jobs import do_jobs
from tests.sandbox.steps import client_of

CONFIRM = {"verb": "post", "path": "/v1/payment_intents/pi"}
SESSIONS = {"path": "/v1/checkout/sessions"}


def saved_and_charged(sandbox):
    project = a_campaign(sandbox, minimum_minor=2500)
    a_secured_pledge(sandbox, project)
    close(project)


def withdrawn(sandbox):
    project = a_campaign(sandbox)
    pledge = a_secured_pledge(sandbox, project)
    withdraw_pledge(pledge_id=pledge.pk, at=timezone.now())
    pull(project)


def missed(sandbox):
    project = a_campaign(sandbox)
    a_secured_pledge(sandbox, project)
    close(project)


def given_up(sandbox):
    project = a_campaign(sandbox, minimum_minor=2500)
    pledge = a_secured_pledge(sandbox, project, card=DECLINED_LATER)
    close(project)
    pledge.refresh_from_db()
    look_after_campaigns(at=pledge.failing_since + WINDOW)
    do_jobs()


def confirmed_with_the_bank(sandbox):
    project, pledge = a_failing(sandbox)
    at_the_bank(sandbox, ask_bank(pledge=pledge, at=timezone.now()), "approve")
    pull(project)


def left_at_the_bank_for_another_card(sandbox):
    project, pledge = a_failing(sandbox)
    ask_bank(pledge=pledge, at=timezone.now())
    pay_otherwise(pledge=pledge, at=timezone.now())
    sandbox.complete(Payment.objects.get(kind="page").session_id)
    pull(project)


def wrong_at_the_bank(sandbox):
    project, pledge = a_failing(sandbox)
    url = ask_bank(pledge=pledge, at=timezone.now())
    Payment.objects.filter(kind="charge").update(amount_minor=2499)
    at_the_bank(sandbox, url, "approve")
    pull(project)


def wrong_in_the_charge(sandbox):
    project = a_campaign(sandbox, minimum_minor=2500)
    a_secured_pledge(sandbox, project)
    past_deadline(project)
    decide_campaign(project_id=project.pk, at=timezone.now())
    sandbox.control("faults/next", {"kind": "drop_before", "count": 9, **CONFIRM})
    do_jobs()
    sandbox.control("faults/clear", {})
    Payment.objects.filter(kind="charge").update(amount_minor=2499)
    look_after_campaigns(at=timezone.now())
    do_jobs()


def seen_late(sandbox):
    """The first page's answer is lost and its key dead; the second page runs out."""
    project = a_campaign(sandbox)
    pledge = a_pledge(project, at=timezone.now())
    sandbox.control("faults/next", {"kind": "error_after", "count": 1, "verb": "post", **SESSIONS})
    sandbox.control("faults/next", {"kind": "error_before", "count": 3, "verb": "get", **SESSIONS})
    start_payment(pledge=pledge, at=timezone.now())
    sandbox.control("faults/clear", {})
    second = Payment.objects.get(state="open")
    sandbox.control(f"checkout/sessions/{second.session_id}/expire", {})
    pull(project)
    account = project.committee.stripe_account
    client = client_of(sandbox, key="sk_test_sandbox", account=account)
    (first,) = [s for s in client.v1.checkout.sessions.list().data if s.id != second.session_id]
    sandbox.complete(first.id)
    pull(project)


def a_failing(sandbox):
    project = a_campaign(sandbox)
    a_secured_pledge(sandbox, project, amount=Money(5000, "EUR"))
    pledge = a_secured_pledge(sandbox, project, card=ASKS_ALWAYS, email="failing@example.org")
    close(project)
    pledge.refresh_from_db()
    return project, pledge


STORIES = {
    saved_and_charged: {
        ("pending", "card_saved", "secured"),
        ("secured", "charge_begun", "charging"),
        ("charging", "payment_settled", "settled"),
        ("open", "saved", "saved"),
        ("saved", "let_go", "releasing"),
        ("releasing", "released", "released"),
        ("published", "minimum_reached", "closing"),
        ("closing", "charges_done", "succeeded"),
    },
    withdrawn: {("secured", "withdrawn", "withdrawn")},
    missed: {
        ("secured", "card_released", "released"),
        ("published", "minimum_missed", "failed"),
    },
    given_up: {
        ("charging", "charge_declined", "failing"),
        ("failing", "given_up", "dropped"),
        ("open", "declined", "failed"),
        ("failed", "cancelled", "expired"),
        ("closing", "charges_fell_short", "short"),
    },
    confirmed_with_the_bank: {
        ("failed", "asked_again", "open"),
        ("failing", "payment_settled", "settled"),
    },
    left_at_the_bank_for_another_card: {("open", "cancelled", "expired")},
    wrong_at_the_bank: {("failing", "payment_quarantined", "quarantined")},
    wrong_in_the_charge: {("charging", "payment_quarantined", "quarantined")},
    seen_late: {
        ("expired", "card_saved", "secured"),
        ("expired", "saved", "saved"),
    },
}
OF_CARDS = {
    "card_saved", "withdrawn", "card_released", "charge_begun", "charge_declined", "given_up",
    "saved", "let_go", "released", "declined", "asked_again", "cancelled",
    "minimum_reached", "minimum_missed", "charges_done", "charges_fell_short",
}  # fmt: skip
GRAPHS = (*states.EDGES, *payment_states.EDGES, *project_states.EDGES)
WANTED = {
    (edge.old, edge.event, edge.new)
    for edge in GRAPHS
    if edge.event in OF_CARDS or edge.old in ("charging", "failing")
}


class TestEveryEdge:
    def test_of_saved_cards_has_a_story(self):
        assert set().union(*STORIES.values()) == WANTED
        assert len(WANTED) >= 23

    @pytest.mark.django_db(transaction=True)
    @pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
    def test_is_gone_along_at_the_sandbox(self, sandbox, settings, story):
        settings.CHARGE_BROKEN_OFF_SECONDS = 0

        story(sandbox)

        gone = {
            row
            for transitions in (PledgeTransition, PaymentTransition, ProjectTransition)
            for row in transitions.objects.values_list("old", "event", "new")
        }
        assert STORIES[story] - gone == set()
        assert set(broken_invariants()) <= {"I-amount"}
