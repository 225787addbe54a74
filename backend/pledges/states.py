"""The states of a pledge, as data: every edge that can be, each with its event.

Money that arrives is always booked, whatever has become of the project meanwhile: the ledger
tells what moved. Campaigns that charge at the deadline, refunds and disputes add their states
(secured, charging, failing, refunded, disputed …) and their edges here when they are built.
"""

from dataclasses import dataclass

NEW = "new"
PENDING = "pending"
SETTLED = "settled"
DROPPED = "dropped"
EXPIRED = "expired"
QUARANTINED = "quarantined"

STATES = (NEW, PENDING, SETTLED, DROPPED, EXPIRED, QUARANTINED)
PAYABLE = (NEW, PENDING, DROPPED, EXPIRED)


@dataclass(frozen=True, slots=True)
class Edge:
    """One allowed change of state. `event` says what happened."""

    old: str
    event: str
    new: str


EDGES = (
    Edge(NEW, "checkout_opened", PENDING),
    Edge(NEW, "payment_expired", EXPIRED),
    Edge(PENDING, "payment_settled", SETTLED),
    Edge(PENDING, "payment_expired", EXPIRED),
    Edge(PENDING, "payment_failed", DROPPED),
    Edge(PENDING, "payment_quarantined", QUARANTINED),
    Edge(EXPIRED, "checkout_opened", PENDING),
    Edge(DROPPED, "checkout_opened", PENDING),
)


class NoSuchEdge(ValueError):
    """The pledge cannot go that way from where it is."""


def next_state(old: str, event: str) -> str:
    """Return where `event` leads from `old`, or raise NoSuchEdge."""
    for edge in EDGES:
        if (edge.old, edge.event) == (old, event):
            return edge.new
    raise NoSuchEdge(f"{event} from {old}")
