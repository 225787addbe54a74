"""When the books are compared: every night, and the invariants every hour."""

from django.conf import settings
from django.utils import timezone

from backend.jobs.queue import periodic
from backend.reconciliation.operations import compare_records, look_at_invariants


@periodic("reconciliation.compare", cron=settings.RECONCILIATION_CRON)
def compare() -> None:
    """Compare the three records."""
    compare_records(at=timezone.now())


@periodic("reconciliation.look_at_invariants", cron=settings.INVARIANTS_CRON)
def look() -> None:
    """Look at every named invariant."""
    look_at_invariants(at=timezone.now())
