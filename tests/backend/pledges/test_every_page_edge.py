"""Every edge along which a page leads a pledge and its payments, reached through the sandbox.

Together with the edges of saved cards (test_every_card_edge) and of money that goes back
(tests/backend/payments/test_every_edge) these must be all that the graphs of pledge, payment,
refund and dispute have: an edge added to a table without a story falls here. And no other way can
be gone: a state is written by the one function of its graph that asks the table first.

Planted and seen to fall: an edge from withdrawn to pending, and one from released to saved, added
to the tables; a story that claims an edge it does not go along; a pledge's state written by
another function than the one of the graph.
"""

import ast
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from backend.giving.operations import move_gift
from backend.payments import dispute_states, inbox, refund_states
from backend.payments import states as payment_states
from backend.payments.models import Payment, PaymentTransition, Refund
from backend.payments.operations import move_payment
from backend.pledges import states
from backend.pledges.models import Pledge, PledgeTransition
from backend.pledges.operations import PaymentNotStarted, start_payment
from backend.projects import states as project_states
from tests.architecture.trees import ROOT
from tests.backend.giving import rows as monthly
from tests.backend.payments.rows import (
    a_project_now,
    broken_invariants,
    pull_and_apply,
    refund_in_the_dashboard,
)
from tests.backend.payments.test_every_edge import OF_DISPUTES, OF_PLEDGES, OF_REFUNDS
from tests.backend.pledges import test_every_card_edge as of_cards
from tests.backend.pledges.cards import DECLINED_LATER, a_campaign, a_secured_pledge, close, pull
from tests.factories import a_committee, a_pledge
from tests.jobs import do_jobs
from tests.sandbox.steps import client_of

SESSIONS = {"path": "/v1/checkout/sessions"}


class Scene:
    """A pledge to a project on an account of its own, and what its donor does on the pages."""

    def __init__(self, sandbox):
        self.sandbox = sandbox
        self.account = sandbox.control("accounts", {"currency": "eur"})["id"]
        sandbox.control("balance", {"amount_minor": 90_000, "account": self.account})
        self.committee = a_committee(stripe_account=self.account)
        self.pledge = a_pledge(a_project_now(committee=self.committee), at=timezone.now())

    def open(self):
        """Open a page and return its payment."""
        pledge = Pledge.objects.select_related("project__committee").get(pk=self.pledge.pk)
        start_payment(pledge=pledge, at=timezone.now())
        return Payment.objects.order_by("attempt").last()

    def open_second(self):
        """Let the answer that opened a first page be lost, its key be dead; open a second."""
        lost = {"kind": "error_after", "count": 1, "verb": "post", **SESSIONS}
        self.sandbox.control("faults/next", lost)
        self.sandbox.control(
            "faults/next", {"kind": "error_before", "count": 3, "verb": "get", **SESSIONS}
        )
        second = self.open()
        self.sandbox.control("faults/clear", {})
        return Payment.objects.get(attempt=1), second

    def lost_session(self):
        """Return the first page's id, which only Stripe knows."""
        known = Payment.objects.exclude(session_id=None).values_list("session_id", flat=True)
        client = client_of(self.sandbox, key="sk_test_sandbox", account=self.account)
        (lost,) = [s.id for s in client.v1.checkout.sessions.list().data if s.id not in known]
        return lost

    def expire(self, payment):
        self.sandbox.control(f"checkout/sessions/{payment.session_id}/expire", {})
        self.look()

    def debit(self, payment):
        """Pay by a method whose bank answers later; return the intent to answer about."""
        told = self.sandbox.complete(payment.session_id, method="sepa_debit")
        self.look()
        return told["payment_intent"]

    def bank(self, intent, answer):
        self.sandbox.control(f"payment_intents/{intent}/{answer}", {})
        self.look()

    def pay(self, session_id):
        self.sandbox.complete(session_id)
        self.look()

    def look(self):
        pull_and_apply(self.account)


def ask_for_less(payment):
    """Make the row say less than Stripe's page charges, as if Stripe had charged more."""
    Payment.objects.filter(pk=payment.pk).update(amount_minor=payment.amount_minor - 1)


def paid(sandbox):
    scene = Scene(sandbox)
    scene.pay(scene.open().session_id)


