"""The jobs of pledges: what donors are told, each once."""

from uuid import UUID

from django.conf import settings
from django.utils import timezone

from backend.common.crashpoints import crashpoint
from backend.jobs.queue import job, periodic
from backend.pledges import letters
from backend.pledges.operations import look_after_pledges


@job("pledges.send_receipt")
def send_receipt(pledge_id: str) -> None:
    """Thank the donor and send the receipt."""
    crashpoint("after_commit_before_mail")
    letters.write_receipt(pledge_id=UUID(pledge_id), at=timezone.now())


@job("pledges.tell_processing")
def tell_processing(pledge_id: str) -> None:
    """Tell the donor that the bank takes some days."""
    letters.write_processing(pledge_id=UUID(pledge_id), at=timezone.now())


@job("pledges.tell_failed")
def tell_failed(pledge_id: str) -> None:
    """Tell the donor that the money did not come, and how to try again."""
    letters.write_failed(pledge_id=UUID(pledge_id), at=timezone.now())


@periodic("pledges.sweep", cron=settings.STRIPE_SWEEP_CRON)
def sweep() -> None:
    """End pledges that nobody went on with, and write letters that were lost."""
    look_after_pledges(at=timezone.now())
