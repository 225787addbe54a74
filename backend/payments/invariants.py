"""What must always be true of payments."""

from collections import Counter
from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Q, Value, Window
from django.db.models.functions import Lag
from django.utils import timezone

from backend.ledger.invariants import Finding, invariant
from backend.payments import account_states, dispute_states, refund_states, states
from backend.payments.models import (
    Dispute,
    DisputeTransition,
    Payment,
    PaymentTransition,
    Refund,
    RefundTransition,
    StripeAccount,
    StripeAccountTransition,
    StripeEvent,
)


@invariant("I-single")
def one_success_per_purpose() -> Finding:
    """At most one payment per purpose has succeeded, and at most one may still."""
    doubled = {*_doubled([states.SUCCEEDED]), *_doubled(states.UNFINISHED)}
    return Finding(looked_at=Payment.objects.count(), broken=sorted(doubled))


def _doubled(those: Collection[str]) -> list[str]:
    rows = Payment.objects.filter(state__in=those).values("purpose")
    counted = rows.annotate(number=Count("id")).filter(number__gt=1)
    return list(counted.values_list("purpose", flat=True))


@invariant("I-event")
def every_event_is_applied() -> Finding:
    """No event waits in the inbox for more than 15 minutes."""
    late = StripeEvent.objects.filter(
        state=StripeEvent.State.RECEIVED,
        received_at__lt=timezone.now() - timedelta(minutes=15),
    )
    return Finding(
        looked_at=StripeEvent.objects.count(), broken=list(late.values_list("id", flat=True))
    )


@invariant("I-late")
def late_money_is_given_back() -> Finding:
    """Money that came beside what was asked for went back within a day."""
    came = PaymentTransition.objects.filter(new=states.LATE)
    overdue = came.filter(
        payment__state=states.LATE, at__lt=timezone.now() - timedelta(hours=24)
    ).order_by("id")
    return Finding(
        looked_at=came.count(), broken=list(overdue.values_list("payment__key", flat=True))
    )


@invariant("I-refund")
def what_goes_back_is_within_the_charge() -> Finding:
    """Refunds and lost disputes of a charge sum to what its row says, and to no more than it.

    None was asked for here while the charge's dispute was open.
    """
    asked: Counter[UUID] = Counter()
    for pk, minor in Refund.objects.filter(state__in=refund_states.COUNTED).values_list(
        "payment_id", "amount_minor"
    ):
        asked[pk] += minor
    for pk, minor in Dispute.objects.filter(taken_minor__gt=0).values_list(
        "payment_id", "taken_minor"
    ):
        asked[pk] += minor
    concerned = Payment.objects.filter(Q(pk__in=asked) | ~Q(returned_minor=0))
    broken = [
        f"{key}: {asked[pk]} of {amount} goes back, noted {noted}"
        for pk, key, amount, noted in concerned.values_list(
            "id", "key", "amount_minor", "returned_minor"
        )
        if asked[pk] != noted or noted > amount
    ]
    return Finding(looked_at=len(asked), broken=broken + _asked_during_a_dispute())


def _asked_during_a_dispute() -> list[str]:
    opened = DisputeTransition.objects.filter(
        new=dispute_states.OPEN,
        dispute__payment=OuterRef("payment"),
        at__lt=OuterRef("created_at"),
    ).filter(Q(dispute__decided_at=None) | Q(dispute__decided_at__gt=OuterRef("created_at")))
    ours = Refund.objects.filter(Exists(opened), asked_by__isnull=False)
    return list(ours.values_list("key", flat=True))


@invariant("I-stuck-refund")
def no_refund_is_stuck() -> Finding:
    """No refund waits for its call for more than an hour."""
    stuck = Refund.objects.filter(
        state=refund_states.REQUESTED, created_at__lt=timezone.now() - timedelta(hours=1)
    )
    return Finding(
        looked_at=Refund.objects.count(), broken=list(stuck.values_list("key", flat=True))
    )


@invariant("I-state-refund")
def refunds_go_along_edges() -> Finding:
    """The last transition of a refund leads to its state, that of a dispute to its own."""
    refunds = dict(RefundTransition.objects.order_by("id").values_list("refund_id", "new"))
    disputes = dict(DisputeTransition.objects.order_by("id").values_list("dispute_id", "new"))
    broken = [
        key
        for pk, key, state in Refund.objects.values_list("id", "key", "state")
        if refunds.get(pk, refund_states.REQUESTED) != state
    ]
    broken += [
        pk
        for pk, state in Dispute.objects.values_list("id", "state")
        if disputes.get(pk, dispute_states.NEW) != state
    ]
    return Finding(looked_at=len(refunds) + len(disputes), broken=broken)


@invariant("I-state-payment")
def transitions_lead_to_the_state() -> Finding:
    """Each transition of a payment goes on where the one before ended; the last is its state."""
    return Finding(
        looked_at=PaymentTransition.objects.count(),
        broken=sorted({*_broken_off(), *_elsewhere()}),
    )


def _broken_off() -> list[str]:
    before = Window(
        Lag("new", default=Value(states.NEW)), partition_by="payment_id", order_by=F("id").asc()
    )
    rows = PaymentTransition.objects.annotate(before=before).exclude(old=F("before"))
    return list(rows.values_list("payment__key", flat=True))


def _elsewhere() -> list[str]:
    latest = dict(PaymentTransition.objects.order_by("id").values_list("payment_id", "new"))
    rows = Payment.objects.values_list("id", "key", "state")
    return [key for pk, key, state in rows if latest.get(pk, states.NEW) != state]


@invariant("I-state-account")
def accounts_go_along_edges() -> Finding:
    """The last transition of a committee's account leads to its state, and none is stuck."""
    latest = dict(StripeAccountTransition.objects.order_by("id").values_list("account_id", "new"))
    an_hour_ago = timezone.now() - timedelta(hours=1)
    broken = [
        key
        for pk, key, state, at in StripeAccount.objects.values_list(
            "id", "key", "state", "created_at"
        )
        if latest.get(pk, account_states.NONE) != state
        or (state == account_states.OPENING and at < an_hour_ago)
    ]
    return Finding(looked_at=StripeAccount.objects.count(), broken=broken)


@invariant("I-stuck-payment")
def nothing_is_stuck() -> Finding:
    """No payment stays without a session for more than an hour."""
    stuck = Payment.objects.filter(
        state=states.NEW, created_at__lt=timezone.now() - timedelta(hours=1)
    )
    return Finding(
        looked_at=Payment.objects.count(), broken=list(stuck.values_list("key", flat=True))
    )
