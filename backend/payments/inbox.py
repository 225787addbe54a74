"""The inbox of Stripe's events: sent or pulled, each once, applied by a job.

An event is a pointer. What it says is not used; what is true now is fetched.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from backend.common.crashpoints import crashpoint
from backend.jobs.queue import enqueue
from backend.payments import states
from backend.payments.accounts import look_at_account
from backend.payments.declines import DECLINE_EVENTS, note_decline
from backend.payments.disputes import look_at_disputes
from backend.payments.gateways.billing import (
    fetch_invoice,
    fetch_subscription,
    invoice_of_charge,
)
from backend.payments.gateways.stripe import (
    NotAtStripe,
    NotConnected,
    Pointer,
    StripeRefused,
    StripeUnreachable,
    charge_of_dispute,
    charge_of_refund,
    events_since,
    fetch_intent,
    fetch_session,
    payment_key_of,
    payment_key_of_setup,
    read_delivery,
)
from backend.payments.models import EventCursor, Payment, StripeEvent
from backend.payments.monthly import look_at_monthly
from backend.payments.operations import (
    LONGEST_SESSION,
    apply_session,
    close_page,
    end_unstarted,
    refresh_payment,
    release_card,
)
from backend.payments.pace import wait_for_turn
from backend.payments.payouts import look_at_payout
from backend.payments.queries import connected_accounts, lost_accounts
from backend.payments.refunds import look_at_refunds, return_late_money

logger = structlog.get_logger(__name__)
OVERLAP = timedelta(hours=1)
FIRST_PULL = timedelta(days=2)
ABANDONED_AFTER = timedelta(minutes=50)
ASK_AGAIN_AFTER = timedelta(minutes=2)
ASK_SELDOM_AFTER = timedelta(hours=1)
# So long late money, a late fee and events of ended payments are looked for.
LOOKED_AFTER_FOR = timedelta(days=3)
MOST_AT_ONCE = 200
SESSION_EVENTS = "checkout.session."
SETUP_EVENTS = "setup_intent."
INTENT_EVENTS = "payment_intent."
REFUND_EVENTS = ("refund.", "charge.refunded")
DISPUTE_EVENTS = "charge.dispute."
SUBSCRIPTION_EVENTS = "customer.subscription."
INVOICE_EVENTS = "invoice."
ACCOUNT_EVENTS = ("account.", "capability.", "v2.core.account")
PAYOUT_EVENTS = "payout."
CONNECTION_ENDED = "account.application.deauthorized"


class WrongMode(Exception):
    """A test event came to a live installation, or the reverse."""


class NotOurs(LookupError):
    """The event tells of something that this installation never asked Stripe for."""


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

    An event of a payment of ours that we do not know stays in the inbox as unmatched and is tried
    again. One of somebody else's page on the same account is ignored.
    """
    event = StripeEvent.objects.get(pk=event_id)
    if event.state in (StripeEvent.State.APPLIED, StripeEvent.State.IGNORED):
        return event
    try:
        state = _apply(event, at=at)
    except NotOurs:
        state = StripeEvent.State.IGNORED
    except NotConnected:
        if event.account not in lost_accounts():
            raise
        state = StripeEvent.State.IGNORED
    return _close(event, state, at=at)


def _apply(event: StripeEvent, *, at: datetime) -> StripeEvent.State:
    """Look at what the event points at; return what is to be said of the event.

    Raises NotOurs, StripeUnreachable or StripeRefused.
    """
    if event.type.startswith(ACCOUNT_EVENTS):
        is_ended = event.type == CONNECTION_ENDED
        look_at_account(account_id=event.account, at=at, is_ended=is_ended)
        return StripeEvent.State.APPLIED
    if event.type.startswith(PAYOUT_EVENTS):
        if look_at_payout(payout_id=event.subject_id, account=event.account, at=at) is None:
            raise NotOurs(event.pk)
        return StripeEvent.State.APPLIED
    payment = _payment_of(event, at=at)
    if payment is None:
        logger.warning("event.unmatched", event_id=event.pk, type=event.type)
        return StripeEvent.State.UNMATCHED
    _refresh(payment, event, at=at)
    return StripeEvent.State.APPLIED


