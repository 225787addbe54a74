"""The graph of a monthly gift's states: what is in the table can happen, nothing else can.

Planted and seen to fall: an edge from stopped back to active added to the table.
"""

from itertools import product

import pytest
from django.db import IntegrityError, transaction

from backend.giving import states
from backend.giving.models import MonthlyGift, MonthlyGiftTransition
from backend.giving.operations import take_edge
from tests.backend.giving.rows import a_monthly_gift
from tests.factories import NOON

EVENTS = sorted({edge.event for edge in states.EDGES})
TABLE = {(edge.old, edge.event): edge.new for edge in states.EDGES}
OUTSIDE = sorted(set(product(states.STATES, EVENTS)) - set(TABLE))
WRONG_ENDS = sorted(
    (old, event, new)
    for old, event, new in product(states.STATES, EVENTS, states.STATES)
    if TABLE.get((old, event)) != new
)


class TestTheGraph:
    def test_has_one_end_for_each_event_of_a_state_and_one_event_for_each_way(self):
        assert len(TABLE) == len(states.EDGES)
        assert len({(edge.old, edge.new) for edge in states.EDGES}) == len(states.EDGES)

    def test_reaches_every_state_from_the_first(self):
        reached, size = {states.NEW}, 0
        while len(reached) > size:
            size = len(reached)
            reached |= {edge.new for edge in states.EDGES if edge.old in reached}

        assert reached == set(states.STATES)

    def test_never_leaves_a_gift_that_has_ended(self):
        left = {edge.old for edge in states.EDGES}

        assert left.isdisjoint(states.ENDED)

    def test_leads_from_each_living_state_to_all_that_stripe_may_tell(self):
        ways = {(edge.old, edge.new) for edge in states.EDGES if edge.old in states.LIVING}

        assert ways == {
            (old, new)
            for old, new in product(states.LIVING, (*states.LIVING, *states.ENDED))
            if old != new
        }

    @pytest.mark.parametrize(("old", "event"), OUTSIDE)
    def test_refuses_what_is_not_in_the_table(self, old, event):
        with pytest.raises(states.NoSuchEdge):
            states.next_state(old, event)

    def test_names_no_event_to_where_no_edge_leads(self):
        with pytest.raises(states.NoSuchEdge):
            states.event_to(states.STOPPED, states.ACTIVE)


@pytest.mark.django_db
class TestTakeEdge:
    @pytest.mark.parametrize("edge", states.EDGES, ids=lambda edge: f"{edge.old}-{edge.event}")
    def test_takes_each_edge_and_writes_it_down(self, edge):
        gift = a_monthly_gift()
        gift.state = edge.old
        gift.begun_at = None if edge.old in states.PAYABLE else NOON
        gift.save()

        take_edge(gift=gift, event=edge.event, at=NOON)

        written = MonthlyGiftTransition.objects.values_list("old", "event", "new").get()
        assert MonthlyGift.objects.get().state == edge.new
        assert written == (edge.old, edge.event, edge.new)

    def test_is_kept_to_the_table_by_the_database(self):
        gift = a_monthly_gift()

        refused = [wrong for wrong in WRONG_ENDS if refused_by_the_database(gift, *wrong)]

        assert refused == WRONG_ENDS
        assert len(WRONG_ENDS) > 500


def refused_by_the_database(gift, old, event, new):
    row = MonthlyGiftTransition(gift=gift, old=old, event=event, new=new, at=NOON)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as refusal:
        return "monthly_transition_is_an_edge" in str(refusal)
    return False
