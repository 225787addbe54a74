"""PaymentIntents as a state machine: many attempts, one success.

Cards answer at once, SEPA debit days later. Bancontact and iDEAL send the payer to a page of their
bank, which tells at once; where it does not, the payment is processing.

States: requires_payment_method → requires_confirmation → requires_action | processing → succeeded,
and canceled. A failed attempt goes back to requires_payment_method.
Source: https://docs.stripe.com/payments/paymentintents/lifecycle
"""

from __future__ import annotations

from typing import Any

from sandbox.errors import Declined, Refusal
from sandbox.ids import new_id
from sandbox.payments import charges
from sandbox.payments.cards import ALWAYS, DECLINES, UNLESS_SET_UP, Card, Decline, read_card
from sandbox.payments.methods import REDIRECTS, attach
from sandbox.scope import Scope
from sandbox.store import Resource

CONFIRMABLE = {"requires_payment_method", "requires_confirmation", "requires_action"}
CANCELLABLE = CONFIRMABLE | {"requires_capture", "processing"}


def new_intent(scope: Scope, *, amount: int, currency: str, **more: Any) -> Resource:
    """Keep a new PaymentIntent and tell of it; `more` sets further fields."""
    intent_id = new_id("pi")
    intent: Resource = {
        "id": intent_id,
        "object": "payment_intent",
        "amount": amount,
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": None,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic_async",
        "client_secret": f"{intent_id}_secret_{new_id('x')[2:]}",
        "confirmation_method": "automatic",
        "created": scope.at,
        "currency": currency,
        "customer": None,
        "description": None,
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": {},
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_options": {},
        "payment_method_types": ["card"],
        "processing": None,
        "receipt_email": None,
        "review": None,
        "setup_future_usage": None,
        "shipping": None,
        "source": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "requires_payment_method",
        "transfer_data": None,
        "transfer_group": None,
        **more,
    }
    scope.add(intent)
    scope.announce("payment_intent.created", intent)
    return intent


def attempt(
    scope: Scope,
    intent: Resource,
    method: Resource,
    *,
    off_session: bool = False,
    refuses_action: bool = False,
    return_url: str | None = None,
    page_url: str | None = None,
) -> Resource:
    """Try to pay `intent` with `method`; the outcome is in its status.

    Raises Declined when the issuer says no, after keeping the failed attempt, and Refusal when the
    intent cannot be confirmed.
    """
    if intent["status"] not in CONFIRMABLE:
        raise unexpected_state(intent, "confirm")
    intent["payment_method"] = method["id"]
    intent["last_payment_error"] = intent["next_action"] = None
    if method["type"] == "sepa_debit":
        return _wait_for_bank(scope, intent, method)
    if method["type"] in REDIRECTS:
        return _ask_to_authenticate(scope, intent, return_url=return_url, page_url=page_url)
    card = read_card(scope.private(method["id"])["number"])
    if _needs_authentication(scope, card, method, off_session=off_session):
        if off_session or refuses_action:
            raise fail_attempt(scope, intent, method, DECLINES["authentication_required"])
        return _ask_to_authenticate(scope, intent, return_url=return_url, page_url=page_url)
    return _charge(scope, intent, method, card)


def authenticate(
    scope: Scope, intent: Resource, *, approved: bool, is_late: bool = False
) -> Resource:
    """Carry on after 3-D Secure or the bank's page; raises Declined if the answer was no.

    With `is_late` a bank that approves does not say yet whether it pays.
    """
    if intent["status"] != "requires_action":
        raise unexpected_state(intent, "authenticate")
    method = scope.find("payment_method", intent["payment_method"])
    intent["next_action"] = None
    if method["type"] in REDIRECTS:
        if not approved:
            raise fail_attempt(scope, intent, method, DECLINES["bank_refused"], charged=False)
        return (_wait_for_bank if is_late else _settle)(scope, intent, method)
    if not approved:
        raise fail_attempt(scope, intent, method, DECLINES["authentication_refused"], charged=False)
    if intent["setup_future_usage"] == "off_session":
        scope.note(method["id"], set_up=True)
    return _charge(scope, intent, method, read_card(scope.private(method["id"])["number"]))


def cancel(scope: Scope, intent: Resource, *, reason: str | None = None) -> Resource:
    """Give up a PaymentIntent for good; raises Refusal once it has succeeded."""
    if intent["status"] not in CANCELLABLE:
        raise unexpected_state(intent, "cancel")
    if intent["status"] == "processing":
        raise Refusal(
            "You cannot cancel this PaymentIntent because its bank debit is already under way.",
            code="payment_intent_unexpected_state",
            payment_intent=intent,
        )
    intent |= {
        "canceled_at": scope.at,
        "cancellation_reason": reason,
        "next_action": None,
        "status": "canceled",
    }
    scope.save(intent)
    scope.announce("payment_intent.canceled", intent)
    return intent


def settle_slow(scope: Scope, intent: Resource) -> Resource:
    """Let the bank carry out a debit that was under way."""
    method, charge = _under_way(scope, intent)
    charges.finish_charge(scope, charge, method)
    return succeed(scope, intent, charge)