def _refresh(payment: Payment, event: StripeEvent, *, at: datetime) -> None:
    if event.type.startswith((*REFUND_EVENTS, DISPUTE_EVENTS)):
        _look_at_what_went_back(payment, event, at=at)
        return
    if payment.kind == Payment.Kind.MONTHLY and not event.type.startswith(SESSION_EVENTS):
        look_at_monthly(payment=payment, at=at)
        return
    if event.type in DECLINE_EVENTS and payment.kind != Payment.Kind.CHARGE:
        note_decline(event_id=event.pk, payment=payment, at=event.created_at)
        return
    if _is_known_already(payment, event):
        return
    if payment.session_id or not event.type.startswith(SESSION_EVENTS):
        refresh_payment(payment=payment, at=at)
        return
    # The answer that would have told us the session's id was lost; the event tells it.
    crashpoint("before_refetch")
    session = fetch_session(session_id=event.subject_id, account=event.account)
    crashpoint("after_refetch_before_apply")
    apply_session(payment=payment, session=session, at=at)


def _is_known_already(payment: Payment, event: StripeEvent) -> bool:
    """Tell whether nothing can be news: ten thousand charges need not be fetched twice."""
    return (
        event.type.startswith(INTENT_EVENTS)
        and payment.state == states.SUCCEEDED
        and payment.fee_minor is not None
    )


def _look_at_what_went_back(payment: Payment, event: StripeEvent, *, at: datetime) -> None:
    """Apply the charge's refunds or disputes; money that is not booked yet is booked first.

    Wrong money is a person's to look at: of it only its whole return is noted.
    """
    if payment.state not in states.HELD:
        payment = refresh_payment(payment=payment, at=at)
    wrong = payment.transitions.filter(new=states.QUARANTINED).exists()
    if wrong or payment.state not in states.HELD:
        return
    if event.type.startswith(DISPUTE_EVENTS):
        look_at_disputes(payment=payment, at=at)
    else:
        look_at_refunds(payment=payment, at=at)


def _payment_of(event: StripeEvent, *, at: datetime) -> Payment | None:
    """Return the payment that the event tells of; None if it is ours and its row is missing.

    Raises NotOurs.
    """
    payments = Payment.objects.filter(account=event.account)
    if event.type.startswith(INTENT_EVENTS):
        return _payment_of_intent(event, payments)
    if event.type.startswith(SETUP_EVENTS):
        return _card_of(event, payments)
    if event.type.startswith((SUBSCRIPTION_EVENTS, INVOICE_EVENTS)):
        return _monthly_of(event, payments)
    if not event.type.startswith(SESSION_EVENTS):
        return _payment_of_charge(event, payments, at=at)
    return _payment_of_session(event, payments)


def _payment_of_session(event: StripeEvent, payments: QuerySet[Payment]) -> Payment | None:
    known = payments.filter(session_id=event.subject_id).first()
    if known:
        return known
    try:
        session = fetch_session(session_id=event.subject_id, account=event.account)
    except NotAtStripe:
        return None
    if not session.payment_key:
        raise NotOurs(event.pk)
    return payments.filter(key=session.payment_key).first()


def _payment_of_intent(event: StripeEvent, payments: QuerySet[Payment]) -> Payment:
    """Return the charge of that intent; an intent of a page is told of by its session.

    Of a page the intent alone tells that a card was refused there.
    """
    known = payments.filter(kind=Payment.Kind.CHARGE, intent_id=event.subject_id).first()
    if known is None and event.type in DECLINE_EVENTS:
        known = _page_of_intent(event, payments)
    if known is None:
        raise NotOurs(event.pk)
    return known


def _page_of_intent(event: StripeEvent, payments: QuerySet[Payment]) -> Payment | None:
    try:
        intent = fetch_intent(intent_id=event.subject_id, account=event.account)
    except NotAtStripe:
        return None
    return payments.filter(key=intent.payment_key).first()


def _card_of(event: StripeEvent, payments: QuerySet[Payment]) -> Payment | None:
    try:
        key = payment_key_of_setup(setup_id=event.subject_id, account=event.account)
    except NotAtStripe:
        return None
    if not key:
        raise NotOurs(event.pk)
    return payments.filter(key=key).first()


