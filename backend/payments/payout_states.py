"""The states of a payout, as data: money that Stripe sends on to a committee's bank.

It leaves Stripe's balance when it is made, and may come back even after the bank had it.
"""

from backend.payments.states import Edge, NoSuchEdge

NEW = "new"
UNDER_WAY = "under_way"
PAID = "paid"
RETURNED = "returned"

STATES = (NEW, UNDER_WAY, PAID, RETURNED)

EDGES = (
    Edge(NEW, "sent", UNDER_WAY),
    Edge(UNDER_WAY, "arrived", PAID),
    Edge(UNDER_WAY, "returned", RETURNED),
    Edge(PAID, "returned", RETURNED),
)


def next_state(old: str, event: str) -> str:
    """Return where `event` leads from `old`, or raise NoSuchEdge."""
    for edge in EDGES:
        if (edge.old, edge.event) == (old, event):
            return edge.new
    raise NoSuchEdge(f"{event} from {old}")