def fail_slow(scope: Scope, intent: Resource) -> Resource:
    """Let the bank refuse a debit that was under way."""
    method, charge = _under_way(scope, intent)
    why = DECLINES["debit_failed" if method["type"] == "sepa_debit" else "bank_failed"]
    charges.fail_pending_charge(scope, charge, why)
    intent["processing"] = None
    _note_failure(scope, intent, method, why, charge["id"])
    return intent


def fail_attempt(
    scope: Scope, intent: Resource, method: Resource, decline: Decline, *, charged: bool = True
) -> Declined:
    """Keep the failed attempt and return the refusal to raise."""
    charge_id = None
    if charged:
        charge_id = charges.decline_charge(scope, intent, method, decline)["id"]
        intent["latest_charge"] = charge_id
    _note_failure(scope, intent, method, decline, charge_id)
    shown = {"payment_intent": intent, "payment_method": method}
    if charge_id:
        shown["charge"] = charge_id
    return _declined(decline, **shown)


def unexpected_state(intent: Resource, act: str) -> Refusal:
    """Return the refusal for an act that the intent's state does not allow."""
    return Refusal(
        f"You cannot {act} this PaymentIntent because it has a status of {intent['status']}.",
        code="payment_intent_unexpected_state",
        payment_intent=intent,
    )


def _declined(decline: Decline, **shown: Any) -> Declined:
    more: dict[str, Any] = {"decline_code": decline.decline_code} if decline.decline_code else {}
    return Declined(decline.sentence, code=decline.code, **more, **shown)


def _needs_authentication(scope: Scope, card: Card, method: Resource, *, off_session: bool) -> bool:
    if card.authentication == ALWAYS:
        return True
    set_up = scope.private(method["id"]).get("set_up", False)
    return card.authentication == UNLESS_SET_UP and not (off_session and set_up)


def _ask_to_authenticate(
    scope: Scope, intent: Resource, *, return_url: str | None, page_url: str | None
) -> Resource:
    url = page_url or f"{scope.sandbox.options.public_url}/c/authenticate/{intent['id']}"
    intent["next_action"] = {
        "type": "redirect_to_url",
        "redirect_to_url": {"return_url": return_url, "url": url},
    }
    intent["status"] = "requires_action"
    scope.save(intent)
    scope.announce("payment_intent.requires_action", intent)
    return intent


def _charge(scope: Scope, intent: Resource, method: Resource, card: Card) -> Resource:
    if card.decline:
        raise fail_attempt(scope, intent, method, DECLINES[card.decline])
    return _settle(scope, intent, method)


def _settle(scope: Scope, intent: Resource, method: Resource) -> Resource:
    charge = charges.settle_charge(scope, intent, method)
    _save_for_later(scope, intent, method)
    return succeed(scope, intent, charge)


def _save_for_later(scope: Scope, intent: Resource, method: Resource) -> None:
    """Tie the method to its customer if that was agreed; else it cannot be used again."""
    if intent["setup_future_usage"] and intent["customer"]:
        scope.note(method["id"], set_up=True)
        attach(scope, method, intent["customer"])
    elif not method["customer"]:
        scope.note(method["id"], used_up=True)


def succeed(scope: Scope, intent: Resource, charge: Resource) -> Resource:
    """Let a PaymentIntent have succeeded by `charge`."""
    intent |= {
        "amount_received": intent["amount"],
        "latest_charge": charge["id"],
        "next_action": None,
        "processing": None,
        "status": "succeeded",
    }
    scope.save(intent)
    scope.announce("payment_intent.succeeded", intent)
    return intent


def _wait_for_bank(scope: Scope, intent: Resource, method: Resource) -> Resource:
    charge = charges.pend_charge(scope, intent, method)
    _save_for_later(scope, intent, method)
    intent |= {"latest_charge": charge["id"], "status": "processing"}
    scope.save(intent)
    scope.announce("payment_intent.processing", intent)
    wait = scope.sandbox.behaviour.slow_method_seconds
    scope.later("bank_answers", intent["id"], at=scope.at + wait)
    return intent


def _under_way(scope: Scope, intent: Resource) -> tuple[Resource, Resource]:
    if intent["status"] != "processing":
        raise unexpected_state(intent, "settle")
    scope.not_later("bank_answers", intent["id"])
    return (
        scope.find("payment_method", intent["payment_method"]),
        scope.find("charge", intent["latest_charge"]),
    )


def _note_failure(
    scope: Scope, intent: Resource, method: Resource, decline: Decline, charge_id: str | None
) -> None:
    error = _declined(decline).body()["error"]
    error["payment_method"] = method
    if charge_id:
        error["charge"] = charge_id
    intent |= {
        "last_payment_error": error,
        "next_action": None,
        "payment_method": None,
        "status": "requires_payment_method",
    }
    scope.save(intent)
    scope.announce("payment_intent.payment_failed", intent)