def _monthly_of(event: StripeEvent, payments: QuerySet[Payment]) -> Payment | None:
    """Return the payment by which the monthly gift began; the page's own event may come later."""
    rows = payments.filter(kind=Payment.Kind.MONTHLY)
    of_invoice = event.type.startswith(INVOICE_EVENTS)
    known = None if of_invoice else rows.filter(subscription_id=event.subject_id).first()
    if known:
        return known
    try:
        key = (
            fetch_invoice(invoice_id=event.subject_id, account=event.account).payment_key
            if of_invoice
            else fetch_subscription(
                subscription_id=event.subject_id, account=event.account
            ).payment_key
        )
    except NotAtStripe:
        return None
    if not key:
        raise NotOurs(event.pk)
    return rows.filter(key=key).first()


def _payment_of_charge(
    event: StripeEvent, payments: QuerySet[Payment], *, at: datetime
) -> Payment | None:
    """Return the payment whose charge the event tells of; what went back may come before it."""
    if not event.type.startswith(("charge.", "refund.")):
        raise NotOurs(event.pk)
    charge_id = _charge_of(event)
    known = payments.exclude(charge_id="").filter(charge_id=charge_id).first()
    if known:
        return known
    if event.type == "charge.updated" or not charge_id:
        raise NotOurs(event.pk)
    key = payment_key_of(charge_id=charge_id, account=event.account)
    if key:
        return payments.filter(key=key).first()
    return _payment_of_invoice(event, charge_id, payments, at=at)


def _payment_of_invoice(
    event: StripeEvent, charge_id: str, payments: QuerySet[Payment], *, at: datetime
) -> Payment | None:
    """Return the payment of a month that is not booked yet, after booking it. Raises NotOurs."""
    invoice = invoice_of_charge(charge_id=charge_id, account=event.account)
    if invoice is None or not invoice.payment_key:
        raise NotOurs(event.pk)
    monthly = payments.filter(kind=Payment.Kind.MONTHLY, key=invoice.payment_key).first()
    if monthly:
        look_at_monthly(payment=monthly, at=at)
    return payments.exclude(charge_id="").filter(charge_id=charge_id).first()


def _charge_of(event: StripeEvent) -> str:
    if event.type.startswith(DISPUTE_EVENTS):
        return charge_of_dispute(dispute_id=event.subject_id, account=event.account)
    if event.type.startswith("refund."):
        return charge_of_refund(refund_id=event.subject_id, account=event.account)
    return event.subject_id


@transaction.atomic
def _close(event: StripeEvent, state: str, *, at: datetime) -> StripeEvent:
    """Write what became of the event; what another worker has applied meanwhile stays applied."""
    StripeEvent.objects.exclude(state=StripeEvent.State.APPLIED).filter(pk=event.pk).update(
        state=state, applied_at=None if state == StripeEvent.State.UNMATCHED else at
    )
    event.refresh_from_db(fields=["state", "applied_at"])
    return event


def pull_all_events(*, at: datetime) -> None:
    """Pull for each account; one that does not answer must not hold up the others.

    Of an account on which Stripe lets us do nothing any more, that is looked into.
    """
    for account in accounts_with_open_money(at=at):
        try:
            pull_events(account=account, at=at)
        except NotConnected:
            enqueue("payments.look_at_account", account_id=account, once=f"look:{account}")
        except (StripeRefused, StripeUnreachable) as problem:
            logger.warning("events.pull_failed", account=account, problem=type(problem).__name__)


def pull_events(*, account: str, at: datetime) -> int:
    """Fetch the events that never came, with an hour of overlap; return how many were new."""
    cursor = EventCursor.objects.filter(pk=account).first()
    since = (cursor.pulled_until - OVERLAP) if cursor else (at - FIRST_PULL)
    new = 0
    for pointer in events_since(moment=since, account=account):
        if store_event(pointer=pointer, was_pulled=True, at=at):
            crashpoint("after_event_stored")
            new += 1
    EventCursor.objects.update_or_create(pk=account, defaults={"pulled_until": at})
    return new


def accounts_with_open_money(*, at: datetime) -> list[str]:
    """Return the Stripe accounts whose events matter; the installation's own is always one.

    An account that was ever asked stays: its payments can be refunded or disputed for years. It
    does not when its connection has ended: then Stripe tells nothing.
    """
    matters = Q(state__in=states.UNFINISHED) | Q(created_at__gt=at - LOOKED_AFTER_FOR)
    accounts = Payment.objects.filter(matters).values_list("account", flat=True)
    asked_before = EventCursor.objects.values_list("account", flat=True)
    known = {"", *accounts.distinct(), *asked_before, *connected_accounts()}
    return sorted(known - set(lost_accounts()))


