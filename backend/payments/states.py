"""The states of a payment, as data: every edge that can be, each with its event.

A page on which a card is saved ends in `saved` instead of `succeeded`; what was saved is let go
in the end, whether it was charged or not. A page on which a monthly gift begins ends in `begun`,
and is `over` when Stripe collects it no more; each invoice that Stripe then collects is a payment
of its own.
"""

from dataclasses import dataclass

NEW = "new"
OPEN = "open"
PROCESSING = "processing"
SUCCEEDED = "succeeded"
FAILED = "failed"
EXPIRED = "expired"
QUARANTINED = "quarantined"
LATE = "late"
RETURNED = "returned"
SAVED = "saved"
RELEASING = "releasing"
RELEASED = "released"
BEGUN = "begun"
OVER = "over"

STATES = (
    NEW,
    OPEN,
    PROCESSING,
    SUCCEEDED,
    FAILED,
    EXPIRED,
    QUARANTINED,
    LATE,
    RETURNED,
    SAVED,
    RELEASING,
    RELEASED,
    BEGUN,
    OVER,
)
# In these, Stripe may still charge somebody: no second attempt may start beside them.
UNFINISHED = (NEW, OPEN, PROCESSING)
# In these, nothing was charged. Money that comes all the same is late money, never overlooked.
ENDED = (FAILED, EXPIRED)
# In these, Stripe has charged what was asked for: it can be refunded and disputed.
HELD = (SUCCEEDED, LATE, RETURNED)
# In these, Stripe holds money that is in no book and waits to be given back.
UNBOOKED = (QUARANTINED, LATE)
# In these, a card was saved; no money moves by them.
CARD = (SAVED, RELEASING, RELEASED)
# In these, Stripe collects every month, or did.
MONTHLY = (BEGUN, OVER)


@dataclass(frozen=True, slots=True)
class Edge:
    """One allowed change of state. `event` says what happened."""

    old: str
    event: str
    new: str


EDGES = (
    Edge(NEW, "opened", OPEN),
    Edge(NEW, "refused", FAILED),
    Edge(NEW, "never_started", EXPIRED),
    Edge(OPEN, "processing", PROCESSING),
    Edge(OPEN, "settled", SUCCEEDED),
    Edge(OPEN, "expired", EXPIRED),
    Edge(PROCESSING, "settled", SUCCEEDED),
    Edge(PROCESSING, "failed", FAILED),
    Edge(OPEN, "mismatch", QUARANTINED),
    Edge(PROCESSING, "mismatch", QUARANTINED),
    # Late money: the first that comes is the pledge's; what comes beside it is given back.
    Edge(FAILED, "settled", SUCCEEDED),
    Edge(EXPIRED, "settled", SUCCEEDED),
    Edge(FAILED, "mismatch", QUARANTINED),
    Edge(EXPIRED, "mismatch", QUARANTINED),
    Edge(OPEN, "late", LATE),
    Edge(PROCESSING, "late", LATE),
    Edge(FAILED, "late", LATE),
    Edge(EXPIRED, "late", LATE),
    Edge(LATE, "returned", RETURNED),
    Edge(QUARANTINED, "returned", RETURNED),
    # A saved card, charged at the deadline: declined, asked again on the same intent, or given up.
    Edge(OPEN, "declined", FAILED),
    Edge(FAILED, "asked_again", OPEN),
    Edge(OPEN, "cancelled", EXPIRED),
    Edge(FAILED, "cancelled", EXPIRED),
    # The card itself: saved (perhaps seen late), then let go at Stripe.
    Edge(OPEN, "saved", SAVED),
    Edge(EXPIRED, "saved", SAVED),
    Edge(SAVED, "let_go", RELEASING),
    Edge(RELEASING, "released", RELEASED),
    # A monthly gift: begun on the page (perhaps seen late), and collected no more.
    Edge(OPEN, "begun", BEGUN),
    Edge(EXPIRED, "begun", BEGUN),
    Edge(BEGUN, "over", OVER),
    # The payer's bank sent back what we had given back.
    Edge(RETURNED, "came_back", LATE),
)


class NoSuchEdge(ValueError):
    """The payment cannot go that way from where it is."""


def next_state(old: str, event: str) -> str:
    """Return where `event` leads from `old`, or raise NoSuchEdge."""
    for edge in EDGES:
        if (edge.old, edge.event) == (old, event):
            return edge.new
    raise NoSuchEdge(f"{event} from {old}")
