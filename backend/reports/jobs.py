"""The jobs of the public figures."""

from django.utils import timezone

from backend.jobs.queue import periodic
from backend.reports.queries import refresh_site_figures


@periodic("reports.refresh_site_figures", cron="* * * * *")
def refresh() -> None:
    """Count the figures of the whole site, so that no visitor waits for it."""
    refresh_site_figures(at=timezone.now())
