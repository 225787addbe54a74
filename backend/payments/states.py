"""The states of a payment, as data: every edge that can be, each with its event."""

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

STATES = (NEW, OPEN, PROCESSING, SUCCEEDED, FAILED, EXPIRED, QUARANTINED, LATE, RETURNED)
# In these, Stripe may still charge somebody: no second attempt may start beside them.
UNFINISHED = (NEW, OPEN, PROCESSING)
# In these, nothing was charged. Money that comes all the same is late money, never overlooked.
ENDED = (FAILED, EXPIRED)
# In these, Stripe has charged what was asked for: it can be refunded and disputed.
HELD = (SUCCEEDED, LATE, RETURNED)
# In these, Stripe holds money that is in no book and waits to be given back.
UNBOOKED = (QUARANTINED, LATE)


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
