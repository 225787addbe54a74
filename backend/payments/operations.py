"""What can be done with a payment.

Three steps, in this order and never together: the row with its key is committed, Stripe is
called outside any transaction, and what Stripe says becomes a fact in a second transaction.
Each step may be repeated; the key, the row lock and the unique constraints make the repetition
harmless.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from backend.common.crashpoints import crashpoint
from backend.events.bus import announce
from backend.money import Money
from backend.payments import states
from backend.payments.events import (
    CheckoutOpened,
    FeeBecameKnown,
    PaymentExpired,
    PaymentFailed,
    PaymentProcessing,
    PaymentQuarantined,
    PaymentSettled,
)
from backend.payments.gateways.stripe import (
    Session,
    StripeBroken,
    StripeBusy,
    StripeRefused,
    StripeUnreachable,
    create_session,
    fetch_session,
    find_session,
    refuse_inside_transaction,
)
from backend.payments.models import Payment, PaymentTransition
from backend.payments.queries import latest_payment

SHORTEST_SESSION = timedelta(minutes=31)
LONGEST_SESSION = timedelta(hours=24) - timedelta(minutes=1)


class PaymentRefused(Exception):
    """The payment cannot be started, for a reason the person may read."""


class AlreadyPaid(PaymentRefused):
    """The money is there, or on its way."""


class StripeSaysNo(PaymentRefused):
    """Stripe refused to open its page."""


class StartUnderWay(PaymentRefused):
    """Another call is opening the same page at this moment."""


class StripeSilent(PaymentRefused):
    """Stripe did not answer; nothing was charged, and trying again is safe."""


@dataclass(frozen=True, slots=True)
class Order:
    """What Stripe's page shows and does. Amounts in Stripe's minor units of one currency."""

    purpose: str
    lines: tuple[tuple[str, Money], ...]
    account: str
    email: str
    language: str
    success_url: str
    cancel_url: str
    closes_at: datetime

    @property
    def amount(self) -> Money:
        """The gross sum of the lines."""
        total = self.lines[0][1]
        for _, amount in self.lines[1:]:
            total = total + amount
        return total


def open_checkout(*, order: Order, at: datetime) -> Payment:
    """Open Stripe's page for `order`, or return the one that is open already.

    Not atomic: record, call, apply. Raises AlreadyPaid, StripeSaysNo, StartUnderWay or
    StripeSilent.
    """
    refuse_inside_transaction()
    payment = _record_attempt(order=order, at=at)
    crashpoint("after_pledge_row")
    if payment.state == states.OPEN:
        return payment
    try:
        session = _session_of(payment, order=order, at=at)
    except StripeBusy as busy:
        raise StartUnderWay(str(busy)) from busy
    except StripeUnreachable as silence:
        raise StripeSilent(str(silence)) from silence
    crashpoint("after_stripe_before_commit")
    payment = apply_session(
        payment=Payment.objects.get(key=session.payment_key), session=session, at=at
    )
    crashpoint("after_session_stored")
    return payment


def _session_of(payment: Payment, *, order: Order, at: datetime) -> Session:
    """Create the payment's session; where an answer was lost, look for what it made.

    Stripe replays a stored 500 for the same key for a day, so after one the key is dead. When no
    session of the payment is found either, that attempt ends and one more is made: a session
    that came into being all the same has an address that nobody was ever given.
    """
    try:
        return _ask_for_session(payment, at=at)
    except StripeBroken:
        end_unstarted(payment=payment, at=at)
        return _ask_for_session(_record_attempt(order=order, at=at), at=at)


def _ask_for_session(payment: Payment, *, at: datetime) -> Session:
    try:
        return create_session(request=payment.request, key=payment.key, account=payment.account)
    except StripeRefused as refusal:
        move_payment(payment, "refused", at=at, problem=str(refusal)[:300])
        raise StripeSaysNo(str(refusal)) from refusal
    except StripeUnreachable:
        found = find_session(
            payment_key=payment.key, since=payment.created_at, account=payment.account
        )
        if found is None:
            raise
        return found


@transaction.atomic
def _record_attempt(*, order: Order, at: datetime) -> Payment:
    """Write the row with its key, or return the unfinished one.

    A second attempt starts only when the first is seen expired or failed.
    """
    latest = latest_payment(order.purpose)
    if latest and latest.state in (states.NEW, states.OPEN):
        return latest
    if latest and latest.state not in (states.EXPIRED, states.FAILED):
        raise AlreadyPaid(order.purpose)
    attempt = latest.attempt + 1 if latest else 1
    key = f"{order.purpose}:{attempt}"
    expires_at = at + min(LONGEST_SESSION, max(SHORTEST_SESSION, order.closes_at - at))
    payment, _ = Payment.objects.get_or_create(
        key=key,
        defaults={
            "purpose": order.purpose,
            "attempt": attempt,
            "account": order.account,
            "amount_minor": order.amount.minor,
            "currency": order.amount.currency,
            "request": _session_request(order, key, expires_at),
            "session_expires_at": expires_at,
            "created_at": at,
        },
    )
    return payment


def _session_request(order: Order, key: str, expires_at: datetime) -> dict[str, Any]:
    """Return the parameters of the session.

    Source: docs.stripe.com/api/checkout/sessions/create. `payment_method_types` is left out, so
    that Stripe offers what the account takes; `submit_type=donate` needs payment mode.
    """
    metadata = {"purpose": order.purpose, "payment": key}
    return {
        "mode": "payment",
        "submit_type": "donate",
        "client_reference_id": order.purpose,
        "customer_creation": "always",
        "customer_email": order.email,
        "locale": order.language,
        "expires_at": int(expires_at.timestamp()),
        "success_url": order.success_url,
        "cancel_url": order.cancel_url,
        "metadata": metadata,
        "payment_intent_data": {"metadata": metadata},
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": amount.currency.lower(),
                    "unit_amount": amount.minor,
                    "product_data": {"name": name},
                },
            }
            for name, amount in order.lines
        ],
    }


def refresh_payment(*, payment: Payment, at: datetime) -> Payment:
    """Fetch what is true of the payment now and apply it. Raises StripeUnreachable."""
    crashpoint("before_refetch")
    if payment.session_id:
        session = fetch_session(session_id=payment.session_id, account=payment.account)
    else:
        found = find_session(
            payment_key=payment.key, since=payment.created_at, account=payment.account
        )
        if found is None:
            return payment
        session = found
    crashpoint("after_refetch_before_apply")
    return apply_session(payment=payment, session=session, at=at)


@transaction.atomic
def apply_session(*, payment: Payment, session: Session, at: datetime) -> Payment:
    """Make what Stripe says of the session a fact here, and announce it; twice is harmless."""
    payment = Payment.objects.select_for_update().get(pk=payment.pk)
    payment.checked_at = at
    payment.save(update_fields=["checked_at"])
    if payment.state == states.SUCCEEDED:
        return _note_fee(payment, session, at=at)
    if payment.state not in states.UNFINISHED:
        return payment
    if payment.state == states.NEW:
        payment = _note_opened(payment, session, at=at)
    return _apply_outcome(payment, session, at=at)


def _apply_outcome(payment: Payment, session: Session, *, at: datetime) -> Payment:
    if session.status == "expired":
        if payment.state == states.OPEN:
            payment = move_payment(payment, "expired", at=at)
            announce(PaymentExpired(payment.purpose, at))
    elif session.status == "complete" and session.payment_status == "paid":
        payment = _settle(payment, session, at=at)
    elif session.status == "complete":
        payment = _apply_slow_method(payment, session, at=at)
    return payment


def _note_opened(payment: Payment, session: Session, *, at: datetime) -> Payment:
    payment.session_id = session.id
    payment.session_url = session.url
    payment.session_expires_at = session.expires_at
    payment.save(update_fields=["session_id", "session_url", "session_expires_at"])
    payment = move_payment(payment, "opened", at=at)
    announce(CheckoutOpened(payment.purpose, at))
    return payment


def _apply_slow_method(payment: Payment, session: Session, *, at: datetime) -> Payment:
    if payment.state == states.OPEN:
        payment = move_payment(payment, "processing", at=at)
        announce(PaymentProcessing(payment.purpose, at))
    if session.intent_status in ("requires_payment_method", "canceled"):
        payment = move_payment(payment, "failed", at=at)
        announce(PaymentFailed(payment.purpose, at))
    return payment


def _settle(payment: Payment, session: Session, *, at: datetime) -> Payment:
    charged = session.charged
    if charged is None:
        return payment
    mismatch = _mismatch(payment, session)
    payment.intent_id = session.intent_id
    payment.charge_id = charged.charge_id
    payment.balance_transaction_id = charged.balance_transaction_id
    payment.fee_minor = charged.fee_minor
    payment.save(update_fields=["intent_id", "charge_id", "balance_transaction_id", "fee_minor"])
    if mismatch:
        payment = move_payment(payment, "mismatch", at=at, problem=mismatch)
        announce(PaymentQuarantined(payment.purpose, mismatch, at))
        return payment
    payment.settled_at = at
    payment = move_payment(payment, "settled", at=at)
    announce(
        PaymentSettled(
            purpose=payment.purpose,
            amount=payment.amount,
            fee=_fee_of(payment),
            livemode=session.livemode,
            at=at,
        )
    )
    return payment


def _mismatch(payment: Payment, session: Session) -> str:
    """Say how the charge differs from what we asked for, or nothing."""
    charged = session.charged
    if charged is None:
        return "no charge"
    asked = (payment.amount_minor, payment.currency, settings.STRIPE_IS_LIVE)
    told = (charged.amount_minor, charged.currency, session.livemode)
    return "" if asked == told else f"asked {asked}, Stripe tells {told}"


def _note_fee(payment: Payment, session: Session, *, at: datetime) -> Payment:
    charged = session.charged
    if payment.fee_minor is not None or charged is None or charged.fee_minor is None:
        return payment
    payment.fee_minor = charged.fee_minor
    payment.balance_transaction_id = charged.balance_transaction_id
    payment.save(update_fields=["fee_minor", "balance_transaction_id"])
    announce(FeeBecameKnown(payment.purpose, Money(charged.fee_minor, payment.currency), at))
    return payment


def _fee_of(payment: Payment) -> Money | None:
    return None if payment.fee_minor is None else Money(payment.fee_minor, payment.currency)


@transaction.atomic
def move_payment(payment: Payment, event: str, *, at: datetime, problem: str = "") -> Payment:
    """Take the edge `event`, and only if the row is still where we saw it."""
    new = states.next_state(payment.state, event)
    moved = Payment.objects.filter(pk=payment.pk, state=payment.state).update(
        state=new, problem=problem or payment.problem, settled_at=payment.settled_at
    )
    if not moved:
        raise states.NoSuchEdge(f"{payment.key} is no longer {payment.state}")
    PaymentTransition.objects.create(
        payment=payment, old=payment.state, event=event, new=new, at=at
    )
    payment.state = new
    return payment


@transaction.atomic
def end_unstarted(*, payment: Payment, at: datetime) -> None:
    """End a payment whose page nobody ever saw."""
    move_payment(payment, "never_started", at=at)
    announce(PaymentExpired(payment.purpose, at))
