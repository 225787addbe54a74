"""What must always be true of payments."""

from datetime import timedelta

from django.db.models import Count
from django.utils import timezone

from backend.ledger.invariants import Finding, invariant
from backend.payments import states
from backend.payments.models import Payment, PaymentTransition, StripeEvent


@invariant("I-single")
def one_success_per_purpose() -> Finding:
    """At most one succeeded payment per purpose."""
    doubled = (
        Payment.objects.filter(state=states.SUCCEEDED)
        .values("purpose")
        .annotate(number=Count("id"))
        .filter(number__gt=1)
    )
    return Finding(looked_at=Payment.objects.count(), broken=[row["purpose"] for row in doubled])


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


@invariant("I-state-payment")
def last_transition_is_the_state() -> Finding:
    """The newest transition of a payment leads to the state that it is in."""
    latest = dict(PaymentTransition.objects.order_by("id").values_list("payment_id", "new"))
    rows = Payment.objects.values_list("id", "state")
    broken = [str(pk) for pk, state in rows if latest.get(pk, states.NEW) != state]
    return Finding(looked_at=len(latest), broken=broken)


@invariant("I-stuck-payment")
def nothing_is_stuck() -> Finding:
    """No payment stays without a session for more than an hour."""
    stuck = Payment.objects.filter(
        state=states.NEW, created_at__lt=timezone.now() - timedelta(hours=1)
    )
    return Finding(
        looked_at=Payment.objects.count(), broken=list(stuck.values_list("key", flat=True))
    )
