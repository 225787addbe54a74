"""Charging a saved card while its holder is away.

As with a page: the row with its key is committed (`record_charge`, in the transaction of whatever
causes it), Stripe is called outside any transaction, and what Stripe says becomes a fact in a
second one. Two calls, not one: the intent is created and its id stored before it is confirmed. A
key is worth nothing after a day, but one intent can succeed once only, however often and by
however many it is confirmed.
"""

from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import F

from backend.common.crashpoints import crashpoint
from backend.events.bus import announce
from backend.money import Money
from backend.payments import states
from backend.payments.events import ChargeDeclined
from backend.payments.gateways.stripe import (
    Intent,
    NotConnected,
    StripeBroken,
    StripeRefused,
    confirm_intent,
    create_intent,
    fetch_intent,
    find_intent,
    refuse_inside_transaction,
)
from backend.payments.models import Payment
from backend.payments.operations import (
    AlreadyPaid,
    apply_intent,
    end_unstarted,
    fee_request,
    move_payment,
)
from backend.payments.pace import wait_for_turn
from backend.payments.queries import latest_payment, saved_card

logger = structlog.get_logger(__name__)
UNPAID = ("requires_payment_method", "requires_confirmation")
KEY_KEPT_FOR = timedelta(hours=23)


class NoCard(Exception):
    """No card is saved for this purpose (any more)."""


@transaction.atomic
def record_charge(*, purpose: str, amount: Money, at: datetime) -> Payment:
    """Write the row of a charge with its key, or return the one that is under way.

    Raises NoCard or AlreadyPaid.
    """
    latest = latest_payment(purpose)
    if latest and latest.kind == Payment.Kind.CHARGE and latest.state in states.UNFINISHED:
        return latest
    taken = (*states.UNFINISHED, states.SUCCEEDED, *states.UNBOOKED)
    if Payment.objects.filter(purpose=purpose, state__in=taken).exists():
        raise AlreadyPaid(purpose)
    card = saved_card(purpose)
    if latest is None or card is None:
        raise NoCard(purpose)
    key = f"{purpose}:{latest.attempt + 1}"
    return Payment.objects.create(
        kind=Payment.Kind.CHARGE,
        purpose=purpose,
        attempt=latest.attempt + 1,
        key=key,
        account=card.account,
        amount_minor=amount.minor,
        currency=amount.currency,
        request=_intent_request(purpose, key, amount, card),
        session_expires_at=at + KEY_KEPT_FOR,
        customer_id=card.customer_id,
        method_id=card.method_id,
        card_label=card.card_label,
        created_at=at,
    )


def _intent_request(purpose: str, key: str, amount: Money, card: Payment) -> dict[str, Any]:
    """Return the parameters of the intent.

    Source: docs.stripe.com/payments/save-and-reuse. The method stands in the confirm, so that an
    intent whose answer was lost cannot charge by itself.
    """
    return {
        "amount": amount.minor,
        "currency": amount.currency.lower(),
        "customer": card.customer_id,
        "metadata": {"purpose": purpose, "payment": key},
        **fee_request(amount, account=card.account),
    }


def carry_out_charge(*, payment: Payment, at: datetime) -> Payment:
    """Do what is left of a charge, wherever it was broken off; return it as it is then.

    Not atomic. A charge that Stripe's dead key has made impossible ends, and another may begin.
    Raises StripeUnreachable or StripeRefused.
    """
    refuse_inside_transaction()
    is_resumed = payment.state == states.OPEN
    if payment.state == states.NEW:
        payment = _open(payment, at=at)
    if payment.state != states.OPEN:
        return payment
    if is_resumed:
        payment = _look(payment, at=at)
        if payment.state != states.OPEN:
            return payment
    return _confirm(payment, return_url="", at=at)[0]


