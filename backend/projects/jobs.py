"""The jobs of projects."""

from django.utils import timezone

from backend.jobs.queue import periodic
from backend.projects.operations import close_due_projects


@periodic("projects.close_due", cron="* * * * *")
def close_due() -> None:
    """Close the campaigns whose moment has come."""
    close_due_projects(at=timezone.now())
