"""What the button of the Checkout page does, for the page and for the control alike.

A decline leaves the session open, so that the payer can try another card.
Source: https://docs.stripe.com/payments/checkout/how-checkout-works and
https://docs.stripe.com/checkout/fulfillment
"""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.billing import collecting
from sandbox.billing.subscriptions import begin_from_session
from sandbox.checkout.sessions import intent_id_of
from sandbox.errors import Refusal
from sandbox.metadata_rules import changed_metadata
from sandbox.payments import intents, methods, setups
from sandbox.payments.cards import TEST_IBAN, check_expiry, read_card
from sandbox.resources.customers import new_customer
from sandbox.scope import Scope
from sandbox.store import Resource

GUEST_EMAIL = "guest@example.org"


@dataclass(frozen=True)
class Filled:
    """What the payer filled in: a card or an IBAN, an address for the receipt, a name."""

    method: str = "card"
    card: str = "4242424242424242"
    expiry: tuple[int, int] = (12, 2034)
    iban: str = TEST_IBAN
    email: str | None = None
    name: str | None = None


class SessionClosed(Refusal):
    """The session is complete or expired: nothing can be paid with it any more."""


def pay(scope: Scope, session: Resource, filled: Filled, *, month: tuple[int, int]) -> Resource:
    """Press the button with `filled`; `month` is the present month and year.

    Returns the session: complete, or still open while 3-D Secure is asked for. Raises Declined when
    the card is refused, Refusal for a wrong field, SessionClosed.
    """
    check_open(session)
    if filled.method not in session["payment_method_types"]:
        raise Refusal(f"This session does not offer “{filled.method}”.", param="method")
    method = _new_method(scope, session, filled, month=month)
    page = f"{scope.sandbox.options.public_url}/c/pay/{session['id']}/authenticate"
    session["customer_details"] = _details(session, method)
    if session["mode"] == "setup":
        setup = scope.find("setup_intent", session["setup_intent"])
        if session["customer_creation"] == "always":
            setup["customer"] = _customer_of(scope, session)
        setup = setups.attempt(scope, setup, method, page_url=page)
        return complete_if_done(scope, session, setup["status"])
    intent = _intent_of(scope, session)
    intent = intents.attempt(scope, intent, method, page_url=page)
    return complete_if_done(scope, session, intent["status"], intent)


def authenticate(
    scope: Scope, session: Resource, *, approved: bool, is_late: bool = False
) -> Resource:
    """Press a button of the bank's page; raises Declined and Refusal as `pay` does."""
    check_open(session)
    if session["mode"] == "setup":
        setup = scope.find("setup_intent", session["setup_intent"])
        setup = setups.authenticate(scope, setup, approved=approved)
        return complete_if_done(scope, session, setup["status"])
    intent_id = intent_id_of(scope, session)
    if not intent_id:
        raise Refusal("This session is not waiting for 3-D Secure.")
    intent = scope.find("payment_intent", intent_id)
    intent = intents.authenticate(scope, intent, approved=approved, is_late=is_late)
    return complete_if_done(scope, session, intent["status"], intent)


def complete_if_done(
    scope: Scope, session: Resource, status: str, intent: Resource | None = None
) -> Resource:
    """Complete the session if its intent has succeeded or the bank is on its way."""
    if status not in ("succeeded", "processing"):
        return scope.save(session)
    session |= {"status": "complete", "url": None}
    if session["mode"] != "setup" and status == "succeeded":
        session["payment_status"] = "paid"
    if session["mode"] == "subscription" and intent is not None:
        begin_from_session(scope, session, intent)
    scope.save(session)
    scope.not_later("session_expires", session["id"])
    scope.announce("checkout.session.completed", session)
    return session


def bank_answers(scope: Scope, intent: Resource, *, succeeds: bool) -> Resource:
    """Settle or fail a slow payment, and tell of it on its session too."""
    answer = intents.settle_slow if succeeds else intents.fail_slow
    intent = answer(scope, intent)
    collecting.bank_answered(scope, intent, succeeds=succeeds)
    session_id = scope.private(intent["id"]).get("session")
    if session_id:
        session = scope.find("checkout.session", session_id)
        if succeeds:
            session["payment_status"] = "paid"
            scope.save(session)
        outcome = "succeeded" if succeeds else "failed"
        scope.announce(f"checkout.session.async_payment_{outcome}", session)
    return intent


def check_open(session: Resource) -> None:
    """Refuse a session that is over; raises SessionClosed."""
    if session["status"] != "open":
        raise SessionClosed(f"This Checkout Session is {session['status']}.")


def _new_method(
    scope: Scope, session: Resource, filled: Filled, *, month: tuple[int, int]
) -> Resource:
    email = session["customer_email"] or filled.email
    if session["customer"] and not email:
        email = scope.find("customer", session["customer"])["email"]
    billing = methods.billing_details(email=email or GUEST_EMAIL, name=filled.name)
    if filled.method == "sepa_debit":
        return methods.new_debit_method(scope, filled.iban, billing=billing)
    if filled.method in methods.REDIRECTS:
        return methods.new_redirect_method(scope, filled.method, billing=billing)
    card = read_card(filled.card)
    check_expiry(*filled.expiry, at_month=month[0], at_year=month[1])
    return methods.new_card_method(scope, card, expiry=filled.expiry, billing=billing)


def _details(session: Resource, method: Resource) -> Resource:
    billing = method["billing_details"]
    return {
        "address": billing["address"],
        "email": billing["email"],
        "name": billing["name"],
        "phone": None,
        "tax_exempt": "none",
        "tax_ids": [],
    }


def _intent_of(scope: Scope, session: Resource) -> Resource:
    """Return the session's one PaymentIntent, making it at the first attempt."""
    known = intent_id_of(scope, session)
    if known:
        return scope.find("payment_intent", known)
    wanted = scope.private(session["id"])["intent"]
    if session["customer_creation"] == "always" or (
        wanted.get("setup_future_usage") and not session["customer"]
    ):
        _customer_of(scope, session)
    intent = intents.new_intent(
        scope,
        amount=session["amount_total"],
        currency=session["currency"],
        application_fee_amount=wanted.get("application_fee_amount"),
        customer=session["customer"],
        description=wanted.get("description"),
        metadata=changed_metadata({}, wanted.get("metadata")),
        payment_method_types=session["payment_method_types"],
        receipt_email=wanted.get("receipt_email"),
        setup_future_usage=wanted.get("setup_future_usage"),
        statement_descriptor_suffix=wanted.get("statement_descriptor_suffix"),
    )
    scope.note(intent["id"], session=session["id"])
    if session["mode"] == "subscription":
        scope.note(session["id"], first_payment=intent["id"])
    else:
        session["payment_intent"] = intent["id"]
    scope.save(session)
    return intent


def _customer_of(scope: Scope, session: Resource) -> str:
    """Return the session's customer, making one of the payer's details at the first attempt."""
    if not session["customer"]:
        details = session["customer_details"]
        customer = new_customer(scope, email=details["email"], name=details["name"])
        session["customer"] = customer["id"]
    return str(session["customer"])
