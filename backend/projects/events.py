"""What projects announce."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class CampaignExtended:
    """The deadline has moved; whoever has a card saved may withdraw."""

    project_id: UUID
    old_closes_at: datetime
    new_closes_at: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class ProjectMoved:
    """The project is in another state now."""

    project_id: UUID
    state: str
    at: datetime


@dataclass(frozen=True, slots=True)
class GiftsToPayBack:
    """The committee does not go ahead: all that has arrived for the project goes back."""

    project_id: UUID
    by: str
    at: datetime
