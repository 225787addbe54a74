"""The upkeep of the counts."""

from django.utils import timezone

from backend.jobs.queue import periodic
from backend.throttles.operations import forget_windows


@periodic("throttles.forget", cron="17 * * * *")
def forget() -> None:
    """Delete counts that are over."""
    forget_windows(at=timezone.now())
