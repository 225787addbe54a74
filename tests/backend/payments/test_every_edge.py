"""Every way from one state of refunds, disputes and paid pledges to another, gone at the sandbox.

The tables of ways are held against the graphs: an edge without a way fails, and so does a way
that is no edge. What is not in a graph is refused by code and by the database.

Planted and seen to fall: an edge from refused to sent added to the graph of refunds; the way of a
lost dispute out of an inquiry taken from its table.
"""

from datetime import timedelta
from itertools import product

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from backend.common.ids import uuid7
from backend.payments import dispute_states, refund_states, refunds
from backend.payments.models import (
    Dispute,
    DisputeTransition,
    Refund,
    RefundTransition,
)
from backend.payments.states import NoSuchEdge
from backend.pledges import states as pledge_states
from backend.pledges.models import PledgeTransition
from tests.backend.payments.rows import (
    a_paid_pledge,
    a_payment,
    broken_invariants,
    pull_and_apply,
    refund,
    refund_in_the_dashboard,
    top_up,
)
from tests.factories import NOON

# A number is a refund of so many cents; the other acts are the methods of Scene.
OF_PLEDGES = {
    ("settled", "part_went_back"): [1000],
    ("settled", "all_went_back"): [2500],
    ("settled", "dispute_opened"): ["dispute"],
    ("part_refunded", "all_went_back"): [1000, 1500],
    ("part_refunded", "all_is_here"): [1000, "fail"],
    ("part_refunded", "dispute_opened"): [1000, "dispute"],
    ("refunded", "part_went_back"): [1000, 1500, "fail"],
    ("refunded", "all_is_here"): [2500, "fail"],
    ("refunded", "dispute_opened"): [2500, "dispute"],
    ("disputed", "all_is_here"): ["dispute", "win"],
    ("disputed", "part_went_back"): [1000, "dispute", "win"],
    ("disputed", "all_went_back"): ["dispute", "lose"],
}
OF_REFUNDS = {
    ("requested", "sent"): ["top_up", 2500],
    ("requested", "accepted"): [2500],
    ("requested", "refused"): ["dispute_unheard", 2500],
    ("requested", "failed"): ["silence_unheard", 2500, "speech_unheard", "fail_unheard", "sweep"],
    ("pending", "sent"): [2500, "top_up", "look"],
    ("pending", "failed"): [2500, "fail"],
    ("sent", "failed"): ["top_up", 2500, "fail"],
}
OF_DISPUTES = {
    ("new", "asked"): ["inquire"],
    ("new", "opened"): ["dispute"],
    ("new", "won"): ["dispute_unheard", "win"],
    ("new", "lost"): ["dispute_unheard", "lose"],
    ("new", "closed"): ["inquire_unheard", "win"],
    ("inquiry", "opened"): ["inquire", "lose"],
    ("inquiry", "won"): ["inquire", "lose_unheard", "win"],
    ("inquiry", "lost"): ["inquire", "lose_unheard", "lose"],
    ("inquiry", "closed"): ["inquire", "win"],
    ("open", "won"): ["dispute", "win"],
    ("open", "lost"): ["dispute", "lose"],
}


class Scene:
    """A paid pledge, and what treasurer, bank and Stripe do with it."""

    def __init__(self, sandbox, *, on_balance):
        self.sandbox = sandbox
        self.pledge, self.payment = a_paid_pledge(sandbox, on_balance=on_balance)
        self.contested = ""

    def play(self, acts):
        for act in acts:
            if isinstance(act, int):
                refund(self.pledge, act)
            else:
                getattr(self, act.removesuffix("_unheard"))()
                if not act.endswith("_unheard"):
                    self.look()

    def look(self):
        pull_and_apply(self.payment.account)

    def dispute(self, **how):
        told = self.sandbox.control(f"charges/{self.payment.charge_id}/dispute", how)
        self.contested = told["id"]

    def inquire(self):
        self.dispute(inquiry=True)

    def win(self):
        self.sandbox.control(f"disputes/{self.contested}/win", {})

    def lose(self):
        self.sandbox.control(f"disputes/{self.contested}/lose", {})

    def fail(self):
        told = refunds.refunds_of(charge_id=self.payment.charge_id, account=self.payment.account)
        self.sandbox.control(f"refunds/{told[-1].id}/fail", {})

    def top_up(self):
        top_up(self.sandbox, self.payment.account)

    def silence(self):
        silent = {"kind": "drop_after", "count": 99, "path": "/v1/refunds"}
        self.sandbox.control("faults/next", silent)

    def speech(self):
        self.sandbox.control("faults/clear", {})

    def sweep(self):
        refunds.look_after_refunds(at=timezone.now() + timedelta(minutes=2))


def ways(table):
    return [pytest.param(*edge, acts, id="-".join(edge)) for edge, acts in table.items()]