def left_and_opened_again(sandbox):
    scene = Scene(sandbox)
    scene.expire(scene.open())
    scene.open()


def refused_by_stripe(sandbox):
    project = a_project_now(committee=a_committee(stripe_account="acct_of_nobody"))
    with pytest.raises(PaymentNotStarted):
        start_payment(pledge=a_pledge(project, at=timezone.now()), at=timezone.now())


def debited(sandbox):
    scene = Scene(sandbox)
    scene.bank(scene.debit(scene.open()), "settle")


def bounced_and_opened_again(sandbox):
    scene = Scene(sandbox)
    scene.bank(scene.debit(scene.open()), "fail")
    scene.open()


def bounced_then_stripe_broken(sandbox):
    scene = Scene(sandbox)
    scene.bank(scene.debit(scene.open()), "fail")
    broken = {"kind": "error_before", "count": 3, "verb": "post", **SESSIONS}
    sandbox.control("faults/next", broken)
    scene.open()


def wrong_and_given_back(sandbox):
    scene = Scene(sandbox)
    payment = scene.open()
    ask_for_less(payment)
    scene.pay(payment.session_id)
    payment.refresh_from_db()
    refund_in_the_dashboard(payment, 2500)
    scene.look()


def wrong_by_debit(sandbox):
    scene = Scene(sandbox)
    payment = scene.open()
    intent = scene.debit(payment)
    ask_for_less(payment)
    scene.bank(intent, "settle")


def paid_on_a_lost_page(sandbox):
    scene = Scene(sandbox)
    _, second = scene.open_second()
    scene.expire(second)
    scene.pay(scene.lost_session())


def wrong_on_a_lost_page_then_right(sandbox):
    scene = Scene(sandbox)
    first, second = scene.open_second()
    ask_for_less(first)
    scene.pay(scene.lost_session())
    scene.pay(second.session_id)


def wrong_on_a_lost_page(sandbox):
    scene = Scene(sandbox)
    first, second = scene.open_second()
    scene.expire(second)
    ask_for_less(first)
    scene.pay(scene.lost_session())


def paid_on_a_lost_page_after_a_bounce(sandbox):
    scene = Scene(sandbox)
    _, second = scene.open_second()
    scene.bank(scene.debit(second), "fail")
    scene.pay(scene.lost_session())


def wrong_on_a_lost_page_after_a_bounce(sandbox):
    scene = Scene(sandbox)
    first, second = scene.open_second()
    scene.bank(scene.debit(second), "fail")
    ask_for_less(first)
    scene.pay(scene.lost_session())


def late_and_returned_and_back_again(sandbox):
    scene = Scene(sandbox)
    _, second = scene.open_second()
    scene.pay(second.session_id)
    scene.pay(scene.lost_session())
    sandbox.control(f"refunds/{Refund.objects.get().stripe_id}/fail", {})
    scene.look()


def paid_on_both_pages(sandbox):
    scene = Scene(sandbox)
    _, second = scene.open_second()
    sandbox.complete(scene.lost_session())
    inbox.pull_events(account=scene.account, at=timezone.now())
    sandbox.complete(second.session_id)
    do_jobs()


def debited_beside_a_payment(sandbox):
    scene = Scene(sandbox)
    _, second = scene.open_second()
    intent = scene.debit(second)
    scene.pay(scene.lost_session())
    scene.bank(intent, "settle")


def late_for_a_page_that_was_refused(sandbox):
    """A page's answer was lost; when its key is forgotten, its end is too near to ask again."""
    scene = Scene(sandbox)
    sandbox.control("faults/next", {"kind": "drop_after", "count": 1, "verb": "post", **SESSIONS})
    sandbox.control("faults/next", {"kind": "drop_before", "count": 9, **SESSIONS})
    with pytest.raises(PaymentNotStarted):
        scene.open()
    sandbox.control("faults/clear", {})
    lost = scene.lost_session()
    first = Payment.objects.get()
    near = int((timezone.now() + timedelta(minutes=20)).timestamp())
    Payment.objects.update(request={**first.request, "expires_at": near})
    sandbox.control("settings", {"idempotency_seconds": 0})
    second = scene.open()
    sandbox.control("settings", {"idempotency_seconds": 86_400})
    scene.pay(second.session_id)
    scene.pay(lost)


