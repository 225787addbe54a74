"""What can be done with a payment.

Three steps, in this order and never together: the row with its key is committed, Stripe is
called outside any transaction, and what Stripe says becomes a fact in a second transaction.
Each step may be repeated; the key, the row lock and the unique constraints make the repetition
harmless.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction

from backend.common.crashpoints import crashpoint
from backend.events.bus import announce
from backend.jobs.queue import enqueue
from backend.money import Money
from backend.payments import states
from backend.payments.events import (
    CardSaved,
    ChargeDeclined,
    CheckoutOpened,
    FeeBecameKnown,
    InvoiceSettled,
    MonthlyBegun,
    PaymentExpired,
    PaymentFailed,
    PaymentProcessing,
    PaymentQuarantined,
    PaymentReturned,
    PaymentSettled,
)
from backend.payments.gateways.stripe import (
    Charged,
    Intent,
    NotConnected,
    Session,
    StripeBroken,
    StripeBusy,
    StripeRefused,
    StripeUnreachable,
    cancel_intent,
    close_session,
    create_session,
    fetch_intent,
    fetch_session,
    find_intent,
    find_session,
    refuse_inside_transaction,
    release_method,
)
from backend.payments.models import Payment, PaymentTransition
from backend.payments.queries import latest_payment, lost_accounts, platform_fee

logger = structlog.get_logger(__name__)
# Stripe takes half an hour to 24 hours by its own clock, from which ours may differ.
CLOCKS_DIFFER = timedelta(minutes=15)
SHORTEST_SESSION = timedelta(minutes=30) + CLOCKS_DIFFER
LONGEST_SESSION = timedelta(hours=24) - CLOCKS_DIFFER


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


class ChargeNotShown(StripeUnreachable):
    """Stripe says paid and does not show the charge yet; what is true is asked again."""


@dataclass(frozen=True, slots=True)
class Order:
    """What Stripe's page shows and does. Amounts in Stripe's minor units of one currency.

    With `saves_card` it charges nothing: it saves a card, which may later be charged the sum of
    the lines. With `is_monthly` it charges the sum now, and Stripe collects it every month.
    """

    purpose: str
    lines: tuple[tuple[str, Money], ...]
    account: str
    email: str
    language: str
    success_url: str
    cancel_url: str
    closes_at: datetime
    saves_card: bool = False
    is_monthly: bool = False

    @property
    def kind(self) -> str:
        """What kind of payment this begins."""
        if self.is_monthly:
            return Payment.Kind.MONTHLY
        return Payment.Kind.CARD if self.saves_card else Payment.Kind.PAGE

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
    payment = _attempt_for(order, at=at)
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
    if payment.state != states.OPEN:
        # Another call ended this attempt meanwhile; its page is given to nobody.
        raise StartUnderWay(payment.key)
    return payment


def _attempt_for(order: Order, *, at: datetime) -> Payment:
    """Return the attempt to go on with; a page that should be over by now is looked at first.

    Only when it is seen expired does another begin. Raises AlreadyPaid or StartUnderWay.
    """
    payment = _record_attempt(order=order, at=at)
    if payment.state == states.OPEN and payment.session_expires_at <= at:
        try:
            refresh_payment(payment=payment, at=at)
        except (StripeRefused, StripeUnreachable) as silence:
            raise StartUnderWay(str(silence)) from silence
        payment = _record_attempt(order=order, at=at)
    return payment


def _session_of(payment: Payment, *, order: Order, at: datetime) -> Session:
    """Create the payment's session; where an answer was lost, look for what it made.

    Stripe replays a stored 500 for the same key for a day, so after one the key is dead. When no
    session of the payment is found either, that attempt ends and one more is made: a session
    that came into being all the same has an address that nobody was ever given. So it does where
    Stripe refuses what an earlier call asked for, such as an end that is too near by now.
    """
    try:
        return _ask_for_session(payment, at=at)
    except StripeBroken:
        end_unstarted(payment=payment, at=at)
    except StripeSaysNo:
        if payment.created_at == at:
            raise
    return _ask_for_session(_record_attempt(order=order, at=at), at=at)


def _ask_for_session(payment: Payment, *, at: datetime) -> Session:
    """Return the payment's session. Raises StripeUnreachable or StripeSaysNo."""
    try:
        return _created_or_found(payment)
    except StripeRefused as refusal:
        _end_refused(payment=payment, problem=str(refusal), at=at)
        raise StripeSaysNo(str(refusal)) from refusal


