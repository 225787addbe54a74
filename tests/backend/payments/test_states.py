"""The graph of a payment's states: what is in the table can happen, nothing else can.

Planted and seen to fall: an edge from succeeded to expired added to the table; the look at the
row's own state left out of `move_payment`.
"""

from itertools import product

import pytest
from django.db import IntegrityError, transaction

from backend.payments import states
from backend.payments.models import Payment, PaymentTransition
from backend.payments.operations import move_payment
from tests.backend.payments.rows import a_payment
from tests.factories import NOON

EVENTS = sorted({edge.event for edge in states.EDGES})
KINDS = {
    "saved": "card",
    "let_go": "card",
    "released": "card",
    "begun": "monthly",
    "over": "monthly",
}
TABLE = {(edge.old, edge.event): edge.new for edge in states.EDGES}
OUTSIDE = sorted(set(product(states.STATES, EVENTS)) - set(TABLE))
WRONG_ENDS = sorted(
    (old, event, new)
    for old, event, new in product(states.STATES, EVENTS, states.STATES)
    if TABLE.get((old, event)) != new
)


class TestTheGraph:
    def test_has_one_end_for_each_event_of_a_state(self):
        assert len(TABLE) == len(states.EDGES)

    def test_never_leaves_what_is_decided(self):
        left = {edge.old for edge in states.EDGES}

        assert states.SUCCEEDED not in left

    def test_leaves_what_was_given_back_only_when_it_comes_back(self):
        left = [edge for edge in states.EDGES if edge.old == states.RETURNED]

        assert left == [states.Edge(states.RETURNED, "came_back", states.LATE)]

    def test_reaches_every_state_from_the_first(self):
        reached, size = {states.NEW}, 0
        while len(reached) > size:
            size = len(reached)
            reached |= {edge.new for edge in states.EDGES if edge.old in reached}

        assert reached == set(states.STATES)

    def test_has_a_way_for_money_out_of_every_state_in_which_it_may_come(self):
        takes_money = {edge.old for edge in states.EDGES if edge.event == "settled"}
        gives_back = {edge.old for edge in states.EDGES if edge.event == "late"}

        assert takes_money == gives_back == {*states.UNFINISHED, *states.ENDED} - {states.NEW}

    @pytest.mark.parametrize(("old", "event"), OUTSIDE)
    def test_refuses_what_is_not_in_the_table(self, old, event):
        with pytest.raises(states.NoSuchEdge):
            states.next_state(old, event)


@pytest.mark.django_db
class TestMovePayment:
    @pytest.mark.parametrize("edge", states.EDGES, ids=lambda edge: f"{edge.old}-{edge.event}")
    def test_takes_each_edge_and_writes_it_down(self, edge):
        payment = a_payment(state=edge.old, kind=KINDS.get(edge.event, "page"))
        payment.settled_at = NOON if edge.new == states.SUCCEEDED else None

        move_payment(payment, edge.event, at=NOON)

        written = PaymentTransition.objects.values_list("old", "event", "new").get()
        assert Payment.objects.get().state == edge.new
        assert written == (edge.old, edge.event, edge.new)

    def test_refuses_when_another_was_faster(self):
        payment = a_payment()
        Payment.objects.update(state=states.EXPIRED)

        with pytest.raises(states.NoSuchEdge, match="no longer open"):
            move_payment(payment, "processing", at=NOON)

        assert not PaymentTransition.objects.exists()

    def test_is_kept_to_the_table_by_the_database(self):
        payment = a_payment()

        refused = [wrong for wrong in WRONG_ENDS if refused_by_the_database(payment, *wrong)]

        assert refused == WRONG_ENDS
        assert len(WRONG_ENDS) > 700


def refused_by_the_database(payment, old, event, new):
    row = PaymentTransition(payment=payment, old=old, event=event, new=new, at=NOON)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as refusal:
        return "payment_transition_is_an_edge" in str(refusal)
    return False
