"""How an all-or-nothing campaign ends: decided once, then charged or let go, then finished.

Each step may die at any point and be done again. The decision is one row, written under the
project's lock. A charge is a row of its own with its key before Stripe hears of it. What is
left to do is always read from the rows: no list is kept in memory, and no step trusts that the
one before it came to its end.

A page that was open at the deadline may still be finished for some minutes: whoever began in time
is not cut off in the middle of their card's number. Until then the campaign is not decided.
"""

import time
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum
from django.utils import timezone

from backend.common.crashpoints import crashpoint
from backend.jobs.queue import enqueue
from backend.money import Money
from backend.payments import states as payment_states
from backend.payments.charging import NoCard, carry_out_charge, record_charge
from backend.payments.gateways.stripe import StripeRefused, StripeUnreachable
from backend.payments.models import Payment
from backend.payments.operations import (
    AlreadyPaid,
    close_page,
    end_unstarted,
    let_card_go,
)
from backend.payments.pace import wait_for_turn
from backend.payments.queries import unfinished_payments
from backend.pledges import states
from backend.pledges.models import Decision, Pledge, PledgeTransition
from backend.pledges.operations import take_edge
from backend.pledges.recovery import note_declined
from backend.projects import states as project_states
from backend.projects.models import Project
from backend.projects.operations import add_to_promised, move_project

logger = structlog.get_logger(__name__)
PAGES_STAY_OPEN_FOR = timedelta(minutes=10)
SLICE_SECONDS = 30
RELEASED_AT_ONCE = 200
ATTEMPTS_BY_DEAD_KEYS = 3


class NotDue(Exception):
    """The campaign is not all-or-nothing, not past its deadline, or suspended."""


def due_campaigns(*, at: datetime) -> QuerySet[Project]:
    """Return the all-or-nothing campaigns past their deadline and undecided, the oldest first."""
    return Project.objects.filter(
        state=project_states.PUBLISHED,
        campaign=Project.Campaign.ALL_OR_NOTHING,
        closes_at__lte=at,
    ).order_by("closes_at", "id")


def close_campaign(*, project_id: UUID, at: datetime) -> Decision | None:
    """Decide a campaign whose deadline has come, once no page can save a card for it any more.

    Not atomic. Returns None while pages are open. Raises NotDue, StripeUnreachable or
    StripeRefused.
    """
    project = Project.objects.get(pk=project_id)
    if not _pages_are_closed(project, at=at):
        return None
    decision = decide_campaign(project_id=project_id, at=at)
    crashpoint("after_decision")
    return decision


def _pages_are_closed(project: Project, *, at: datetime) -> bool:
    waiting = Pledge.objects.filter(
        project=project, state__in=[*states.UNFINISHED, states.EXPIRED, states.SECURED]
    )
    purposes = [f"pledge:{pk}" for pk in waiting.values_list("id", flat=True)]
    pages = unfinished_payments(purposes)
    if pages and at < project.closes_at + PAGES_STAY_OPEN_FOR:
        return False
    for page in pages:
        wait_for_turn(page.account, "request")
        closed = close_page(payment=page, at=at)
        if closed.state == payment_states.NEW:
            end_unstarted(payment=closed, at=at)
    return not unfinished_payments(purposes)


@transaction.atomic
def decide_campaign(*, project_id: UUID, at: datetime) -> Decision:
    """Say once whether the minimum is reached: money that arrived, and cards that are saved.

    Deciding again returns the first decision. Raises NotDue.
    """
    project = Project.objects.select_for_update(of=("self",)).get(pk=project_id)
    earlier = Decision.objects.filter(project=project).first()
    if earlier:
        return earlier
    if not due_campaigns(at=at).filter(pk=project_id).exists():
        raise NotDue(str(project_id))
    sums = Pledge.objects.filter(project=project).aggregate(
        secured=Sum(GROSS, filter=Q(state=states.SECURED), default=0),
        received=Sum(KEPT, filter=Q(state__in=states.PAID), default=0),
        pledges=Count("id", filter=Q(state=states.SECURED)),
    )
    is_reached = sums["secured"] + sums["received"] >= project.minimum_minor
    decision = Decision.objects.create(
        project=project,
        currency=project.currency,
        secured_minor=sums["secured"],
        received_minor=sums["received"],
        minimum_minor=project.minimum_minor,
        pledges=sums["pledges"],
        is_reached=is_reached,
        decided_at=at,
    )
    event = "minimum_reached" if is_reached else "minimum_missed"
    move_project(project_id=project_id, event=event, by="", at=at)
    go_on_with(project_id)
    return decision


GROSS = F("gift_minor") + F("cover_minor")
# What is left of money that arrived.
KEPT = GROSS - F("returned_minor")


def go_on_with(project_id: UUID) -> None:
    """Have jobs go on with a decided campaign, as many side by side as there are hands.

    They share no list: each takes the next pledge that nobody holds. What waits already is not
    added again, and each hand serves one campaign of an account after the other.
    """
    account = _account_of(project_id)
    for hand in range(settings.CHARGING_HANDS):
        _enqueue_hand(project_id, account, hand)


def _account_of(project_id: UUID) -> str:
    """Return the account on which the campaign's cards are saved: it is the same for all."""
    promised = Pledge.objects.filter(project_id=project_id, state__in=states.PROMISED)
    return promised.values_list("account", flat=True).first() or ""