def _created_or_found(payment: Payment) -> Session:
    try:
        return create_session(request=payment.request, key=payment.key, account=payment.account)
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

    A second attempt starts only when all before it are seen expired or failed.
    """
    latest = latest_payment(order.purpose)
    if latest and latest.kind == Payment.Kind.CHARGE and latest.state != states.EXPIRED:
        # Its intent could still charge: first it must be seen cancelled.
        raise StartUnderWay(latest.key)
    if latest and latest.state in (states.NEW, states.OPEN):
        return latest
    taken = (states.PROCESSING, states.SUCCEEDED, *states.UNBOOKED, *states.MONTHLY)
    if Payment.objects.filter(purpose=order.purpose, state__in=taken).exists():
        raise AlreadyPaid(order.purpose)
    attempt = latest.attempt + 1 if latest else 1
    key = f"{order.purpose}:{attempt}"
    expires_at = at + min(LONGEST_SESSION, max(SHORTEST_SESSION, order.closes_at - at))
    payment, _ = Payment.objects.get_or_create(
        key=key,
        defaults={
            "kind": order.kind,
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
    shown = {
        "client_reference_id": order.purpose,
        "customer_email": order.email,
        "locale": order.language,
        "expires_at": int(expires_at.timestamp()),
        "success_url": order.success_url,
        "cancel_url": order.cancel_url,
        "metadata": metadata,
    }
    kept = {"customer_creation": "always"}
    if order.saves_card:
        # Without methods named, Stripe needs the currency to know which it may offer.
        currency = order.amount.currency.lower()
        setup = {"setup_intent_data": {"metadata": metadata}}
        return {"mode": "setup", "currency": currency, **shown, **kept, **setup}
    if order.is_monthly:
        # Such a page makes its customer by itself, and refuses to be told so.
        lines = _lines(order, {"recurring": {"interval": "month"}})
        data = {"subscription_data": {"metadata": metadata}}
        return {"mode": "subscription", **shown, **data, "line_items": lines}
    return {
        "mode": "payment",
        "submit_type": "donate",
        **shown,
        **kept,
        "payment_intent_data": {
            "metadata": metadata,
            **fee_request(order.amount, account=order.account),
        },
        "line_items": _lines(order, {}),
    }


def _lines(order: Order, more: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "quantity": 1,
            "price_data": {
                "currency": amount.currency.lower(),
                "unit_amount": amount.minor,
                "product_data": {"name": name},
                **more,
            },
        }
        for name, amount in order.lines
    ]


def fee_request(amount: Money, *, account: str) -> dict[str, int]:
    """Return the parameter by which Stripe keeps the platform's fee, if there is one.

    Source: docs.stripe.com/connect/direct-charges#collect-fees
    """
    fee = platform_fee(amount, account=account)
    return {"application_fee_amount": fee.minor} if fee else {}


def refresh_payment(*, payment: Payment, at: datetime) -> Payment:
    """Fetch what is true of the payment now and apply it. Raises StripeUnreachable."""
    crashpoint("before_refetch")
    if payment.kind in (Payment.Kind.CHARGE, Payment.Kind.INVOICE):
        return _refresh_charge(payment, at=at)
    if payment.session_id:
        session = fetch_session(session_id=payment.session_id, account=payment.account)
    else:
        found = find_session(
            payment_key=payment.key, since=payment.created_at, account=payment.account
        )
        if found is None:
            Payment.objects.filter(pk=payment.pk).update(checked_at=at)
            return payment
        session = found
    crashpoint("after_refetch_before_apply")
    return apply_session(payment=payment, session=session, at=at)


def _refresh_charge(payment: Payment, *, at: datetime) -> Payment:
    if payment.intent_id:
        intent = fetch_intent(intent_id=payment.intent_id, account=payment.account)
    else:
        found = find_intent(
            payment_key=payment.key, customer_id=payment.customer_id, account=payment.account
        )
        if found is None:
            Payment.objects.filter(pk=payment.pk).update(checked_at=at)
            return payment
        intent = found
    crashpoint("after_refetch_before_apply")
    return apply_intent(payment=payment, intent=intent, at=at)


@transaction.atomic
def apply_intent(*, payment: Payment, intent: Intent, at: datetime) -> Payment:
    """Make what Stripe says of a charge without a page a fact here; twice is harmless."""
    payment = Payment.objects.select_for_update().get(pk=payment.pk)
    payment.checked_at = at
    payment.save(update_fields=["checked_at"])
    if payment.state == states.SUCCEEDED:
        return _note_fee(payment, intent, at=at)
    if payment.state == states.QUARANTINED:
        return _note_returned(payment, intent, at=at)
    if payment.state in states.HELD:
        return payment
    if payment.state == states.NEW:
        payment.intent_id = intent.intent_id
        payment.save(update_fields=["intent_id"])
        payment = move_payment(payment, "opened", at=at)
    if intent.status == "succeeded":
        return _settle(payment, intent, at=at)
    return _apply_unpaid_intent(payment, intent, at=at)


def _apply_unpaid_intent(payment: Payment, intent: Intent, *, at: datetime) -> Payment:
    if intent.status == "canceled":
        if payment.state in (states.OPEN, states.FAILED):
            payment = move_payment(payment, "cancelled", at=at)
    elif intent.status == "processing":
        _note_charge_under_way(payment, intent)
        if payment.state == states.OPEN:
            payment = move_payment(payment, "processing", at=at)
            announce(PaymentProcessing(payment.purpose, at))
    elif intent.status == "requires_payment_method" and intent.error_code:
        event = {states.OPEN: "declined", states.PROCESSING: "failed"}.get(payment.state)
        if event:
            payment = move_payment(payment, event, at=at, problem=intent.error_code)
            asks = intent.error_code == "authentication_required"
            announce(ChargeDeclined(payment.purpose, asks, at))
    return payment


@transaction.atomic
def apply_session(*, payment: Payment, session: Session, at: datetime) -> Payment:
    """Make what Stripe says of the session a fact here, and announce it; twice is harmless."""
    payment = Payment.objects.select_for_update().get(pk=payment.pk)
    payment.checked_at = at
    payment.save(update_fields=["checked_at"])
    if payment.state == states.SUCCEEDED:
        return _note_fee(payment, session, at=at)
    if payment.state == states.QUARANTINED:
        return _note_returned(payment, session, at=at)
    if payment.kind == Payment.Kind.CARD:
        return _apply_card_page(payment, session, at=at)
    if payment.kind == Payment.Kind.MONTHLY:
        return _apply_monthly_page(payment, session, at=at)
    if payment.state in states.ENDED:
        return _apply_late_money(payment, session, at=at)
    if payment.state == states.NEW:
        payment = _note_opened(payment, session, at=at)
    if payment.state in states.UNFINISHED:
        payment = _apply_outcome(payment, session, at=at)
    return payment


def _apply_card_page(payment: Payment, session: Session, *, at: datetime) -> Payment:
    """Note the card that was saved, even where we had taken the page for ended."""
    if payment.state in states.CARD:
        return payment
    if payment.state == states.NEW:
        payment = _note_opened(payment, session, at=at)
    if session.status == "complete" and session.saved:
        return _note_saved(payment, session, at=at)
    if session.status == "expired" and payment.state == states.OPEN:
        payment = move_payment(payment, "expired", at=at)
        announce(PaymentExpired(payment.purpose, at))
    return payment


def _apply_monthly_page(payment: Payment, session: Session, *, at: datetime) -> Payment:
    """Note the subscription that has begun, even where we had taken the page for ended."""
    if payment.state in (*states.MONTHLY, states.FAILED):
        return payment
    if payment.state == states.NEW:
        payment = _note_opened(payment, session, at=at)
    if session.status == "complete" and session.subscription_id:
        payment.session_id = session.id
        payment.customer_id = session.customer_id
        payment.subscription_id = session.subscription_id
        payment.save(update_fields=["session_id", "customer_id", "subscription_id"])
        payment = move_payment(payment, "begun", at=at)
        announce(MonthlyBegun(payment.purpose, at))
        enqueue("payments.look_at_monthly", payment_id=str(payment.pk))
    elif session.status == "expired" and payment.state == states.OPEN:
        payment = move_payment(payment, "expired", at=at)
        announce(PaymentExpired(payment.purpose, at))
    return payment


def _note_saved(payment: Payment, session: Session, *, at: datetime) -> Payment:
    """Keep what the card can be charged by; one that was saved before it is let go."""
    saved = session.saved
    if saved is None or payment.state == states.FAILED:
        return payment
    let_card_go(purpose=payment.purpose, at=at)
    payment.session_id = session.id
    payment.customer_id, payment.method_id = saved.customer_id, saved.method_id
    payment.card_label = saved.label
    payment.save(update_fields=["session_id", "customer_id", "method_id", "card_label"])
    payment = move_payment(payment, "saved", at=at)
    announce(CardSaved(payment.purpose, at))
    return payment


@transaction.atomic
def let_card_go(*, purpose: str, at: datetime) -> None:
    """Charge the card that is saved for this no more; a job then lets it go at Stripe too."""
    cards = Payment.objects.select_for_update().filter(purpose=purpose, state=states.SAVED)
    for card in cards:
        move_payment(card, "let_go", at=at)
        enqueue("payments.release_cards", once="release_cards")


def release_card(*, payment: Payment, at: datetime) -> Payment:
    """Let a card go at Stripe. Not atomic. Raises StripeUnreachable or StripeRefused."""
    if payment.state != states.RELEASING:
        return payment
    try:
        release_method(
            method_id=payment.method_id, key=f"release:{payment.key}", account=payment.account
        )
    except NotConnected:
        # Whoever cannot be asked cannot charge it for us either.
        if payment.account not in lost_accounts():
            raise
    crashpoint("after_stripe_before_commit")
    return _note_released(payment, at=at)


@transaction.atomic
def _note_released(payment: Payment, *, at: datetime) -> Payment:
    payment = Payment.objects.select_for_update().get(pk=payment.pk)
    if payment.state == states.RELEASING:
        payment = move_payment(payment, "released", at=at)
    return payment


def _apply_outcome(payment: Payment, session: Session, *, at: datetime) -> Payment:
    if session.status == "expired":
        if payment.state == states.OPEN:
            payment = move_payment(payment, "expired", at=at)
            announce(PaymentExpired(payment.purpose, at))
    elif _is_paid(session):
        payment = _settle(payment, session, at=at)
    elif session.status == "complete":
        payment = _apply_slow_method(payment, session, at=at)
    return payment


def _is_paid(session: Session) -> bool:
    return session.status == "complete" and session.payment_status == "paid"


def _apply_late_money(payment: Payment, session: Session, *, at: datetime) -> Payment:
    """Take money that came for an attempt which had ended here; mostly there is none."""
    if not _is_paid(session):
        return payment
    logger.error("payment.late_money", payment=payment.key)
    if payment.session_id is None:
        payment.session_id = session.id
        payment.save(update_fields=["session_id"])
    return _settle(payment, session, at=at)


def _note_opened(payment: Payment, session: Session, *, at: datetime) -> Payment:
    payment.session_id = session.id
    payment.session_url = session.url
    payment.session_expires_at = session.expires_at
    payment.save(update_fields=["session_id", "session_url", "session_expires_at"])
    payment = move_payment(payment, "opened", at=at)
    announce(CheckoutOpened(payment.purpose, at))
    return payment


def _apply_slow_method(payment: Payment, session: Session, *, at: datetime) -> Payment:
    _note_charge_under_way(payment, session)
    if payment.state == states.OPEN:
        payment = move_payment(payment, "processing", at=at)
        announce(PaymentProcessing(payment.purpose, at))
    if session.intent_status in ("requires_payment_method", "canceled"):
        payment = move_payment(payment, "failed", at=at)
        announce(PaymentFailed(payment.purpose, at))
    return payment


def _note_charge_under_way(payment: Payment, session: Session | Intent) -> None:
    """Keep which charge it is: a debit has its line in Stripe's balance days before it succeeds."""
    if session.charge_id and payment.charge_id != session.charge_id:
        payment.charge_id = session.charge_id
        payment.save(update_fields=["charge_id"])