def a_declined_charge(sandbox):
    """A charge without a page that the bank declined, and how to confirm it behind our back."""
    project = a_campaign(sandbox, minimum_minor=2500)
    a_secured_pledge(sandbox, project, card=DECLINED_LATER)
    close(project)
    charge = Payment.objects.get(kind="charge")
    client = client_of(sandbox, key="sk_test_sandbox", account=charge.account)

    def confirm():
        client.v1.payment_intents.confirm(charge.intent_id, {"payment_method": "pm_card_visa"})
        pull(project)

    return charge, confirm


def charged_elsewhere(sandbox):
    _, confirm = a_declined_charge(sandbox)
    confirm()


def charged_elsewhere_and_wrong(sandbox):
    charge, confirm = a_declined_charge(sandbox)
    ask_for_less(charge)
    confirm()


def given_every_month_then_stopped(sandbox):
    gift = monthly.a_living_gift(sandbox)
    subscription = monthly.subscription_of(sandbox, gift)
    monthly.stripe_of(sandbox, gift).v1.subscriptions.cancel(subscription.id)
    monthly.pull(gift)


def given_every_month_on_a_lost_page(sandbox):
    gift, page = monthly.on_stripes_page(sandbox)
    with transaction.atomic():
        move_payment(
            Payment.objects.select_for_update().get(pk=page.pk), "expired", at=gift.made_at
        )
        move_gift(gift_id=gift.pk, event="page_expired", at=gift.made_at)
    sandbox.complete(page.session_id)
    monthly.pull(gift)


# What each story goes along, pledges first; each edge stands with the story that it is about.
STORIES = {
    paid: {
        ("new", "checkout_opened", "pending"),
        ("pending", "payment_settled", "settled"),
        ("new", "opened", "open"),
        ("open", "settled", "succeeded"),
    },
    left_and_opened_again: {
        ("pending", "payment_expired", "expired"),
        ("expired", "checkout_opened", "pending"),
        ("open", "expired", "expired"),
    },
    refused_by_stripe: {
        ("new", "payment_expired", "expired"),
        ("new", "refused", "failed"),
    },
    debited: {
        ("open", "processing", "processing"),
        ("processing", "settled", "succeeded"),
    },
    bounced_and_opened_again: {
        ("pending", "payment_failed", "dropped"),
        ("dropped", "checkout_opened", "pending"),
        ("processing", "failed", "failed"),
    },
    bounced_then_stripe_broken: {
        ("dropped", "payment_expired", "expired"),
        ("new", "never_started", "expired"),
    },
    wrong_and_given_back: {
        ("pending", "payment_quarantined", "quarantined"),
        ("quarantined", "payment_returned", "dropped"),
        ("open", "mismatch", "quarantined"),
        ("quarantined", "returned", "returned"),
    },
    wrong_by_debit: {("processing", "mismatch", "quarantined")},
    paid_on_a_lost_page: {
        ("expired", "payment_settled", "settled"),
        ("expired", "settled", "succeeded"),
    },
    wrong_on_a_lost_page_then_right: {("quarantined", "payment_settled", "settled")},
    wrong_on_a_lost_page: {
        ("expired", "payment_quarantined", "quarantined"),
        ("expired", "mismatch", "quarantined"),
    },
    paid_on_a_lost_page_after_a_bounce: {("dropped", "payment_settled", "settled")},
    wrong_on_a_lost_page_after_a_bounce: {("dropped", "payment_quarantined", "quarantined")},
    late_and_returned_and_back_again: {
        ("expired", "late", "late"),
        ("late", "returned", "returned"),
        ("returned", "came_back", "late"),
    },
    paid_on_both_pages: {("open", "late", "late")},
    debited_beside_a_payment: {("processing", "late", "late")},
    late_for_a_page_that_was_refused: {("failed", "late", "late")},
    charged_elsewhere: {("failed", "settled", "succeeded")},
    charged_elsewhere_and_wrong: {("failed", "mismatch", "quarantined")},
    given_every_month_then_stopped: {("open", "begun", "begun"), ("begun", "over", "over")},
    given_every_month_on_a_lost_page: {("expired", "begun", "begun")},
}
TOLD_BY_STORIES = set().union(*STORIES.values(), *of_cards.STORIES.values())


