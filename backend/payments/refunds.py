"""Giving money back: one way for a treasurer's refund, for late money, and for Stripe's dashboard.

Three steps as for a payment: the row with its key is committed and takes its sum from what is
left of the charge; Stripe is called outside any transaction; what Stripe tells becomes a fact in
a second one. A refund that was asked for elsewhere gets its row when Stripe tells of it.
"""

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import F, Sum

from backend.common.crashpoints import crashpoint
from backend.common.ids import uuid7
from backend.events.bus import announce
from backend.money import Money
from backend.money.currencies import multiple
from backend.payments import dispute_states, refund_states, states
from backend.payments.events import (
    MoneyCameBack,
    MoneySentBack,
    MoneyThereAndBack,
    SecondPaymentReturned,
)
from backend.payments.gateways.stripe import (
    Returned,
    StripeBroken,
    StripeRefused,
    StripeUnreachable,
    create_refund,
    refunds_of,
    refuse_inside_transaction,
)
from backend.payments.models import Dispute, Payment, Refund, RefundsHold, RefundTransition
from backend.payments.operations import move_payment

logger = structlog.get_logger(__name__)
# So often late money is sent back by itself; a person looks when it came back each time.
MOST_RETURNS = 3
OVER = ("failed", "canceled")
# Longer than any call takes: who asked is dead by then, or was told that Stripe is silent.
FIRST_CALL_TAKES = timedelta(minutes=1)
ASK_SELDOM_AFTER = timedelta(hours=1)
MOST_AT_ONCE = 200


class RefundNotPossible(Exception):
    """The refund cannot be made; what is wrong is the class."""


class NotRefundable(RefundNotPossible):
    """No money of this payment is with Stripe, or all of it has gone back."""


class DisputeIsOpen(RefundNotPossible):
    """The payer's bank has the money until it decides; giving it back now would pay twice."""


class MoreThanIsLeft(RefundNotPossible):
    """Refunds and lost disputes together would be more than the charge."""


class NotAWholeAmount(RefundNotPossible):
    """Less than nothing, another currency, or a part of the smallest unit that Stripe moves."""


class RefundsAreHeld(RefundNotPossible):
    """The books disagree: until a person of the platform has looked, committees wait."""


class RefundKeyReused(RefundNotPossible):
    """The same key came with another payment or another sum."""


class RefundUnderWay(StripeUnreachable):
    """What Stripe tells does not fit before another refund of the charge is decided."""


@transaction.atomic
def request_refund(  # what the row keeps, no more
    *,
    payment_id: UUID,
    amount: Money,
    reason: str,
    asked_by: UUID | None,
    refund_id: UUID,
    at: datetime,
    by_committee: bool = False,
) -> Refund:
    """Write the refund with its key and take its sum from the charge; again returns the first.

    Raises NotRefundable, DisputeIsOpen, MoreThanIsLeft, NotAWholeAmount, RefundKeyReused or, for
    a committee, RefundsAreHeld.
    """
    payment = Payment.objects.select_for_update().get(pk=payment_id)
    earlier = Refund.objects.select_related("payment").filter(pk=refund_id).first()
    if earlier:
        if (earlier.payment_id, earlier.amount) != (payment.pk, amount):
            raise RefundKeyReused(str(refund_id))
        return earlier
    check_refund(payment=payment, amount=amount, by_committee=by_committee)
    return _take_from_charge(
        payment,
        Refund(
            id=refund_id,
            key=f"refund:{refund_id}",
            amount_minor=amount.minor,
            reason=reason,
            asked_by=asked_by,
            created_at=at,
        ),
    )


def hold_refunds(*, at: datetime) -> None:
    """Let refunds by committees wait, from the first call on."""
    RefundsHold.objects.get_or_create(pk=1, defaults={"since": at})


def free_refunds() -> None:
    """Let committees refund again."""
    RefundsHold.objects.all().delete()


def check_refund(*, payment: Payment, amount: Money, by_committee: bool = False) -> None:
    """Raise why `amount` of the payment cannot be given back now, if it cannot.

    Raises NotRefundable, DisputeIsOpen, MoreThanIsLeft, NotAWholeAmount or RefundsAreHeld.
    """
    if by_committee and RefundsHold.objects.exists():
        raise RefundsAreHeld
    step = multiple(payment.currency)
    if amount.currency != payment.currency or amount.minor <= 0 or amount.minor % step:
        raise NotAWholeAmount(f"{amount} of {payment.key}")
    if payment.state not in (states.SUCCEEDED, states.LATE) or not _left_of(payment):
        raise NotRefundable(payment.key)
    if Dispute.objects.filter(payment=payment, state=dispute_states.OPEN).exists():
        raise DisputeIsOpen(payment.key)
    if amount.minor > _left_of(payment):
        raise MoreThanIsLeft(payment.key)


def _left_of(payment: Payment) -> int:
    return payment.amount_minor - payment.returned_minor