def _enqueue_hand(project_id: UUID, account: str, hand: int) -> None:
    enqueue(
        "pledges.carry_out_decision",
        once=f"carry_out:{project_id}:{hand}",
        lock=f"charging:{account}:{hand}",
        project_id=str(project_id),
        hand=hand,
    )


def carry_out_decision(*, project_id: UUID, hand: int) -> None:
    """Charge or let go for some seconds, and have the rest done by another such job."""
    project = Project.objects.get(pk=project_id)
    if project.state == project_states.FAILED:
        while release_some(project_id=project_id, at=timezone.now()):
            pass
    if project.state == project_states.CLOSING:
        if charge_some(project_id=project_id):
            _enqueue_hand(project_id, _account_of(project_id), hand)
        finish_campaign(project_id=project_id, at=timezone.now())


def charge_some(*, project_id: UUID, seconds: float = SLICE_SECONDS) -> bool:
    """Charge saved cards one after the other, no faster than their account allows.

    Not atomic. Returns whether more can be done at once: not where Stripe does not answer, for
    then the sweep begins again in a minute.
    """
    until = time.monotonic() + seconds
    account = _account_of(project_id)
    while time.monotonic() < until:
        wait_for_turn(account, "charge")
        payment = _begin_next(project_id, at=timezone.now())
        if payment is None:
            return False
        crashpoint("after_pledge_row")
        try:
            _carry_out(payment)
        except (StripeRefused, StripeUnreachable) as problem:
            logger.warning("charge.broken_off", payment=payment.key, problem=type(problem).__name__)
            return False
    return True


@transaction.atomic
def _begin_next(project_id: UUID, *, at: datetime) -> Payment | None:
    """Write the charge of the next secured pledge, or go on with one that was broken off."""
    pledges = Pledge.objects.select_for_update(of=("self",), skip_locked=True)
    in_order = pledges.filter(project_id=project_id, state=states.SECURED).order_by("id")
    while secured := in_order.first():
        take_edge(pledge=secured, event="charge_begun", at=at)
        try:
            return record_charge(purpose=secured.purpose, amount=secured.gross, at=at)
        except NoCard:
            # Nothing can be charged; as where the bank says no, its holder is asked to help.
            note_declined(pledge_id=secured.pk, needs_authentication=False, at=at)
    untouched_since = at - timedelta(seconds=settings.CHARGE_BROKEN_OFF_SECONDS)
    begun = PledgeTransition.objects.filter(pledge=OuterRef("pk"), event="charge_begun")
    broken_off = pledges.filter(
        Exists(begun.filter(at__lt=untouched_since)),
        project_id=project_id,
        state=states.CHARGING,
        is_processing=False,
    )
    return _taken_over(list(broken_off.order_by("id")), untouched_since, at=at)


def _taken_over(
    pledges: list[Pledge], untouched_since: datetime, *, at: datetime
) -> Payment | None:
    """Return the first charge that nobody has looked at for a while, and look at it from now."""
    for pledge in pledges:
        payment = record_charge(purpose=pledge.purpose, amount=pledge.gross, at=at)
        if payment.checked_at is None or payment.checked_at < untouched_since:
            Payment.objects.filter(pk=payment.pk).update(checked_at=at)
            return payment
    return None


def _carry_out(payment: Payment) -> None:
    """Charge; where Stripe's key is dead and nothing came of it, charge under the next one."""
    for _attempt in range(ATTEMPTS_BY_DEAD_KEYS):
        payment = carry_out_charge(payment=payment, at=timezone.now())
        if payment.state != payment_states.EXPIRED:
            return
        try:
            payment = record_charge(
                purpose=payment.purpose, amount=payment.amount, at=timezone.now()
            )
        except AlreadyPaid:
            return


@transaction.atomic
def release_some(*, project_id: UUID, at: datetime) -> int:
    """Let go the cards of a campaign that missed its minimum, and tell their holders; how many."""
    pledges = Pledge.objects.select_for_update(of=("self",), skip_locked=True).filter(
        project_id=project_id, state=states.SECURED
    )
    released, total = 0, 0
    for pledge in pledges.order_by("id")[:RELEASED_AT_ONCE]:
        take_edge(pledge=pledge, event="card_released", at=at)
        let_card_go(purpose=pledge.purpose, at=at)
        enqueue("pledges.tell", letter="released", pledge_id=str(pledge.pk))
        released, total = released + 1, total + pledge.gross.minor
    if released:
        currency = pledge.currency
        add_to_promised(project_id=project_id, promised=Money(-total, currency), promises=-released)
    return released


@transaction.atomic
def finish_campaign(*, project_id: UUID, at: datetime) -> Project:
    """Say what came of the charges, once none is open: done, or short of the minimum.

    Short is less than nine tenths of the minimum: then the committee decides in public.
    """
    project = Project.objects.select_for_update(of=("self",)).get(pk=project_id)
    pledges = Pledge.objects.filter(project=project)
    if project.state != project_states.CLOSING:
        return project
    if pledges.filter(state__in=states.PROMISED).exists():
        return project
    settled = pledges.filter(state__in=states.PAID).aggregate(sum=Sum(KEPT, default=0))["sum"]
    is_short = settled * 10 < project.minimum_minor * 9
    event = "charges_fell_short" if is_short else "charges_done"
    return move_project(project_id=project_id, event=event, by="", at=at)
