"""What happens to a pledge whose money goes back: refunds, and disputes of its donor's bank.

A treasurer asks for a refund; payments carry it out. What then really moves comes back here, in
one transaction: the book, the pledge's shown state, and last the project's total. The same
movement again changes nothing.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from math import ceil
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from backend.common.crashpoints import crashpoint
from backend.ledger.operations import EntryLine, credit, debit, post
from backend.money import Money
from backend.payments import refunds
from backend.payments.gateways.stripe import StripeUnreachable
from backend.payments.models import Payment, Refund
from backend.payments.queries import has_open_dispute, is_known_refund, settled_payment
from backend.pledges import states
from backend.pledges.brakes import count_refund
from backend.pledges.models import Pledge
from backend.pledges.operations import PledgeRefused, moved, stripe_account_code, take_edge
from backend.projects.operations import add_to_totals
from backend.throttles.operations import TooOften

LONGEST_REASON = 500


class NotRefundable(PledgeRefused):
    """There is no money of this pledge to give back."""


class DisputeOpen(PledgeRefused):
    """The donor's bank has the money until it decides."""

    code = "dispute_open"


class MoreThanIsLeft(PledgeRefused):
    """More than the pledge still has."""

    field = "amount"


class NotAWholeAmount(PledgeRefused):
    """Nothing, less than nothing, or a part that cannot be paid out."""

    field = "amount"


class RefundsWait(PledgeRefused):
    """The books disagree, so committees' refunds wait for a person of the platform."""


class TooManyRefunds(PledgeRefused):
    """A person asked for as many refunds as one gives in a day."""

    def __init__(self, text: str, retry_seconds: int) -> None:
        """Keep when the next one is taken."""
        super().__init__(text)
        self.retry_seconds = retry_seconds


class NoReason(PledgeRefused):
    """Nobody gives money back without saying why."""

    field = "reason"


class RefundAskedDifferently(PledgeRefused):
    """The same form came again with another sum."""


def refund_pledge(  # what the row keeps, and for whom it is asked
    *,
    pledge_id: UUID,
    amount: Money,
    reason: str,
    asked_by: UUID | None,
    refund_id: UUID,
    at: datetime,
    by_committee: bool = False,
    by_hand: bool = False,
) -> Refund:
    """Give `amount` of the pledge back to its donor; the same `refund_id` again is the same refund.

    `by_hand`: a person fills in a form for this one, of which one takes only so many a day.

    Not atomic: record, call, apply. When Stripe is silent the refund stays requested, and the
    sweep goes on with it. Raises NoReason, NotRefundable, DisputeOpen, MoreThanIsLeft,
    NotAWholeAmount, TooManyRefunds, RefundAskedDifferently or, for a committee, RefundsWait.
    """
    if by_hand and asked_by and not is_known_refund(refund_id):
        _count(asked_by, at=at)
    refund = _requested(
        pledge_id=pledge_id,
        amount=amount,
        reason=reason.strip(),
        asked_by=asked_by,
        refund_id=refund_id,
        at=at,
        by_committee=by_committee,
    )
    try:
        return refunds.carry_out_refund(refund=refund, at=at)
    except StripeUnreachable:
        return refund


def _count(person_id: UUID, *, at: datetime) -> None:
    try:
        count_refund(person_id=person_id, at=at)
    except TooOften as often:
        seconds = ceil((often.again_at - at).total_seconds())
        raise TooManyRefunds(
            _("You have refunded several pledges today. Go on tomorrow, or ask a steward."), seconds
        ) from often


def check_refund(*, pledge_id: UUID, amount: Money, by_committee: bool = False) -> None:
    """Raise what refund_pledge would raise now; nothing is written."""
    with _refusals():
        refunds.check_refund(
            payment=_payment_of(pledge_id), amount=amount, by_committee=by_committee
        )


def _requested(
    *,
    pledge_id: UUID,
    amount: Money,
    reason: str,
    asked_by: UUID | None,
    refund_id: UUID,
    at: datetime,
    by_committee: bool,
) -> Refund:
    if not 0 < len(reason) <= LONGEST_REASON:
        raise NoReason(_("Write in at most 500 characters why the money goes back."))
    payment = _payment_of(pledge_id)
    with _refusals():
        return refunds.request_refund(
            payment_id=payment.pk,
            amount=amount,
            reason=reason,
            asked_by=asked_by,
            refund_id=refund_id,
            at=at,
            by_committee=by_committee,
        )


def _payment_of(pledge_id: UUID) -> Payment:
    payment = settled_payment(Pledge.objects.get(pk=pledge_id).purpose)
    if payment is None:
        raise NotRefundable(_("No money of this pledge can be given back."))
    return payment


@contextmanager
def _refusals() -> Iterator[None]:
    """Tell in words what payments refuse."""
    try:
        yield
    except refunds.DisputeIsOpen as held:
        raise DisputeOpen(
            _("The donor’s bank holds this money until it decides. A refund would pay twice.")
        ) from held
    except refunds.RefundsAreHeld as wait:
        raise RefundsWait(
            _("Our books and Stripe’s do not agree just now. A steward looks; try again later.")
        ) from wait
    except refunds.MoreThanIsLeft as more:
        raise MoreThanIsLeft(_("This is more than is left of the pledge.")) from more
    except refunds.NotAWholeAmount as part:
        raise NotAWholeAmount(_("This sum cannot be paid out.")) from part
    except refunds.RefundKeyReused as other:
        raise RefundAskedDifferently(
            _("This form was sent before with another sum. Begin again.")
        ) from other
    except refunds.NotRefundable as nothing:
        raise NotRefundable(_("All the money of this pledge has gone back.")) from nothing