def _take_from_charge(payment: Payment, refund: Refund) -> Refund:
    """Save the new refund; the row of the payment is locked by whoever calls."""
    payment.returned_minor += refund.amount_minor
    payment.save(update_fields=["returned_minor"])
    refund.payment = payment
    refund.save(force_insert=True)
    return refund


def carry_out_refund(*, refund: Refund, at: datetime) -> Refund:
    """Ask Stripe for the refund and apply the answer; asked for already, it is looked up.

    Not atomic. Raises StripeUnreachable; the sweep then goes on with it.
    """
    refuse_inside_transaction()
    crashpoint("after_refund_row")
    if refund.state != refund_states.REQUESTED or refund.stripe_id:
        return refund
    told = _found(refund) if at > refund.created_at else None
    try:
        told = told or _asked_for(refund)
    except StripeRefused as refusal:
        # An earlier call whose answer was lost may have been what leaves nothing to give back.
        told = _found(refund)
        if told is None:
            return _end_refused(refund=refund, problem=str(refusal), at=at)
    crashpoint("after_refund_before_commit")
    return apply_refund(refund=refund, told=told, at=at)


def _asked_for(refund: Refund) -> Returned:
    payment = refund.payment
    try:
        return create_refund(
            charge_id=payment.charge_id,
            amount_minor=refund.amount_minor,
            refund_key=refund.key,
            key=refund.stripe_key,
            account=payment.account,
        )
    except StripeBroken:
        told = _found(refund)
        if told is None:
            # Stripe would replay the broken answer for a day; nothing was made with that key.
            Refund.objects.filter(pk=refund.pk, attempt=refund.attempt).update(
                attempt=F("attempt") + 1
            )
            raise
        return told
    except StripeUnreachable:
        told = _found(refund)
        if told is None:
            raise
        return told


def _found(refund: Refund) -> Returned | None:
    """Look for the refund at Stripe among all of its charge."""
    payment = refund.payment
    for told in refunds_of(charge_id=payment.charge_id, account=payment.account):
        if told.refund_key == refund.key:
            return told
    return None


@transaction.atomic
def _end_refused(*, refund: Refund, problem: str, at: datetime) -> Refund:
    """End a refund that Stripe did not take, and give its sum free again."""
    payment = Payment.objects.select_for_update().get(pk=refund.payment_id)
    refund = _locked(refund, payment)
    if refund.state == refund_states.REQUESTED:
        refund.problem = problem[:300]
        refund = _move(refund, "refused", at=at)
        _give_free(payment, refund)
    return refund


@transaction.atomic
def apply_refund(*, refund: Refund, told: Returned, at: datetime) -> Refund:
    """Make what Stripe tells of the refund a fact here, and announce it; twice is harmless."""
    payment = Payment.objects.select_for_update().get(pk=refund.payment_id)
    refund = _locked(refund, payment)
    refund.stripe_id, refund.checked_at = told.id, at
    refund.save(update_fields=["stripe_id", "checked_at"])
    is_over = told.status in OVER
    if told.has_left and refund.state in refund_states.UNFINISHED:
        refund.sent_at = at
        refund = _move(refund, "sent", at=at)
        if payment.state == states.SUCCEEDED:
            announce(MoneySentBack(payment.purpose, str(refund.pk), refund.amount, at))
    elif not is_over and refund.state == refund_states.REQUESTED:
        refund = _move(refund, "accepted", at=at)
    if is_over and refund.state in refund_states.COUNTED:
        refund = _fail(payment, refund, problem=told.problem or told.status, at=at)
    note_all_returned(payment, at=at)
    return refund


def _fail(payment: Payment, refund: Refund, *, problem: str, at: datetime) -> Refund:
    had_left = refund.state == refund_states.SENT
    refund.problem, refund.sent_at = problem[:300], None
    refund = _move(refund, "failed", at=at)
    _give_free(payment, refund)
    if had_left and payment.state == states.SUCCEEDED:
        announce(MoneyCameBack(payment.purpose, str(refund.pk), refund.amount, at))
    if had_left and payment.state == states.RETURNED:
        logger.error("payment.came_back", payment=payment.key)
        move_payment(payment, "came_back", at=at)
    return refund


def _give_free(payment: Payment, refund: Refund) -> None:
    payment.returned_minor -= refund.amount_minor
    payment.save(update_fields=["returned_minor"])


def _locked(refund: Refund, payment: Payment) -> Refund:
    refund = Refund.objects.select_for_update().get(pk=refund.pk)
    refund.payment = payment
    return refund


def _move(refund: Refund, event: str, *, at: datetime) -> Refund:
    """Take the edge `event`; whoever calls has locked the row."""
    old, new = refund.state, refund_states.next_state(refund.state, event)
    refund.state = new
    refund.save(update_fields=["state", "problem", "sent_at"])
    RefundTransition.objects.create(refund=refund, old=old, event=event, new=new, at=at)
    return refund