def edges(graph):
    return {(edge.old, edge.event) for edge in graph.EDGES}


class TestTables:
    @pytest.mark.parametrize(
        ("table", "graph"), [(OF_REFUNDS, refund_states), (OF_DISPUTES, dispute_states)]
    )
    def test_have_a_way_for_every_edge(self, table, graph):
        assert set(table) == edges(graph)

    def test_have_a_way_for_every_edge_of_a_paid_pledge(self):
        paid = {edge for edge in edges(pledge_states) if edge[0] in pledge_states.PAID}

        assert set(OF_PLEDGES) == paid

    @pytest.mark.parametrize("graph", [refund_states, dispute_states])
    def test_of_graphs_have_one_end_for_each_event_of_a_state(self, graph):
        assert len(edges(graph)) == len(graph.EDGES)

    def test_of_disputes_know_each_word_of_stripes(self):
        ends = set(dispute_states.EVENT_OF_STATUS.values())

        assert ends == {edge.event for edge in dispute_states.EDGES}

    @pytest.mark.parametrize("graph", [refund_states, dispute_states])
    def test_of_graphs_refuse_all_else(self, graph):
        events = {edge.event for edge in graph.EDGES}
        outside = set(product(graph.STATES, events)) - edges(graph)

        def is_refused(old, event):
            with pytest.raises(NoSuchEdge):
                graph.next_state(old, event)
            return True

        assert all(is_refused(*pair) for pair in outside)
        assert len(outside) >= 10

    def test_lets_nobody_decide_again_what_is_decided(self):
        left = {edge.old for edge in dispute_states.EDGES}

        assert left == {"new", *dispute_states.UNDECIDED}


@pytest.mark.django_db(transaction=True)
class TestEveryEdge:
    @pytest.mark.parametrize(("old", "event", "acts"), ways(OF_PLEDGES))
    def test_of_a_paid_pledge_is_gone(self, sandbox, old, event, acts):
        scene = Scene(sandbox, on_balance=True)

        scene.play(acts)

        last = PledgeTransition.objects.filter(pledge=scene.pledge).latest("id")
        assert (last.old, last.event) == (old, event)
        assert broken_invariants() == []

    @pytest.mark.parametrize(("old", "event", "acts"), ways(OF_REFUNDS))
    def test_of_a_refund_is_gone(self, sandbox, old, event, acts):
        scene = Scene(sandbox, on_balance=False)

        scene.play(acts)

        last = RefundTransition.objects.latest("id")
        assert (last.old, last.event) == (old, event)
        assert broken_invariants() == []

    @pytest.mark.parametrize(("old", "event", "acts"), ways(OF_DISPUTES))
    def test_of_a_dispute_is_gone(self, sandbox, old, event, acts):
        scene = Scene(sandbox, on_balance=True)

        scene.play(acts)

        last = DisputeTransition.objects.latest("id")
        assert (last.old, last.event) == (old, event)
        assert broken_invariants() == []

    def test_of_a_refund_in_the_dashboard_begins_as_ours_do(self, sandbox):
        scene = Scene(sandbox, on_balance=True)

        refund_in_the_dashboard(scene.payment, 100)
        scene.look()

        assert RefundTransition.objects.get().old == "requested"


@pytest.mark.django_db
class TestTheDatabase:
    def test_keeps_refunds_to_their_table(self):
        row = Refund.objects.create(
            id=uuid7(), payment=a_payment(), key="refund:1", amount_minor=1, created_at=NOON
        )
        wrong = wrong_ends(refund_states)

        refused = [
            ends
            for ends in wrong
            if is_refused(RefundTransition, ends, refund=row, constraint="refund")
        ]

        assert refused == wrong
        assert len(wrong) > 90

    def test_keeps_disputes_to_their_table(self):
        row = Dispute.objects.create(
            id="du_1", payment=a_payment(), amount_minor=1, opened_at=NOON, checked_at=NOON
        )
        wrong = wrong_ends(dispute_states)

        refused = [
            ends
            for ends in wrong
            if is_refused(DisputeTransition, ends, dispute=row, constraint="dispute")
        ]

        assert refused == wrong
        assert len(wrong) > 150


def wrong_ends(graph):
    table = {(edge.old, edge.event): edge.new for edge in graph.EDGES}
    events = sorted({edge.event for edge in graph.EDGES})
    return [
        (old, event, new)
        for old, event, new in product(graph.STATES, events, graph.STATES)
        if table.get((old, event)) != new
    ]


def is_refused(model, ends, *, constraint, **of):
    old, event, new = ends
    try:
        with transaction.atomic():
            model.objects.create(old=old, event=event, new=new, at=NOON, **of)
    except IntegrityError as refusal:
        return f"{constraint}_transition_is_an_edge" in str(refusal)
    return False
