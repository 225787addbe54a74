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
UNFINISHED = (NEW, PENDING)


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
    Edge(DROPPED, "payment_expired", EXPIRED),
    # Late money: it came after we had taken the attempt for ended.
    Edge(EXPIRED, "payment_settled", SETTLED),
    Edge(DROPPED, "payment_settled", SETTLED),
    Edge(EXPIRED, "payment_quarantined", QUARANTINED),
    Edge(DROPPED, "payment_quarantined", QUARANTINED),
    # Of several attempts, another one brought what was asked for, or the wrong money went back.
    Edge(QUARANTINED, "payment_settled", SETTLED),
    Edge(QUARANTINED, "payment_returned", DROPPED),
)


class NoSuchEdge(ValueError):
    """The pledge cannot go that way from where it is."""


def next_state(old: str, event: str) -> str:
    """Return where `event` leads from `old`, or raise NoSuchEdge."""
    for edge in EDGES:
        if (edge.old, edge.event) == (old, event):
            return edge.new
    raise NoSuchEdge(f"{event} from {old}")
