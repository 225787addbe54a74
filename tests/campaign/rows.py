"""Rows for a site that runs as its own processes."""

from tests.running_site import RunningSite

OPEN_PROJECT = """
from datetime import timedelta
from django.utils import timezone
from tests.factories import an_open_project
now = timezone.now()
an_open_project(slug={slug!r}, currency={currency!r}, goal_minor=50_000_000,
    opens_at=now - timedelta(days=1), closes_at=now + timedelta(days=30))
"""


def add_project(site: RunningSite, *, slug: str, currency: str = "EUR") -> str:
    """Publish a project in the site's database and return its slug."""
    site.shell(OPEN_PROJECT.format(slug=slug, currency=currency))
    return slug
