"""The states of a pledge, as data: every edge that can be, each with its event.

Money that arrives is always booked, whatever has become of the project meanwhile: the ledger
tells what moved. What goes back of it (refunds, lost disputes) and what a bank holds until it
decides (open disputes) are states of paid pledges: after each movement the event says what is
true now. Campaigns that charge at the deadline add their states (secured, charging, failing …)
and their edges here when they are built.
"""

from dataclasses import dataclass

NEW = "new"
PENDING = "pending"
SETTLED = "settled"
DROPPED = "dropped"
EXPIRED = "expired"
QUARANTINED = "quarantined"
PART_REFUNDED = "part_refunded"
REFUNDED = "refunded"
DISPUTED = "disputed"

# In these, the money arrived and was booked; what became of it then is in the book as well.
PAID = (SETTLED, PART_REFUNDED, REFUNDED, DISPUTED)
STATES = (NEW, PENDING, DROPPED, EXPIRED, QUARANTINED, *PAID)
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
    # Part or all of the money went back, or a refund failed and it came back again.
    Edge(SETTLED, "part_went_back", PART_REFUNDED),
    Edge(SETTLED, "all_went_back", REFUNDED),
    Edge(PART_REFUNDED, "all_went_back", REFUNDED),
    Edge(PART_REFUNDED, "all_is_here", SETTLED),
    Edge(REFUNDED, "part_went_back", PART_REFUNDED),
    Edge(REFUNDED, "all_is_here", SETTLED),
    # The donor's bank took the money until it has decided.
    Edge(SETTLED, "dispute_opened", DISPUTED),
    Edge(PART_REFUNDED, "dispute_opened", DISPUTED),
    Edge(REFUNDED, "dispute_opened", DISPUTED),
    Edge(DISPUTED, "all_is_here", SETTLED),
    Edge(DISPUTED, "part_went_back", PART_REFUNDED),
    Edge(DISPUTED, "all_went_back", REFUNDED),
)


class NoSuchEdge(ValueError):
    """The pledge cannot go that way from where it is."""


def next_state(old: str, event: str) -> str:
    """Return where `event` leads from `old`, or raise NoSuchEdge."""
    for edge in EDGES:
        if (edge.old, edge.event) == (old, event):
            return edge.new
    raise NoSuchEdge(f"{event} from {old}")