def note_all_returned(payment: Payment, *, at: datetime) -> None:
    """End a payment that was in no book, once all its money is back with the payer."""
    if payment.state != states.LATE:
        return
    sent = payment.refunds.filter(state=refund_states.SENT).aggregate(
        total=Sum("amount_minor", default=0)
    )["total"]
    taken = payment.disputes.aggregate(total=Sum("taken_minor", default=0))["total"]
    if sent + taken == payment.amount_minor:
        payment = move_payment(payment, "returned", at=at)
        number = payment.transitions.filter(event="returned").count()
        if sent:
            back = Money(sent, payment.currency)
            announce(SecondPaymentReturned(payment.purpose, str(payment.pk), number, back, at))


def look_at_refunds(*, payment: Payment, at: datetime) -> None:
    """Fetch every refund of the payment's charge and apply it, those of the dashboard too.

    Not atomic. Raises StripeUnreachable, of which RefundUnderWay is one.
    """
    crashpoint("before_refetch")
    found = refunds_of(charge_id=payment.charge_id, account=payment.account)
    crashpoint("after_refetch_before_apply")
    for told in found:
        _note(payment=payment, told=told, at=at)


@transaction.atomic
def _note(*, payment: Payment, told: Returned, at: datetime) -> None:
    """Apply a refund, with a row of its own if it was asked for elsewhere: both or neither.

    A row without what Stripe told of it would be asked for here, and the money would go back
    twice. Raises RefundUnderWay while its sum does not fit beside what we asked for ourselves.
    """
    payment = Payment.objects.select_for_update().get(pk=payment.pk)
    ours = payment.refunds.filter(stripe_id=told.id) | payment.refunds.filter(key=told.refund_key)
    refund = ours.first()
    if refund is None:
        if told.status in OVER and not told.has_left:
            return
        logger.warning("refund.asked_for_elsewhere", payment=payment.key, refund=told.id)
        elsewhere = Refund(
            id=uuid7(),
            key=f"stripe:{told.id}",
            stripe_id=told.id,
            amount_minor=told.amount_minor,
            created_at=at,
        )
        if told.amount_minor > _left_of(payment):
            if told.status in OVER:
                _note_there_and_back(payment, elsewhere, problem=told.problem or told.status, at=at)
                return
            raise RefundUnderWay(f"{told.id} of {payment.key}")
        refund = _take_from_charge(payment, elsewhere)
    apply_refund(refund=refund, told=told, at=at)


def _note_there_and_back(payment: Payment, refund: Refund, *, problem: str, at: datetime) -> None:
    """Note a refund that left and came back unseen, and whose sum went back otherwise since."""
    refund.payment, refund.problem = payment, problem[:300]
    refund.save(force_insert=True)
    refund.sent_at = at
    refund = _move(refund, "sent", at=at)
    refund.sent_at = None
    refund = _move(refund, "failed", at=at)
    if payment.state == states.SUCCEEDED:
        announce(MoneyThereAndBack(payment.purpose, str(refund.pk), refund.amount, at))


def return_late_money(*, payment: Payment, at: datetime) -> Payment:
    """Give back the money of a payment that came beside the one that counts.

    Not atomic. Money that went back already is only noted. Raises StripeUnreachable.
    """
    if payment.state != states.LATE:
        return payment
    Payment.objects.filter(pk=payment.pk).update(checked_at=at)
    look_at_refunds(payment=payment, at=at)
    refund = _return_of(payment, at=at)
    if refund:
        carry_out_refund(refund=refund, at=at)
    return Payment.objects.get(pk=payment.pk)


def _return_of(payment: Payment, *, at: datetime) -> Refund | None:
    """Return the refund that still has to be asked for, or None: on its way, or a person's."""
    waiting = payment.refunds.select_related("payment").filter(state=refund_states.REQUESTED)
    if waiting.exists() or payment.refunds.count() >= MOST_RETURNS:
        return waiting.first()
    payment.refresh_from_db()
    try:
        return request_refund(
            payment_id=payment.pk,
            amount=Money(_left_of(payment), payment.currency),
            reason="Paid twice",
            asked_by=None,
            refund_id=uuid7(),
            at=at,
        )
    except RefundNotPossible:
        return None


def look_after_refunds(*, at: datetime) -> int:
    """Go on with refunds that wait for Stripe or for a dead process; return how many."""
    rows = Refund.objects.select_related("payment").order_by("created_at", "id")
    asked = rows.filter(state=refund_states.REQUESTED, created_at__lt=at - FIRST_CALL_TAKES)
    waiting = rows.filter(state=refund_states.PENDING, checked_at__lt=at - ASK_SELDOM_AFTER)
    found = [*asked[:MOST_AT_ONCE], *waiting[:MOST_AT_ONCE]]
    for refund in found:
        try:
            _go_on_with(refund, at=at)
        except Exception as problem:  # noted here, and named by the invariants while it lasts
            logger.warning("refund.sweep_failed", refund=refund.key, problem=type(problem).__name__)
    return len(found)


def _go_on_with(refund: Refund, *, at: datetime) -> None:
    if refund.state == refund_states.REQUESTED:
        carry_out_refund(refund=refund, at=at)
    else:
        look_at_refunds(payment=refund.payment, at=at)
