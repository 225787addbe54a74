"""The states of a monthly gift, as data: every edge that can be, each with its event.

Stripe collects and Stripe's word counts: whatever is wished here, the state follows when Stripe
has said so. `stopped` was wished by somebody; `lapsed` is the gift that Stripe gave up because
no payment came. The money of each month has a state of its own, which money alone tells.
"""

from dataclasses import dataclass

NEW = "new"
PENDING = "pending"
EXPIRED = "expired"
ACTIVE = "active"
PAST_DUE = "past_due"
PAUSED = "paused"
STOPPED = "stopped"
LAPSED = "lapsed"

# In these, Stripe's page may still be opened: nothing was ever charged.
PAYABLE = (NEW, PENDING, EXPIRED)
# In these, there is a subscription that Stripe collects or could collect.
LIVING = (ACTIVE, PAST_DUE, PAUSED)
ENDED = (STOPPED, LAPSED)
STATES = (*PAYABLE, *LIVING, *ENDED)

# Of the money of one month.
SETTLED = "settled"
PART_REFUNDED = "part_refunded"
REFUNDED = "refunded"
DISPUTED = "disputed"
OF_MONEY = (SETTLED, PART_REFUNDED, REFUNDED, DISPUTED)


@dataclass(frozen=True, slots=True)
class Edge:
    """One allowed change of state. `event` says what happened."""

    old: str
    event: str
    new: str


EDGES = (
    Edge(NEW, "page_opened", PENDING),
    Edge(NEW, "page_expired", EXPIRED),
    Edge(PENDING, "page_expired", EXPIRED),
    Edge(EXPIRED, "page_opened", PENDING),
    Edge(PENDING, "begun", ACTIVE),
    # Seen late: the donor had finished the page that we took for ended.
    Edge(EXPIRED, "begun", ACTIVE),
    Edge(ACTIVE, "payment_failed", PAST_DUE),
    Edge(PAUSED, "payment_failed", PAST_DUE),
    Edge(PAST_DUE, "recovered", ACTIVE),
    Edge(ACTIVE, "paused", PAUSED),
    Edge(PAST_DUE, "paused", PAUSED),
    Edge(PAUSED, "resumed", ACTIVE),
    Edge(ACTIVE, "stopped", STOPPED),
    Edge(PAST_DUE, "stopped", STOPPED),
    Edge(PAUSED, "stopped", STOPPED),
    Edge(ACTIVE, "lapsed", LAPSED),
    Edge(PAST_DUE, "lapsed", LAPSED),
    Edge(PAUSED, "lapsed", LAPSED),
)


class NoSuchEdge(ValueError):
    """The gift cannot go that way from where it is."""


def next_state(old: str, event: str) -> str:
    """Return where `event` leads from `old`, or raise NoSuchEdge."""
    for edge in EDGES:
        if (edge.old, edge.event) == (old, event):
            return edge.new
    raise NoSuchEdge(f"{event} from {old}")


def event_to(old: str, new: str) -> str:
    """Return the event that leads from `old` to `new`, or raise NoSuchEdge."""
    for edge in EDGES:
        if (edge.old, edge.new) == (old, new):
            return edge.event
    raise NoSuchEdge(f"from {old} to {new}")