@transaction.atomic
def book_refund(*, pledge_id: UUID, refund: str, amount: Money, at: datetime) -> Pledge:
    """Book money that left for the donor. Stripe's fee on the gift is not given back."""
    pledge = _locked(pledge_id)
    lines = [
        debit(f"{pledge.project.chain}:gifts", amount),
        credit(stripe_account_code(pledge.project), amount),
    ]
    if _post(pledge, "pledge_refunded", f"refund:{refund}", lines, at=at):
        _change_returned(pledge, amount, at=at)
    return pledge


@transaction.atomic
def undo_refund(*, pledge_id: UUID, refund: str, amount: Money, at: datetime) -> Pledge:
    """Book the money of a refund that the donor's bank sent back."""
    pledge = _locked(pledge_id)
    lines = [
        debit(stripe_account_code(pledge.project), amount),
        credit(f"{pledge.project.chain}:gifts", amount),
    ]
    if _post(pledge, "refund_failed", f"refund:{refund}", lines, at=at):
        _change_returned(pledge, -amount, at=at)
    return pledge


@transaction.atomic
def book_there_and_back(*, pledge_id: UUID, refund: str, amount: Money, at: datetime) -> Pledge:
    """Book both ways of a refund that came back before we heard of it; no total changes."""
    pledge = _locked(pledge_id)
    gifts, stripe = f"{pledge.project.chain}:gifts", stripe_account_code(pledge.project)
    there = [debit(gifts, amount), credit(stripe, amount)]
    back = [debit(stripe, amount), credit(gifts, amount)]
    _post(pledge, "pledge_refunded", f"refund:{refund}", there, at=at)
    _post(pledge, "refund_failed", f"refund:{refund}", back, at=at)
    return pledge


@transaction.atomic
def book_dispute_movement(
    *, pledge_id: UUID, movement: str, amount: Money, fee: Money, at: datetime
) -> Pledge:
    """Book what a dispute took from Stripe's balance or brought back, and what Stripe keeps.

    The gift stays the project's until the dispute is lost; meanwhile the bank holds it.
    """
    pledge = _locked(pledge_id)
    chain = pledge.project.chain
    lines = [
        *moved(stripe_account_code(pledge.project), amount - fee),
        *moved(f"{chain}:disputed", -amount),
        *moved(f"{chain}:fees", fee),
    ]
    kind = "dispute_withdrawn" if amount.minor < 0 else "dispute_reinstated"
    if lines:
        _post(pledge, kind, movement, lines, at=at)
    return pledge


@transaction.atomic
def book_lost_dispute(
    *, pledge_id: UUID, dispute: str, taken: Money, beyond: Money, at: datetime
) -> Pledge:
    """Book that the donor's bank keeps the money: `taken` of the gift, `beyond` as a cost."""
    pledge = _locked(pledge_id)
    chain = pledge.project.chain
    lines = [
        *moved(f"{chain}:gifts", taken),
        *moved(f"{chain}:fees", beyond),
        credit(f"{chain}:disputed", taken + beyond),
    ]
    if _post(pledge, "dispute_lost", f"dispute:{dispute}", lines, at=at):
        _change_returned(pledge, taken, at=at)
    return pledge


@transaction.atomic
def show_dispute(*, pledge_id: UUID, at: datetime) -> Pledge:
    """Show whether the donor's bank holds the money, as it is now."""
    pledge = _locked(pledge_id)
    return _show_what_is_true(pledge, at=at)


def _locked(pledge_id: UUID) -> Pledge:
    pledges = Pledge.objects.select_for_update(of=("self",)).select_related("project")
    return pledges.get(pk=pledge_id)


def _post(
    pledge: Pledge, kind: str, reference: str, lines: Sequence[EntryLine], *, at: datetime
) -> bool:
    """Write a line to the project's book; return False if it stands there already."""
    return post(
        kind=kind,
        reference=reference,
        chain=pledge.project.chain,
        lines=lines,
        at=at,
        public_reference=pledge.public_reference,
    ).is_new


def _change_returned(pledge: Pledge, amount: Money, *, at: datetime) -> None:
    """Count `amount` more as gone back, show it, and last of all roll it up into the project."""
    counted = bool(pledge.kept)
    pledge.returned_minor += amount.minor
    _show_what_is_true(pledge, at=at)
    crashpoint("after_ledger_before_rollup")
    add_to_totals(
        project_id=pledge.project_id,
        raised=-amount,
        supporters=bool(pledge.kept) - counted,
    )


def _show_what_is_true(pledge: Pledge, *, at: datetime) -> Pledge:
    """Take the edge to the state that money and disputes tell of, if it is another one."""
    if has_open_dispute(pledge.purpose):
        event, state = "dispute_opened", states.DISPUTED
    elif not pledge.kept:
        event, state = "all_went_back", states.REFUNDED
    elif pledge.returned:
        event, state = "part_went_back", states.PART_REFUNDED
    else:
        event, state = "all_is_here", states.SETTLED
    if pledge.state == state:
        pledge.save(update_fields=["returned_minor"])
        return pledge
    return take_edge(pledge=pledge, event=event, at=at)
