"""The jobs of payments."""

from django.conf import settings
from django.utils import timezone

from backend.jobs.queue import job, periodic
from backend.payments import inbox


@job("payments.apply_event")
def apply_event(event_id: str) -> None:
    """Make what an event points at a fact."""
    inbox.apply_event(event_id=event_id, at=timezone.now())


@periodic("payments.pull_events", cron=settings.STRIPE_PULL_CRON)
def pull_events() -> None:
    """Fetch the events that never came, for each account with open money."""
    for account in inbox.accounts_with_open_money():
        inbox.pull_events(account=account, at=timezone.now())


@periodic("payments.sweep", cron=settings.STRIPE_SWEEP_CRON)
def sweep_payments() -> None:
    """Ask Stripe about payments that should have ended."""
    inbox.sweep_payments(at=timezone.now())
