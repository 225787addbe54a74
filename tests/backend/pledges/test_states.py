"""The graph of a pledge's states: what is in the table can happen, nothing else can.

Planted and seen to fall: a settled pledge moved by the end of another attempt.
"""

from itertools import product

import pytest
from django.db import IntegrityError, transaction

from backend.pledges import states
from backend.pledges.models import Pledge, PledgeTransition
from backend.pledges.operations import PAGE_EVENTS, move_pledge, take_edge
from backend.projects.models import Project
from tests.factories import NOON, a_pledge

EVENTS = sorted({edge.event for edge in states.EDGES})
TABLE = {(edge.old, edge.event): edge.new for edge in states.EDGES}
OUTSIDE = sorted(set(product(states.STATES, EVENTS)) - set(TABLE))
# What money tells is booked before it is shown, so it does not come through `move_pledge`.
OF_MONEY = {"payment_settled"} | {edge.event for edge in states.EDGES if edge.old in states.PAID}
# A failing card needs the moment at which it failed, which recovery.note_declined gives.
MOVED = sorted({edge for edge in TABLE if edge[1] not in {*OF_MONEY, "charge_declined"}})
BY_MONEY = sorted({edge for edge in TABLE if edge[0] in states.PAID})
# Asked for what is so already, or what another attempt does to money that is there.
STAYS = {
    *product(states.PAID, EVENTS),
    *((states.QUARANTINED, event) for event in EVENTS if event != "payment_returned"),
    *((edge.new, edge.event) for edge in states.EDGES if edge.event not in OF_MONEY),
    *product(states.BEYOND_PAGES, PAGE_EVENTS),
} - {edge for edge in TABLE if edge[0] not in states.PAID}
REFUSED = sorted(pair for pair in set(OUTSIDE) - STAYS if pair[1] != "payment_settled")
WRONG_ENDS = sorted(
    (old, event, new)
    for old, event, new in product(states.STATES, EVENTS, states.STATES)
    if TABLE.get((old, event)) != new
)


BACK_MINOR = {states.PART_REFUNDED: 1000, states.REFUNDED: 2500}


def a_pledge_in(state):
    pledge = a_pledge()
    pledge.settled_at = NOON if state in states.PAID else None
    pledge.failing_since = NOON if state == states.FAILING else None
    pledge.state, pledge.returned_minor = state, BACK_MINOR.get(state, 0)
    pledge.save()
    if state in states.PROMISED:
        Project.objects.filter(pk=pledge.project_id).update(promised_minor=2500, promises=1)
    return pledge


class TestTheGraph:
    def test_has_one_end_for_each_event_of_a_state(self):
        assert len(TABLE) == len(states.EDGES)

    def test_leads_from_a_paid_pledge_to_paid_ones_alone(self):
        after = {(edge.old, edge.new) for edge in states.EDGES if edge.old in states.PAID}

        assert after == {pair for pair in product(states.PAID, states.PAID) if len(set(pair)) > 1}

    def test_takes_money_wherever_a_page_was_open(self):
        takes = {edge.old for edge in states.EDGES if edge.event == "payment_settled"}

        untouched = {states.SECURED, states.WITHDRAWN, states.RELEASED}
        assert takes == set(states.STATES) - {states.NEW, *states.PAID, *untouched}

    def test_charges_no_card_but_one_that_was_secured(self):
        into = {edge.old for edge in states.EDGES if edge.new == states.CHARGING}

        assert into == {states.SECURED}

    def test_never_charges_a_pledge_that_was_withdrawn_or_released(self):
        left = {edge.old for edge in states.EDGES}

        assert left.isdisjoint({states.WITHDRAWN, states.RELEASED})

    @pytest.mark.parametrize(("old", "event"), OUTSIDE)
    def test_refuses_what_is_not_in_the_table(self, old, event):
        with pytest.raises(states.NoSuchEdge):
            states.next_state(old, event)


@pytest.mark.django_db
class TestMovePledge:
    @pytest.mark.parametrize(("old", "event"), MOVED)
    def test_takes_each_edge_and_writes_it_down(self, old, event):
        pledge = a_pledge_in(old)

        moved = move_pledge(pledge_id=pledge.pk, event=event, at=NOON)

        written = PledgeTransition.objects.values_list("old", "event", "new").get()
        assert moved.state == TABLE[old, event]
        assert written == (old, event, TABLE[old, event])

    @pytest.mark.parametrize(("old", "event"), BY_MONEY)
    def test_is_not_how_money_moves_a_pledge(self, old, event):
        pledge = a_pledge_in(old)
        pledge.returned_minor = BACK_MINOR.get(TABLE[old, event], 0)

        moved = take_edge(pledge=pledge, event=event, at=NOON)

        written = PledgeTransition.objects.values_list("old", "event", "new").get()
        assert moved.state == Pledge.objects.get().state == TABLE[old, event]
        assert written == (old, event, TABLE[old, event])

    @pytest.mark.parametrize(("old", "event"), sorted(STAYS))
    def test_changes_nothing_where_the_money_stands(self, old, event):
        pledge = a_pledge_in(old)

        moved = move_pledge(pledge_id=pledge.pk, event=event, at=NOON)

        assert moved.state == old
        assert not PledgeTransition.objects.exists()

    @pytest.mark.parametrize(("old", "event"), REFUSED)
    def test_refuses_all_else(self, old, event):
        pledge = a_pledge_in(old)

        with pytest.raises(states.NoSuchEdge):
            move_pledge(pledge_id=pledge.pk, event=event, at=NOON)

        assert Pledge.objects.get().state == old

    def test_is_kept_to_the_table_by_the_database(self):
        pledge = a_pledge()

        refused = [wrong for wrong in WRONG_ENDS if refused_by_the_database(pledge, *wrong)]

        assert refused == WRONG_ENDS
        assert len(WRONG_ENDS) > 200


def refused_by_the_database(pledge, old, event, new):
    row = PledgeTransition(pledge=pledge, old=old, event=event, new=new, at=NOON)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as refusal:
        return "pledge_transition_is_an_edge" in str(refusal)
    return False
