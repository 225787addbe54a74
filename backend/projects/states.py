"""The states of a project, as data: every edge that can be, each with its event.

A flexible campaign goes from `published` straight to `succeeded` or `short`. An all-or-nothing
campaign is decided once, after its deadline: to `failed`, with nobody charged, or to `closing`,
in which the cards are charged; what came of that makes it `succeeded` or `short`.
"""

from dataclasses import dataclass

DRAFT = "draft"
IN_REVIEW = "in_review"
PUBLISHED = "published"
CLOSING = "closing"
SUCCEEDED = "succeeded"
FAILED = "failed"
SHORT = "short"
DELIVERED = "delivered"
SUSPENDED = "suspended"

STATES = (DRAFT, IN_REVIEW, PUBLISHED, CLOSING, SUCCEEDED, FAILED, SHORT, DELIVERED, SUSPENDED)
# In these, a campaign is not decided yet: cards may be saved, and pledges changed or withdrawn.
UNDECIDED = (PUBLISHED, SUSPENDED)
PUBLIC_STATES = (PUBLISHED, CLOSING, SUCCEEDED, FAILED, SHORT, DELIVERED, SUSPENDED)


@dataclass(frozen=True, slots=True)
class Edge:
    """One allowed change of state. `event` says what happened."""

    old: str
    event: str
    new: str


EDGES = (
    Edge(DRAFT, "submitted", IN_REVIEW),
    Edge(IN_REVIEW, "sent_back", DRAFT),
    Edge(IN_REVIEW, "published", PUBLISHED),
    Edge(PUBLISHED, "closed_with_minimum", SUCCEEDED),
    Edge(PUBLISHED, "closed_under_minimum", SHORT),
    Edge(PUBLISHED, "minimum_reached", CLOSING),
    Edge(PUBLISHED, "minimum_missed", FAILED),
    Edge(CLOSING, "charges_done", SUCCEEDED),
    Edge(CLOSING, "charges_fell_short", SHORT),
    Edge(SHORT, "committee_goes_ahead", SUCCEEDED),
    Edge(SHORT, "committee_refunds", FAILED),
    Edge(SUCCEEDED, "delivered", DELIVERED),
    Edge(PUBLISHED, "suspended", SUSPENDED),
    Edge(SUSPENDED, "resumed", PUBLISHED),
)


class NoSuchEdge(ValueError):
    """The project cannot go that way from where it is."""


def next_state(old: str, event: str) -> str:
    """Return where `event` leads from `old`, or raise NoSuchEdge."""
    for edge in EDGES:
        if (edge.old, edge.event) == (old, event):
            return edge.new
    raise NoSuchEdge(f"{event} from {old}")
