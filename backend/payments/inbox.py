"""The inbox of Stripe's events: sent or pulled, each once, applied by a job.

An event is a pointer. What it says is not used; what is true now is fetched.
"""

from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction

from backend.common.crashpoints import crashpoint
from backend.jobs.queue import enqueue
from backend.payments import states
from backend.payments.gateways.stripe import (
    Pointer,
    StripeRefused,
    StripeUnreachable,
    events_since,
    fetch_session,
    read_delivery,
)
from backend.payments.models import EventCursor, Payment, StripeEvent
from backend.payments.operations import apply_session, end_unstarted, refresh_payment

logger = structlog.get_logger(__name__)
OVERLAP = timedelta(hours=1)
FIRST_PULL = timedelta(days=2)
ABANDONED_AFTER = timedelta(minutes=50)
ASK_AGAIN_AFTER = timedelta(minutes=2)
SESSION_EVENTS = "checkout.session."


class WrongMode(Exception):
    """A test event came to a live installation, or the reverse."""


def receive_delivery(*, body: bytes, signature: str, at: datetime) -> bool:
    """Store a delivery of Stripe's and have it applied; return False if it was known.

    Raises BadSignature or WrongMode; then nothing is stored.
    """
    pointer = read_delivery(body=body, signature=signature)
    if pointer.livemode != settings.STRIPE_IS_LIVE:
        raise WrongMode(pointer.id)
    is_new = store_event(pointer=pointer, was_pulled=False, at=at)
    crashpoint("after_event_stored")
    return is_new


@transaction.atomic
def store_event(*, pointer: Pointer, was_pulled: bool, at: datetime) -> bool:
    """Write the event to the inbox with its job; return False if it was there already."""
    _, created = StripeEvent.objects.get_or_create(
        id=pointer.id,
        defaults={
            "account": pointer.account,
            "type": pointer.type,
            "subject_id": pointer.subject_id,
            "created_at": pointer.created_at,
            "received_at": at,
            "was_pulled": was_pulled,
        },
    )
    if created:
        enqueue("payments.apply_event", event_id=pointer.id)
    return created


def apply_event(*, event_id: str, at: datetime) -> StripeEvent:
    """Fetch what the event points at and make it a fact; applying again is harmless.

    An event of a payment that we do not know stays in the inbox as unmatched and is tried again.
    """
    event = StripeEvent.objects.get(pk=event_id)
    if event.state in (StripeEvent.State.APPLIED, StripeEvent.State.IGNORED):
        return event
    payment = _payment_of(event)
    if payment is not None:
        _refresh(payment, event, at=at)
        return _close(event, StripeEvent.State.APPLIED, at=at)
    if not event.type.startswith(SESSION_EVENTS):
        return _close(event, StripeEvent.State.IGNORED, at=at)
    return _close(event, StripeEvent.State.UNMATCHED, at=at)


def _refresh(payment: Payment, event: StripeEvent, *, at: datetime) -> None:
    if payment.session_id or not event.type.startswith(SESSION_EVENTS):
        refresh_payment(payment=payment, at=at)
        return
    # The answer that would have told us the session's id was lost; the event tells it.
    crashpoint("before_refetch")
    session = fetch_session(session_id=event.subject_id, account=event.account)
    crashpoint("after_refetch_before_apply")
    apply_session(payment=payment, session=session, at=at)


def _payment_of(event: StripeEvent) -> Payment | None:
    if event.type == "charge.updated":
        return Payment.objects.filter(charge_id=event.subject_id, account=event.account).first()
    known = Payment.objects.filter(session_id=event.subject_id, account=event.account).first()
    if known or not event.type.startswith(SESSION_EVENTS):
        return known
    session = fetch_session(session_id=event.subject_id, account=event.account)
    return Payment.objects.filter(key=session.payment_key, account=event.account).first()


@transaction.atomic
def _close(event: StripeEvent, state: str, *, at: datetime) -> StripeEvent:
    event.state = state
    event.applied_at = None if state == StripeEvent.State.UNMATCHED else at
    event.save(update_fields=["state", "applied_at"])
    return event


def pull_events(*, account: str, at: datetime) -> int:
    """Fetch the events that never came, with an hour of overlap; return how many were new."""
    cursor = EventCursor.objects.filter(pk=account).first()
    since = (cursor.pulled_until - OVERLAP) if cursor else (at - FIRST_PULL)
    new = 0
    for pointer in events_since(moment=since, account=account):
        new += store_event(pointer=pointer, was_pulled=True, at=at)
    EventCursor.objects.update_or_create(pk=account, defaults={"pulled_until": at})
    return new


def accounts_with_open_money() -> list[str]:
    """Return the Stripe accounts whose events matter; the installation's own is always one."""
    accounts = Payment.objects.filter(state__in=states.UNFINISHED).values_list("account", flat=True)
    return sorted({"", *accounts.distinct()})


def sweep_payments(*, at: datetime) -> int:
    """Ask Stripe about payments that should have ended; return how many were asked about.

    A row without a session is looked for; when nothing is found after `ABANDONED_AFTER`, nobody
    ever saw a page to pay on, and the payment ends. A session past its end is fetched.
    """
    lost = Payment.objects.filter(state=states.NEW, created_at__lt=at - ASK_AGAIN_AFTER)
    overdue = Payment.objects.filter(state=states.OPEN, session_expires_at__lt=at - ASK_AGAIN_AFTER)
    slow = Payment.objects.filter(state=states.PROCESSING, checked_at__lt=at - timedelta(hours=6))
    asked = 0
    for payment in [*lost[:200], *overdue[:200], *slow[:200]]:
        asked += 1
        _sweep_one(payment, at=at)
    for event in StripeEvent.objects.filter(
        state__in=[StripeEvent.State.RECEIVED, StripeEvent.State.UNMATCHED],
        received_at__gt=at - timedelta(days=3),
        received_at__lt=at - ASK_AGAIN_AFTER,
    ).order_by("received_at")[:200]:
        enqueue("payments.apply_event", event_id=event.pk, once=f"event:{event.pk}")
    return asked


def _sweep_one(payment: Payment, *, at: datetime) -> None:
    """Ask about one payment; one account that does not answer must not hold up the others."""
    try:
        refreshed = refresh_payment(payment=payment, at=at)
    except (StripeRefused, StripeUnreachable) as problem:
        logger.warning("payment.sweep_failed", payment=payment.key, problem=type(problem).__name__)
        return
    if refreshed.state == states.NEW and refreshed.created_at < at - ABANDONED_AFTER:
        end_unstarted(payment=refreshed, at=at)
