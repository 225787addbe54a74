"""The states of a committee's own account at Stripe, as data: every edge, each with its event.

It is `ready` when Stripe takes card payments on it, and in no other state can anybody pledge.
`restricted` was ready before, `needs_information` never was. `deauthorised` is final: the
committee, or Stripe, has ended the connection, and of what happens there we hear no more.
"""

from backend.payments.states import Edge, NoSuchEdge

NONE = "none"
OPENING = "opening"
NEEDS_INFORMATION = "needs_information"
IN_REVIEW = "in_review"
READY = "ready"
RESTRICTED = "restricted"
DEAUTHORISED = "deauthorised"

STATES = (NONE, OPENING, NEEDS_INFORMATION, IN_REVIEW, READY, RESTRICTED, DEAUTHORISED)
# In these, the committee has an account of which Stripe tells us.
CONNECTED = (NEEDS_INFORMATION, IN_REVIEW, READY, RESTRICTED)
# A committee has at most one account in these.
LIVE = (OPENING, *CONNECTED)

EDGES = (
    Edge(NONE, "asked_for", OPENING),
    # A steward wrote down an account that was there already.
    Edge(NONE, "entered", NEEDS_INFORMATION),
    Edge(OPENING, "refused", NONE),
    Edge(OPENING, "opened", NEEDS_INFORMATION),
    Edge(NEEDS_INFORMATION, "under_review", IN_REVIEW),
    Edge(NEEDS_INFORMATION, "activated", READY),
    Edge(IN_REVIEW, "more_needed", NEEDS_INFORMATION),
    Edge(IN_REVIEW, "activated", READY),
    Edge(IN_REVIEW, "restricted", RESTRICTED),
    Edge(READY, "under_review", IN_REVIEW),
    Edge(READY, "restricted", RESTRICTED),
    Edge(RESTRICTED, "under_review", IN_REVIEW),
    Edge(RESTRICTED, "activated", READY),
    Edge(NEEDS_INFORMATION, "deauthorised", DEAUTHORISED),
    Edge(IN_REVIEW, "deauthorised", DEAUTHORISED),
    Edge(READY, "deauthorised", DEAUTHORISED),
    Edge(RESTRICTED, "deauthorised", DEAUTHORISED),
)


def next_state(old: str, event: str) -> str:
    """Return where `event` leads from `old`, or raise NoSuchEdge."""
    for edge in EDGES:
        if (edge.old, edge.event) == (old, event):
            return edge.new
    raise NoSuchEdge(f"{event} from {old}")


def event_between(old: str, new: str) -> str:
    """Return what happens on the way from `old` to `new`, or raise NoSuchEdge."""
    for edge in EDGES:
        if (edge.old, edge.new) == (old, new):
            return edge.event
    raise NoSuchEdge(f"from {old} to {new}")
