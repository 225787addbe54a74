"""What a payer's bank takes back: inquiries, open disputes, and how they were decided.

Nothing is asked for here: Stripe tells, and what it tells becomes a fact. The book follows the
lines of Stripe's balance, each once; whether the gift is gone is decided with the dispute.
"""

from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import Sum

from backend.events.bus import announce
from backend.money import Money
from backend.payments import dispute_states, states
from backend.payments.events import DisputeChanged, DisputeLost, DisputeMoved
from backend.payments.gateways.stripe import Disputed, Moved, StripeUnreachable, disputes_of
from backend.payments.models import Dispute, DisputeMovement, DisputeTransition, Payment
from backend.payments.refunds import note_all_returned

logger = structlog.get_logger(__name__)
ASK_SELDOM_AFTER = timedelta(hours=6)
MOST_AT_ONCE = 200


class FundsNotShown(StripeUnreachable):
    """Stripe says lost and does not show what was taken yet; what is true is asked again."""


def look_at_disputes(*, payment: Payment, at: datetime) -> None:
    """Fetch every dispute of the payment's charge and apply it.

    Not atomic. Raises StripeUnreachable, of which FundsNotShown is one.
    """
    for told in disputes_of(charge_id=payment.charge_id, account=payment.account):
        apply_dispute(payment=payment, told=told, at=at)


@transaction.atomic
def apply_dispute(*, payment: Payment, told: Disputed, at: datetime) -> Dispute:
    """Make what Stripe tells of the dispute a fact here, and announce it; twice is harmless.

    Raises FundsNotShown or NoSuchEdge; then nothing was changed.
    """
    payment = Payment.objects.select_for_update().get(pk=payment.pk)
    dispute, _ = Dispute.objects.get_or_create(
        pk=told.id,
        defaults={
            "payment": payment,
            "amount_minor": told.amount_minor,
            "opened_at": told.opened_at,
            "checked_at": at,
        },
    )
    dispute.payment = payment
    dispute.amount_minor, dispute.reason = told.amount_minor, told.reason[:80]
    dispute.answer_by, dispute.checked_at = told.answer_by, at
    dispute.save(update_fields=["amount_minor", "reason", "answer_by", "checked_at"])
    for moved in told.movements:
        _note_movement(dispute, moved, at=at)
    event = dispute_states.EVENT_OF_STATUS[told.status]
    if dispute.state != dispute_states.STATE_OF_EVENT[event]:
        _decide(dispute, event, at=at)
    note_all_returned(payment, at=at)
    return dispute


def _note_movement(dispute: Dispute, moved: Moved, *, at: datetime) -> None:
    payment = dispute.payment
    amount, fee = moved.amount_minor, moved.fee_minor
    if moved.currency != payment.currency:
        # The account counts in another currency; in this book the sum is that of the dispute.
        amount, fee = dispute.amount_minor if amount > 0 else -dispute.amount_minor, 0
    _, is_new = DisputeMovement.objects.get_or_create(
        pk=moved.id,
        defaults={"dispute": dispute, "amount_minor": amount, "fee_minor": fee, "noted_at": at},
    )
    if is_new and payment.state == states.SUCCEEDED:
        announce(
            DisputeMoved(
                purpose=payment.purpose,
                movement=moved.id,
                amount=Money(amount, payment.currency),
                fee=Money(fee, payment.currency),
                at=at,
            )
        )


def _decide(dispute: Dispute, event: str, *, at: datetime) -> None:
    """Take the edge `event`, and if the dispute is lost, take what it took from the gift."""
    payment, old = dispute.payment, dispute.state
    dispute.state = dispute_states.next_state(old, event)
    withheld = _withheld_minor(dispute)
    if dispute.state == dispute_states.LOST:
        if not withheld:
            raise FundsNotShown(dispute.pk)
        dispute.taken_minor = min(withheld, payment.amount_minor - payment.returned_minor)
        payment.returned_minor += dispute.taken_minor
        payment.save(update_fields=["returned_minor"])
    if dispute.state not in dispute_states.UNDECIDED:
        dispute.decided_at = at
    dispute.save(update_fields=["state", "taken_minor", "decided_at"])
    DisputeTransition.objects.create(
        dispute=dispute, old=old, event=event, new=dispute.state, at=at
    )
    if payment.state == states.SUCCEEDED:
        _tell(dispute, withheld, at=at)


def _tell(dispute: Dispute, withheld: int, *, at: datetime) -> None:
    payment = dispute.payment
    if dispute.state == dispute_states.LOST:
        taken = Money(dispute.taken_minor, payment.currency)
        beyond = Money(withheld, payment.currency) - taken
        if beyond:
            logger.error("dispute.beyond_the_charge", payment=payment.key, dispute=dispute.pk)
        announce(DisputeLost(payment.purpose, dispute.pk, taken, beyond, at))
    else:
        announce(DisputeChanged(payment.purpose, dispute.pk, dispute.state, at))


def _withheld_minor(dispute: Dispute) -> int:
    """Return what the dispute holds of Stripe's balance, fees left aside."""
    moved = dispute.movements.aggregate(total=Sum("amount_minor", default=0))["total"]
    return -int(moved)


def look_after_disputes(*, at: datetime) -> int:
    """Ask again about disputes that nobody has decided yet; return how many."""
    undecided = Dispute.objects.select_related("payment").filter(
        state__in=dispute_states.UNDECIDED, checked_at__lt=at - ASK_SELDOM_AFTER
    )
    found = list(undecided.order_by("checked_at", "id")[:MOST_AT_ONCE])
    for dispute in found:
        try:
            look_at_disputes(payment=dispute.payment, at=at)
        except Exception as problem:  # noted here; the event of the decision is the other way
            logger.warning(
                "dispute.sweep_failed", dispute=dispute.pk, problem=type(problem).__name__
            )
    return len(found)