def _settle(payment: Payment, session: Session | Intent, *, at: datetime) -> Payment:
    """Take the money: for the pledge if it is the first and as asked, else to be given back.

    Raises ChargeNotShown; then nothing was changed.
    """
    charged = session.charged
    if charged is None:
        raise ChargeNotShown(payment.key)
    mismatch = _mismatch(payment, session)
    payment.intent_id = session.intent_id
    payment.charge_id = charged.charge_id
    payment.balance_transaction_id = charged.balance_transaction_id
    payment.fee_minor = charged.fee_minor
    payment.save(update_fields=["intent_id", "charge_id", "balance_transaction_id", "fee_minor"])
    if mismatch:
        logger.error("payment.quarantined", payment=payment.key)
        payment = move_payment(payment, "mismatch", at=at, problem=mismatch)
        announce(PaymentQuarantined(payment.purpose, mismatch, at))
        return payment
    others = Payment.objects.filter(purpose=payment.purpose).exclude(pk=payment.pk)
    if others.filter(state=states.SUCCEEDED).exists():
        logger.error("payment.came_twice", payment=payment.key)
        enqueue("payments.return_late_money", payment_id=str(payment.pk))
        return move_payment(payment, "late", at=at, problem="paid already by another attempt")
    for other in others.filter(state__in=states.UNFINISHED):
        enqueue("payments.close_page", payment_id=str(other.pk))
    payment.settled_at = at
    payment = move_payment(payment, "settled", at=at)
    _announce_settled(payment, charged, at=at)
    return payment