def edges(graph):
    return {(edge.old, edge.event, edge.new) for edge in graph.EDGES}


def with_ends(table, graph):
    """Return the edges of a table that names them by state and event alone."""
    return {(old, event, graph.next_state(old, event)) for old, event in table}


class TestAllStories:
    def test_tell_of_every_edge_of_a_pledge_and_of_none_that_is_not(self):
        told = TOLD_BY_STORIES - edges(payment_states) - edges(project_states)

        assert told | with_ends(OF_PLEDGES, states) == edges(states)
        assert len(edges(states)) >= 38

    def test_tell_of_every_edge_of_a_payment_and_of_none_that_is_not(self):
        told = TOLD_BY_STORIES - edges(states) - edges(project_states)

        assert told == edges(payment_states)
        assert len(told) >= 29

    @pytest.mark.parametrize(
        ("table", "graph"), [(OF_REFUNDS, refund_states), (OF_DISPUTES, dispute_states)]
    )
    def test_tell_of_every_edge_of_what_goes_back(self, table, graph):
        assert with_ends(table, graph) == edges(graph)

    def test_mean_one_graph_by_each_edge(self):
        one, other, third = edges(states), edges(payment_states), edges(project_states)

        assert one.isdisjoint(other)
        assert third.isdisjoint(one | other)

    @pytest.mark.django_db(transaction=True)
    @pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
    def test_go_along_their_edges_at_the_sandbox(self, sandbox, story):
        story(sandbox)

        do_jobs()
        gone = {
            row
            for transitions in (PledgeTransition, PaymentTransition)
            for row in transitions.objects.values_list("old", "event", "new")
        }
        assert STORIES[story] - gone == set()
        assert set(broken_invariants()) <= {"I-amount"}


# The one function of each graph that writes a state, after it has asked the table.
WRITERS = {
    "backend/payments/accounts.py move_account",
    "backend/payments/disputes.py _decide",
    "backend/payments/operations.py move_payment",
    "backend/payments/payouts.py _move",
    "backend/payments/refunds.py _move",
    "backend/pledges/operations.py take_edge",
    "backend/projects/operations.py move_project",
}
APPS_WITH_GRAPHS = ("payments", "pledges", "projects")
# Rows of the inbox have a state too, which is no graph: what came, and whether it was applied.
OF_THE_INBOX = "backend/payments/inbox.py _close"


def writers_of_state(sources):
    """Return the functions that give a row a state: by assignment, or by an update."""
    found = set()
    for name, text in sources.items():
        for function in ast.walk(ast.parse(text)):
            if isinstance(function, ast.FunctionDef) and any(map(writes_state, ast.walk(function))):
                found.add(f"{name} {function.name}")
    return found


def writes_state(node):
    if isinstance(node, ast.Assign):
        targets = [
            part
            for target in node.targets
            for part in (target.elts if isinstance(target, ast.Tuple) else [target])
        ]
        return any(isinstance(part, ast.Attribute) and part.attr == "state" for part in targets)
    called = node.func if isinstance(node, ast.Call) else None
    return (
        isinstance(called, ast.Attribute)
        and called.attr in ("update", "bulk_create", "create", "get_or_create")
        and any(keyword.arg == "state" for keyword in node.keywords)
    )


class TestNoOtherWay:
    def test_is_there_but_the_one_function_of_each_graph(self):
        sources = {
            str(path.relative_to(ROOT)): path.read_text()
            for app in APPS_WITH_GRAPHS
            for path in sorted((ROOT / "backend" / app).rglob("*.py"))
            if "migrations" not in path.parts
        }

        assert writers_of_state(sources) - {OF_THE_INBOX} == WRITERS

    @pytest.mark.parametrize(
        "text",
        [
            "def go():\n    pledge.state = 'settled'",
            "def go():\n    pledge.settled_at, pledge.state = at, 'settled'",
            "def go():\n    Pledge.objects.filter(pk=1).update(state='settled')",
            "def go():\n    Payment.objects.create(state='succeeded')",
        ],
    )
    def test_goes_unseen(self, text):
        assert writers_of_state({"backend/pledges/closing.py": text}) == {
            "backend/pledges/closing.py go"
        }
