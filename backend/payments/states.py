"""The states of a payment, as data: every edge that can be, each with its event."""

from dataclasses import dataclass

NEW = "new"
OPEN = "open"
PROCESSING = "processing"
SUCCEEDED = "succeeded"
FAILED = "failed"
EXPIRED = "expired"
QUARANTINED = "quarantined"

STATES = (NEW, OPEN, PROCESSING, SUCCEEDED, FAILED, EXPIRED, QUARANTINED)
# In these, Stripe may still charge somebody: no second attempt may start beside them.
UNFINISHED = (NEW, OPEN, PROCESSING)


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
)


class NoSuchEdge(ValueError):
    """The payment cannot go that way from where it is."""


def next_state(old: str, event: str) -> str:
    """Return where `event` leads from `old`, or raise NoSuchEdge."""
    for edge in EDGES:
        if (edge.old, edge.event) == (old, event):
            return edge.new
    raise NoSuchEdge(f"{event} from {old}")