def _announce_settled(payment: Payment, charged: Charged, *, at: datetime) -> None:
    """Say whose money is there: that of a month belongs to the gift that Stripe collects."""
    if payment.kind != Payment.Kind.INVOICE:
        settled = PaymentSettled(
            purpose=payment.purpose,
            amount=payment.amount,
            fee=_fee_of(payment),
            livemode=settings.STRIPE_IS_LIVE,
            platform_fee=Money(charged.platform_fee_minor, payment.currency),
            at=at,
        )
        announce(settled)
        return
    page = Payment.objects.get(kind=Payment.Kind.MONTHLY, subscription_id=payment.subscription_id)
    month = InvoiceSettled(
        purpose=payment.purpose,
        monthly=page.purpose,
        amount=payment.amount,
        fee=_fee_of(payment),
        charged_at=charged.charged_at or at,
        at=at,
    )
    announce(month)


def _mismatch(payment: Payment, session: Session | Intent) -> str:
    """Say how the charge differs from what we asked for, or nothing."""
    charged = session.charged
    if charged is None:
        return "no charge"
    asked = (payment.amount_minor, payment.currency, settings.STRIPE_IS_LIVE)
    told = (charged.amount_minor, charged.currency, session.livemode)
    return "" if asked == told else f"asked {asked}, Stripe tells {told}"


