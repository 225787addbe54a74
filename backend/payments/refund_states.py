"""The states of a refund, as data: every edge that can be, each with its event.

A refund is `sent` when its money has left Stripe's balance; only then it is in the book. It may
fail even after that, when the payer's bank sends the money back: then it is undone in the book.
"""

from backend.payments.states import Edge, NoSuchEdge

REQUESTED = "requested"
PENDING = "pending"
SENT = "sent"
REFUSED = "refused"
FAILED = "failed"

STATES = (REQUESTED, PENDING, SENT, REFUSED, FAILED)
# In these, Stripe may still move money.
UNFINISHED = (REQUESTED, PENDING)
# In these, the sum is taken from what is left of the charge.
COUNTED = (REQUESTED, PENDING, SENT)

EDGES = (
    Edge(REQUESTED, "accepted", PENDING),
    Edge(REQUESTED, "sent", SENT),
    Edge(REQUESTED, "refused", REFUSED),
    Edge(REQUESTED, "failed", FAILED),
    Edge(PENDING, "sent", SENT),
    Edge(PENDING, "failed", FAILED),
    Edge(SENT, "failed", FAILED),
)


def next_state(old: str, event: str) -> str:
    """Return where `event` leads from `old`, or raise NoSuchEdge."""
    for edge in EDGES:
        if (edge.old, edge.event) == (old, event):
            return edge.new
    raise NoSuchEdge(f"{event} from {old}")