def sweep_payments(*, at: datetime) -> int:
    """Ask Stripe about payments that wait for something; return how many were asked about.

    A row without a session is looked for; when nothing is found after `ABANDONED_AFTER`, nobody
    ever saw a page to pay on, and the payment ends. A session past its end is fetched. Of the
    last days, a payment without its fee and one that ended unseen are looked at again.
    """
    asked = 0
    for waiting in _waiting_payments(at):
        for payment in waiting.order_by("created_at")[:MOST_AT_ONCE]:
            asked += 1
            _sweep_one(payment, at=at)
    _apply_waiting_events(at)
    release_cards(at=at)
    return asked


def release_cards(*, at: datetime) -> int:
    """Let go at Stripe what is charged no more, the longest waiting first; return how many."""
    released = 0
    waiting = Payment.objects.filter(state=states.RELEASING).order_by("created_at")
    for card in waiting[:MOST_AT_ONCE]:
        wait_for_turn(card.account, "release")
        try:
            release_card(payment=card, at=at)
            released += 1
        except (StripeRefused, StripeUnreachable) as problem:
            logger.warning("card.not_released", payment=card.key, problem=type(problem).__name__)
    if released == MOST_AT_ONCE:
        enqueue("payments.release_cards", once="release_cards")
    return released


def _waiting_payments(at: datetime) -> Iterator[QuerySet[Payment]]:
    """Yield the kinds of payments that wait for something, each with its own patience."""
    rows = Payment.objects.exclude(kind=Payment.Kind.CHARGE, state__in=[states.NEW, states.OPEN])
    rows = rows.exclude(account__in=lost_accounts())
    recent = rows.filter(created_at__gt=at - LOOKED_AFTER_FOR)
    seldom = Q(checked_at=None) | Q(checked_at__lt=at - ASK_SELDOM_AFTER)
    yield rows.filter(state=states.NEW, created_at__lt=at - ASK_AGAIN_AFTER)
    yield rows.filter(state=states.OPEN, session_expires_at__lt=at - ASK_AGAIN_AFTER)
    yield rows.filter(state=states.PROCESSING, checked_at__lt=at - timedelta(hours=6))
    yield rows.filter(state=states.LATE, checked_at__lt=at - ASK_AGAIN_AFTER)
    yield rows.filter(seldom, state=states.QUARANTINED)
    yield recent.filter(seldom, state=states.SUCCEEDED, fee_minor=None)
    # A page is open for a day at most; after that nobody can have paid on it.
    yield rows.filter(
        seldom,
        kind__in=[Payment.Kind.PAGE, Payment.Kind.CARD, Payment.Kind.MONTHLY],
        state__in=states.ENDED,
        session_id=None,
        created_at__gt=at - LONGEST_SESSION - ASK_SELDOM_AFTER,
    )
    yield rows.filter(
        Exists(Payment.objects.filter(purpose=OuterRef("purpose"), state=states.SUCCEEDED)),
        state__in=states.UNFINISHED,
    )


def _apply_waiting_events(at: datetime) -> None:
    """Have applied what has waited in the inbox for some minutes."""
    for event in StripeEvent.objects.filter(
        state__in=[StripeEvent.State.RECEIVED, StripeEvent.State.UNMATCHED],
        received_at__gt=at - LOOKED_AFTER_FOR,
        received_at__lt=at - ASK_AGAIN_AFTER,
    ).order_by("received_at")[:MOST_AT_ONCE]:
        enqueue("payments.apply_event", event_id=event.pk, once=f"event:{event.pk}")


def _sweep_one(payment: Payment, *, at: datetime) -> None:
    """Ask about one payment; whatever is wrong with it must not hold up the others."""
    try:
        _look_after(payment, at=at)
    except Exception as problem:  # noted here, and named by the invariants while it lasts
        logger.warning("payment.sweep_failed", payment=payment.key, problem=type(problem).__name__)


def _look_after(payment: Payment, *, at: datetime) -> None:
    if payment.state == states.LATE:
        return_late_money(payment=payment, at=at)
        return
    if payment.state == states.OPEN and payment.session_expires_at > at:
        close_page(payment=payment, at=at)
        return
    refreshed = refresh_payment(payment=payment, at=at)
    if refreshed.state == states.NEW and refreshed.created_at < at - ABANDONED_AFTER:
        end_unstarted(payment=refreshed, at=at)