def _note_returned(payment: Payment, session: Session | Intent, *, at: datetime) -> Payment:
    """Note that the whole of a wrong charge went back, in Stripe's own dashboard."""
    if session.charged is None or not session.charged.is_returned:
        return payment
    payment = move_payment(payment, "returned", at=at)
    announce(PaymentReturned(payment.purpose, at))
    return payment


def _note_fee(payment: Payment, session: Session | Intent, *, at: datetime) -> Payment:
    charged = session.charged
    if payment.fee_minor is not None or charged is None or charged.fee_minor is None:
        return payment
    payment.fee_minor = charged.fee_minor
    payment.balance_transaction_id = charged.balance_transaction_id
    payment.save(update_fields=["fee_minor", "balance_transaction_id"])
    announce(
        FeeBecameKnown(
            payment.purpose,
            Money(charged.fee_minor, payment.currency),
            at,
            platform_fee=Money(charged.platform_fee_minor, payment.currency),
        )
    )
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
    """End a payment whose page nobody ever saw; one that has got a page meanwhile goes on."""
    payment = Payment.objects.select_for_update().get(pk=payment.pk)
    if payment.state == states.NEW:
        move_payment(payment, "never_started", at=at)
        announce(PaymentExpired(payment.purpose, at))


@transaction.atomic
def _end_refused(*, payment: Payment, problem: str, at: datetime) -> None:
    """End a payment for which Stripe refused to open a page; once is enough."""
    payment = Payment.objects.select_for_update().get(pk=payment.pk)
    if payment.state == states.NEW:
        move_payment(payment, "refused", at=at, problem=problem[:300])
        announce(PaymentExpired(payment.purpose, at))


def close_page(*, payment: Payment, at: datetime) -> Payment:
    """Close the page of an attempt that another one has made superfluous.

    Not atomic. Where the page is paid or closed already, that is applied. Raises StripeUnreachable
    or StripeRefused.
    """
    if payment.kind == Payment.Kind.CHARGE:
        return cancel_charge(payment=payment, at=at)
    if payment.state not in states.UNFINISHED:
        return payment
    if not payment.session_id:
        return refresh_payment(payment=payment, at=at)
    key = f"close:{payment.key}:{at:%Y%m%dT%H%M%S}"
    try:
        session = close_session(session_id=payment.session_id, key=key, account=payment.account)
    except StripeRefused:
        return refresh_payment(payment=payment, at=at)
    return apply_session(payment=payment, session=session, at=at)


def cancel_charge(*, payment: Payment, at: datetime) -> Payment:
    """Give up a charge without a page, so that another way to pay may be opened.

    Not atomic. Where the money has come meanwhile, that is applied. Raises StripeUnreachable or
    StripeRefused.
    """
    if payment.state not in (states.OPEN, states.FAILED):
        return payment
    if not payment.intent_id:
        return move_payment(payment, "cancelled", at=at)
    try:
        intent = cancel_intent(
            intent_id=payment.intent_id, key=f"cancel:{payment.key}", account=payment.account
        )
    except StripeRefused:
        return refresh_payment(payment=payment, at=at)
    crashpoint("after_stripe_before_commit")
    return apply_intent(payment=payment, intent=intent, at=at)
