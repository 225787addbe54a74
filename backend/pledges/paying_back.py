"""All gifts of a project that does not go ahead go back to their donors.

The committee has said so in public (`decide_short`), or money came after a minimum was missed.
What is left to pay back is read from the rows alone: a pledge that still holds money and for
which nobody has asked here before. Each has one refund, whose id follows from the pledge's, so
that two workers, a kill or a second decision ask for the same one.
"""

import time
from datetime import datetime
from uuid import UUID, uuid5

import structlog
from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from backend.common.translated import text_in
from backend.jobs.queue import enqueue
from backend.payments.pace import wait_for_turn
from backend.payments.queries import left_to_refund, refund_exists
from backend.pledges import states
from backend.pledges.models import Pledge
from backend.pledges.operations import PledgeRefused
from backend.pledges.returning import LONGEST_REASON, RefundsWait, refund_pledge
from backend.projects import states as project_states

logger = structlog.get_logger(__name__)
PAYING_BACK = UUID("0191d5a0-5c3e-7b1f-9c7e-6a4b8f2d1c90")
SLICE_SECONDS = 30


def gifts_to_pay_back() -> QuerySet[Pledge]:
    """Return the pledges that hold money of a project that does not go ahead, the oldest first.

    A disputed one is with the donor's bank; it comes back here if the bank decides for us.
    """
    return Pledge.objects.filter(
        project__state=project_states.FAILED,
        state__in=[states.SETTLED, states.PART_REFUNDED],
        is_sample=False,
    ).order_by("settled_at", "id")


def go_on_paying_back() -> None:
    """Have a job go on with each project that has money to pay back."""
    for project_id in (
        gifts_to_pay_back().order_by().values_list("project_id", flat=True).distinct()
    ):
        pay_back_later(project_id)


def pay_back_later(project_id: UUID) -> None:
    """Have a job pay back what the project holds."""
    enqueue("pledges.pay_back", once=f"pay_back:{project_id}", project_id=str(project_id))


def pay_back(*, project_id: UUID, seconds: float = SLICE_SECONDS) -> int:
    """Ask for the refunds one after the other, for some seconds; return how many were asked for.

    Not atomic. While the books disagree committees' refunds wait, and these with them.
    """
    until = time.monotonic() + seconds
    asked = 0
    pledges = gifts_to_pay_back().filter(project_id=project_id)
    for pledge in pledges.select_related("project").iterator(chunk_size=200):
        if time.monotonic() >= until:
            pay_back_later(project_id)
            break
        try:
            asked += _pay_back_one(pledge, at=timezone.now())
        except RefundsWait:
            break
        except PledgeRefused as refusal:
            logger.warning("pledge.not_paid_back", problem=type(refusal).__name__)
    return asked


def _pay_back_one(pledge: Pledge, *, at: datetime) -> bool:
    refund_id = uuid5(PAYING_BACK, str(pledge.pk))
    left = left_to_refund(pledge.purpose)
    if not left or refund_exists(refund_id):
        return False
    wait_for_turn(pledge.account, "request")
    refund_pledge(
        pledge_id=pledge.pk,
        amount=left,
        reason=_reason(pledge),
        asked_by=None,
        refund_id=refund_id,
        at=at,
        by_committee=True,
    )
    return True


def _reason(pledge: Pledge) -> str:
    """Return what the committee said in public, as far as possible in the donor's language."""
    project = pledge.project
    said = text_in(project.state_reason, pledge.language, project.default_language).text
    if not said:
        with translation.override(pledge.language or settings.LANGUAGE_CODE):
            said = _("The project does not go ahead.")
    return said[:LONGEST_REASON]
