"""The states of a dispute, as data: every edge that can be, each with its event.

An inquiry only asks; no money moves. An open dispute has taken the money until somebody decides.
What is decided is final. A state may be seen without those before it: events get lost.
"""

from backend.payments.states import Edge, NoSuchEdge

NEW = "new"
INQUIRY = "inquiry"
OPEN = "open"
WON = "won"
LOST = "lost"
CLOSED = "closed"

STATES = (NEW, INQUIRY, OPEN, WON, LOST, CLOSED)
# In these, somebody still has to decide.
UNDECIDED = (INQUIRY, OPEN)

EDGES = (
    Edge(NEW, "asked", INQUIRY),
    Edge(NEW, "opened", OPEN),
    Edge(NEW, "won", WON),
    Edge(NEW, "lost", LOST),
    Edge(NEW, "closed", CLOSED),
    Edge(INQUIRY, "opened", OPEN),
    Edge(INQUIRY, "won", WON),
    Edge(INQUIRY, "lost", LOST),
    Edge(INQUIRY, "closed", CLOSED),
    Edge(OPEN, "won", WON),
    Edge(OPEN, "lost", LOST),
)
# What Stripe's word for the state of a dispute means here, as the event that leads to it.
EVENT_OF_STATUS = {
    "warning_needs_response": "asked",
    "warning_under_review": "asked",
    "warning_closed": "closed",
    "needs_response": "opened",
    "under_review": "opened",
    "won": "won",
    "lost": "lost",
    "prevented": "closed",
}
STATE_OF_EVENT = {edge.event: edge.new for edge in EDGES}


def next_state(old: str, event: str) -> str:
    """Return where `event` leads from `old`, or raise NoSuchEdge."""
    for edge in EDGES:
        if (edge.old, edge.event) == (old, event):
            return edge.new
    raise NoSuchEdge(f"{event} from {old}")