def _open(payment: Payment, *, at: datetime) -> Payment:
    try:
        intent = _created_or_found(payment, at=at)
    except StripeBroken:
        intent = None
    except NotConnected:
        # The account is at fault, not the card: its holder is not told that a bank said no.
        raise
    except StripeRefused as refusal:
        return _decline(payment, problem=str(refusal), at=at)
    if intent is None:
        end_unstarted(payment=payment, at=at)
        return Payment.objects.get(pk=payment.pk)
    crashpoint("after_intent_before_commit")
    payment = apply_intent(payment=payment, intent=intent, at=at)
    crashpoint("after_intent_stored")
    return payment


def _created_or_found(payment: Payment, *, at: datetime) -> Intent | None:
    """Return the charge's intent; None where its key is too old to ask with and none is there."""
    if at < payment.session_expires_at:
        try:
            wait_for_turn(payment.account, "request")
            return create_intent(request=payment.request, key=payment.key, account=payment.account)
        except StripeBroken:
            logger.warning("charge.key_is_dead", payment=payment.key)
    wait_for_turn(payment.account, "request")
    return find_intent(
        payment_key=payment.key, customer_id=payment.customer_id, account=payment.account
    )


def _look(payment: Payment, *, at: datetime) -> Payment:
    wait_for_turn(payment.account, "request")
    crashpoint("before_refetch")
    intent = fetch_intent(intent_id=payment.intent_id, account=payment.account)
    crashpoint("after_refetch_before_apply")
    return apply_intent(payment=payment, intent=intent, at=at)


def _confirm(payment: Payment, *, return_url: str, at: datetime) -> tuple[Payment, Intent]:
    """Confirm under a key of its own; what came of a declined one is fetched."""
    Payment.objects.filter(pk=payment.pk).update(confirms=F("confirms") + 1)
    payment.refresh_from_db(fields=["confirms"])
    wait_for_turn(payment.account, "confirm")
    try:
        intent = confirm_intent(
            intent_id=payment.intent_id,
            method_id=payment.method_id,
            return_url=return_url,
            key=f"{payment.key}:confirm:{payment.confirms}",
            account=payment.account,
        )
    except NotConnected:
        raise
    except StripeRefused as refusal:
        problem = str(refusal)
        wait_for_turn(payment.account, "request")
        intent = fetch_intent(intent_id=payment.intent_id, account=payment.account)
        if intent.status in UNPAID and not intent.error_code:
            # Refused before any bank was asked: the card is gone from Stripe, for example.
            return _decline(payment, problem=problem, at=at), intent
    crashpoint("after_charge_before_commit")
    return apply_intent(payment=payment, intent=intent, at=at), intent


@transaction.atomic
def _decline(payment: Payment, *, problem: str, at: datetime) -> Payment:
    """Note that Stripe would not charge this card at all."""
    payment = Payment.objects.select_for_update().get(pk=payment.pk)
    event = {states.NEW: "refused", states.OPEN: "declined"}.get(payment.state)
    if event:
        payment = move_payment(payment, event, at=at, problem=problem[:300])
        announce(ChargeDeclined(payment.purpose, needs_authentication=False, at=at))
    return payment


def confirm_before_holder(*, payment: Payment, return_url: str, at: datetime) -> str:
    """Ask for a declined charge once more, on the same intent, with its holder before the page.

    Not atomic. Returns the bank's page, or nothing where none is needed. Raises AlreadyPaid,
    StripeUnreachable or StripeRefused.
    """
    refuse_inside_transaction()
    payment = _asked_again(payment, at=at)
    intent = fetch_intent(intent_id=payment.intent_id, account=payment.account)
    if intent.status == "requires_action" and intent.next_url:
        return intent.next_url
    payment, intent = _confirm(payment, return_url=return_url, at=at)
    return intent.next_url if intent.status == "requires_action" else ""


@transaction.atomic
def _asked_again(payment: Payment, *, at: datetime) -> Payment:
    payment = Payment.objects.select_for_update().get(pk=payment.pk)
    if payment.kind != Payment.Kind.CHARGE or payment.state not in (states.FAILED, states.OPEN):
        raise AlreadyPaid(payment.purpose)
    if payment.state == states.FAILED:
        payment = move_payment(payment, "asked_again", at=at)
    return payment
