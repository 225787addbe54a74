"""What must always be true of payments."""

from collections.abc import Collection
from datetime import timedelta

from django.db.models import Count, F, Value, Window
from django.db.models.functions import Lag
from django.utils import timezone

from backend.ledger.invariants import Finding, invariant
from backend.payments import states
from backend.payments.models import Payment, PaymentTransition, StripeEvent


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


@invariant("I-stuck-payment")
def nothing_is_stuck() -> Finding:
    """No payment stays without a session for more than an hour."""
    stuck = Payment.objects.filter(
        state=states.NEW, created_at__lt=timezone.now() - timedelta(hours=1)
    )
    return Finding(
        looked_at=Payment.objects.count(), broken=list(stuck.values_list("key", flat=True))
    )
