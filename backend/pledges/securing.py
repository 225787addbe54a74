"""What can be done with a pledge whose card is saved, until the campaign is decided.

The project's row is the last that each step touches, and it is touched only while the campaign is
undecided. Its lock makes one order of all steps and the decision: what is promised before it
counts, and what comes after it has not happened.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from backend.jobs.queue import enqueue
from backend.money import Money
from backend.payments.operations import let_card_go
from backend.payments.queries import cover_for
from backend.pledges import states
from backend.pledges.models import Pledge
from backend.pledges.operations import (
    ConsentMissing,
    PledgeRefused,
    note_version,
    refuse_amount,
    take_edge,
)
from backend.projects import states as project_states
from backend.projects.operations import CampaignDecided, change_promised


class TooLate(PledgeRefused):
    """The deadline has come, or the pledge is past changing."""


@transaction.atomic
def secure_pledge(*, pledge_id: UUID, at: datetime) -> Pledge:
    """Count a pledge as promised, now that its card is saved; again it is harmless.

    Where the campaign is decided, or the pledge withdrawn, the card is let go instead.
    """
    pledge = _locked(pledge_id)
    if pledge.state in states.PROMISED:
        return pledge
    try:
        with transaction.atomic():
            pledge = take_edge(pledge=pledge, event="card_saved", at=at)
            change_promised(project_id=pledge.project_id, promised=pledge.gross, promises=1)
    except (CampaignDecided, states.NoSuchEdge):
        let_card_go(purpose=pledge.purpose, at=at)
        pledge = _locked(pledge_id)
        if pledge.state == states.PENDING:
            pledge = take_edge(pledge=pledge, event="payment_expired", at=at)
        if pledge.state == states.EXPIRED:
            enqueue("pledges.tell", letter="too_late", pledge_id=str(pledge_id))
        return pledge
    enqueue("pledges.tell", letter="secured", pledge_id=str(pledge_id))
    return pledge


@transaction.atomic
def change_pledge(
    *, pledge_id: UUID, amount: Money, cover_fee: bool, save_card: bool, at: datetime
) -> Pledge:
    """Promise another sum by the same card; what was promised before stays on record.

    Raises TooLate, WrongCurrency, AmountOutOfRange or ConsentMissing.
    """
    pledge = _changeable(pledge_id, at=at)
    refuse_amount(pledge.project, amount)
    if not save_card:
        raise ConsentMissing(_("Agree that the new sum may be charged, or the old one stays."))
    cover = cover_for(amount, account=pledge.account) if cover_fee else Money(0, amount.currency)
    before = pledge.gross
    if (amount, cover) == (pledge.gift, pledge.cover):
        return pledge
    pledge.gift_minor, pledge.cover_minor = amount.minor, cover.minor
    pledge.save(update_fields=["gift_minor", "cover_minor"])
    version = note_version(pledge=pledge, at=at)
    enqueue("pledges.tell", letter="changed", pledge_id=str(pledge_id), number=version.number)
    _promise(pledge, pledge.gross - before, 0)
    return pledge


@transaction.atomic
def withdraw_pledge(*, pledge_id: UUID, at: datetime) -> Pledge:
    """Take a promise back and let its card go; again it is harmless. Raises TooLate."""
    if _locked(pledge_id).state == states.WITHDRAWN:
        return _locked(pledge_id)
    pledge = take_edge(pledge=_changeable(pledge_id, at=at), event="withdrawn", at=at)
    let_card_go(purpose=pledge.purpose, at=at)
    enqueue("pledges.tell", letter="withdrawn", pledge_id=str(pledge_id))
    _promise(pledge, -pledge.gross, -1)
    return pledge


def can_change(pledge: Pledge, at: datetime) -> bool:
    """Tell whether a pledge can be changed or withdrawn at `at`; the deadline is exclusive."""
    project = pledge.project
    is_open = project.state in project_states.UNDECIDED and at < project.closes_at
    return pledge.state == states.SECURED and is_open


def _changeable(pledge_id: UUID, *, at: datetime) -> Pledge:
    pledge = _locked(pledge_id)
    if not can_change(pledge, at):
        raise TooLate(_("This pledge can no longer be changed or withdrawn."))
    return pledge


def _promise(pledge: Pledge, more: Money, promises: int) -> None:
    try:
        change_promised(project_id=pledge.project_id, promised=more, promises=promises)
    except CampaignDecided as decided:
        raise TooLate(_("This pledge can no longer be changed or withdrawn.")) from decided


def _locked(pledge_id: UUID) -> Pledge:
    pledges = Pledge.objects.select_for_update(of=("self",))
    return pledges.select_related("project__committee", "project__home_city").get(pk=pledge_id)
