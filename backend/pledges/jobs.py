"""The jobs of pledges: what donors and committees are told, each once."""

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


@job("pledges.tell_refunded")
def tell_refunded(pledge_id: str, refund_id: str) -> None:
    """Tell the donor that money is on its way back."""
    letters.write_refunded(pledge_id=UUID(pledge_id), refund_id=UUID(refund_id), at=timezone.now())


@job("pledges.tell_refund_failed")
def tell_refund_failed(pledge_id: str, refund_id: str) -> None:
    """Tell the donor that their bank sent the money back."""
    letters.write_refund_failed(
        pledge_id=UUID(pledge_id), refund_id=UUID(refund_id), at=timezone.now()
    )


@job("pledges.tell_disputed")
def tell_disputed(pledge_id: str, dispute_id: str) -> None:
    """Tell the committee of a dispute."""
    letters.write_disputed(pledge_id=UUID(pledge_id), dispute_id=dispute_id, at=timezone.now())


@periodic("pledges.sweep", cron=settings.STRIPE_SWEEP_CRON)
def sweep() -> None:
    """End pledges that nobody went on with, and write letters that were lost."""
    look_after_pledges(at=timezone.now())
