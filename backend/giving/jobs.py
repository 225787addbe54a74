"""The jobs of monthly gifts: what donors and committees are told, each once, and looking after."""

from uuid import UUID

from django.conf import settings
from django.utils import timezone

from backend.common.crashpoints import crashpoint
from backend.giving import letters
from backend.giving.operations import look_after_gifts
from backend.giving.queries import unthanked_instalments
from backend.giving.wishes import look_after_wishes
from backend.jobs.queue import enqueue, job, periodic

MOST_AT_ONCE = 200


@job("giving.send_receipt")
def send_receipt(instalment_id: str) -> None:
    """Thank the donor for the month and send the receipt."""
    crashpoint("after_commit_before_mail")
    letters.write_receipt(instalment_id=UUID(instalment_id), at=timezone.now())


@job("giving.tell")
def tell(letter: str, gift_id: str, about: str) -> None:
    """Tell the donor what became of their gift."""
    letters.write_about_gift(letter=letter, gift_id=UUID(gift_id), about=about, at=timezone.now())


@job("giving.tell_refunded")
def tell_refunded(instalment_id: str, refund_id: str) -> None:
    """Tell the donor that the money of a month is on its way back."""
    letters.write_refunded(
        instalment_id=UUID(instalment_id), refund_id=UUID(refund_id), at=timezone.now()
    )


@job("giving.tell_disputed")
def tell_disputed(instalment_id: str, dispute_id: str) -> None:
    """Tell the committee of a dispute."""
    letters.write_disputed(
        instalment_id=UUID(instalment_id), dispute_id=dispute_id, at=timezone.now()
    )


@periodic("giving.look_after", cron=settings.STRIPE_SWEEP_CRON)
def look_after() -> None:
    """Go on with what was left undone, and write letters that were lost."""
    at = timezone.now()
    look_after_gifts(at=at)
    look_after_wishes(at=at)
    for instalment_id in unthanked_instalments(at=at)[:MOST_AT_ONCE]:
        name = f"monthly_receipt:{instalment_id}"
        enqueue("giving.send_receipt", instalment_id=str(instalment_id), once=name)
