"""The states of a pledge, as data: every edge that can be, each with its event.

Money that arrives is always booked, whatever has become of the project meanwhile: the ledger
tells what moved. In an all-or-nothing campaign a card is saved (`secured`), charged after the
deadline, and where that fails its holder has a week to help; `released` is the pledge to a
campaign that missed its minimum, or whose committee's account at Stripe is gone: nobody was
charged. What goes back of paid money (refunds, lost
disputes) and what a bank holds until it decides (open disputes) are states of paid pledges: after
each movement the event says what is true now.
"""

from dataclasses import dataclass

NEW = "new"
PENDING = "pending"
SETTLED = "settled"
DROPPED = "dropped"
EXPIRED = "expired"
QUARANTINED = "quarantined"
SECURED = "secured"
CHARGING = "charging"
FAILING = "failing"
WITHDRAWN = "withdrawn"
RELEASED = "released"
PART_REFUNDED = "part_refunded"
REFUNDED = "refunded"
DISPUTED = "disputed"

# In these, the money arrived and was booked; what became of it then is in the book as well.
PAID = (SETTLED, PART_REFUNDED, REFUNDED, DISPUTED)
# In these, a card stands for the sum: it counts as promised, and in no book.
PROMISED = (SECURED, CHARGING, FAILING)
STATES = (NEW, PENDING, DROPPED, EXPIRED, WITHDRAWN, RELEASED, QUARANTINED, *PROMISED, *PAID)
PAYABLE = (NEW, PENDING, DROPPED, EXPIRED)
UNFINISHED = (NEW, PENDING)
# In these, a page that opens or ends beside the pledge changes nothing of it.
BEYOND_PAGES = (*PROMISED, WITHDRAWN, RELEASED)


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
    # All or nothing: a card saved, perhaps seen late, and what becomes of it.
    Edge(PENDING, "card_saved", SECURED),
    Edge(EXPIRED, "card_saved", SECURED),
    Edge(SECURED, "withdrawn", WITHDRAWN),
    Edge(SECURED, "card_released", RELEASED),
    Edge(SECURED, "charge_begun", CHARGING),
    Edge(CHARGING, "charge_declined", FAILING),
    Edge(CHARGING, "payment_settled", SETTLED),
    Edge(FAILING, "payment_settled", SETTLED),
    Edge(FAILING, "given_up", DROPPED),
    Edge(CHARGING, "payment_quarantined", QUARANTINED),
    Edge(FAILING, "payment_quarantined", QUARANTINED),
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
