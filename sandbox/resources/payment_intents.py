"""PaymentIntents over Stripe's interface.

Source: https://docs.stripe.com/api/payment_intents
"""

from __future__ import annotations

from sandbox.connect.accounts import check_can_charge
from sandbox.connect.fees import check_application_fee
from sandbox.errors import Refusal
from sandbox.lists import listed
from sandbox.metadata_rules import changed_metadata
from sandbox.money_rules import check_charge, check_currency
from sandbox.payments import intents, methods
from sandbox.payments.offered import Wanted, chosen_automatically, methods_offered
from sandbox.routes import route
from sandbox.scope import Call
from sandbox.store import Resource

TEXTS = ("description", "receipt_email", "statement_descriptor_suffix", "setup_future_usage")
CONFIRMING = "payment_method off_session return_url error_on_requires_action setup_future_usage"
FOLLOWED = (
    "amount currency customer metadata allowed_payment_method_types excluded_payment_method_types"
    " application_fee_amount automatic_payment_methods confirm"
    f" description receipt_email statement_descriptor_suffix {CONFIRMING}"
)


@route("post", "/v1/payment_intents", takes=FOLLOWED)
def create_intent(call: Call) -> Resource:
    """Make a PaymentIntent, and try it at once with `confirm`."""
    params = call.params
    currency = check_currency(params["currency"])
    check_charge(params["amount"], currency)
    check_can_charge(call)
    if "application_fee_amount" in params:
        check_application_fee(call, params["amount"], params["application_fee_amount"])
    if "customer" in params:
        call.find("customer", params["customer"], param="customer")
    if params.get("off_session") and not params.get("confirm"):
        raise Refusal("`off_session` can only be used with `confirm=true`.", param="off_session")
    method = _method(call, params.get("payment_method"), params.get("customer"))
    intent = intents.new_intent(
        call,
        amount=params["amount"],
        currency=currency,
        application_fee_amount=params.get("application_fee_amount"),
        automatic_payment_methods=chosen_automatically(params),
        customer=params.get("customer"),
        metadata=changed_metadata({}, params.get("metadata")),
        payment_method=method["id"] if method else None,
        payment_method_types=methods_offered(params, Wanted(currency)),
        status="requires_confirmation" if method else "requires_payment_method",
        **{name: params.get(name) or None for name in TEXTS},
    )
    return _confirmed(call, intent, method) if params.get("confirm") else intent


@route("get", "/v1/payment_intents", takes="created customer", paged=True)
def list_intents(call: Call) -> Resource:
    """List this account's PaymentIntents."""
    return listed(call, "payment_intent", same={"customer": "customer"})


@route("get", "/v1/payment_intents/{intent}")
def find_intent(call: Call) -> Resource:
    """Return one PaymentIntent."""
    return call.find("payment_intent", call.id, param="intent")


@route(
    "post",
    "/v1/payment_intents/{intent}",
    takes="amount currency customer metadata payment_method description receipt_email"
    " statement_descriptor_suffix setup_future_usage",
)
def update_intent(call: Call) -> Resource:
    """Change a PaymentIntent; its amount only before it is being paid."""
    intent, params = call.find("payment_intent", call.id, param="intent"), call.params
    money = {"amount", "currency", "payment_method", "customer"} & set(params)
    if money and intent["status"] not in intents.CONFIRMABLE:
        raise intents.unexpected_state(intent, "update")
    if "amount" in params or "currency" in params:
        wanted = {**intent, **params}
        currency = check_currency(wanted["currency"])
        check_charge(wanted["amount"], currency)
        intent |= {"amount": wanted["amount"], "currency": currency}
    if "customer" in params:
        call.find("customer", params["customer"], param="customer")
        intent["customer"] = params["customer"]
    method = _method(call, params.get("payment_method"), intent["customer"])
    if method:
        intent |= {"payment_method": method["id"], "status": "requires_confirmation"}
    intent |= {name: params[name] or None for name in TEXTS if name in params}
    intent["metadata"] = changed_metadata(intent["metadata"], params.get("metadata"))
    return call.save(intent)


@route("post", "/v1/payment_intents/{intent}/confirm", takes=CONFIRMING)
def confirm_intent(call: Call) -> Resource:
    """Try to pay; raises Declined when the issuer says no."""
    intent = call.find("payment_intent", call.id, param="intent")
    _refuse_checkouts_own(call, intent, "confirm")
    check_can_charge(call)
    if intent["status"] not in intents.CONFIRMABLE:
        raise intents.unexpected_state(intent, "confirm")
    method_id = call.params.get("payment_method", intent["payment_method"])
    if "setup_future_usage" in call.params:
        intent["setup_future_usage"] = call.params["setup_future_usage"] or None
    return _confirmed(call, intent, _method(call, method_id, intent["customer"]))


@route("post", "/v1/payment_intents/{intent}/cancel", takes="cancellation_reason")
def cancel_intent(call: Call) -> Resource:
    """Give up a PaymentIntent."""
    intent = call.find("payment_intent", call.id, param="intent")
    _refuse_checkouts_own(call, intent, "cancel")
    return intents.cancel(call, intent, reason=call.params.get("cancellation_reason"))


def _confirmed(call: Call, intent: Resource, method: Resource | None) -> Resource:
    if method is None:
        raise Refusal(
            "You cannot confirm this PaymentIntent because it's missing a payment method.",
            code="payment_intent_unexpected_state",
            payment_intent=intent,
        )
    if method["type"] not in intent["payment_method_types"]:
        raise Refusal(
            f"The PaymentMethod provided ({method['type']}) is not allowed for this PaymentIntent.",
            param="payment_method",
        )
    return intents.attempt(
        call,
        intent,
        method,
        off_session=bool(call.params.get("off_session")),
        refuses_action=call.params.get("error_on_requires_action", False),
        return_url=call.params.get("return_url"),
    )


def _method(call: Call, method_id: str | None, customer: str | None) -> Resource | None:
    """Return the payment method to pay with; raises Refusal if it is not this customer's."""
    if not method_id:
        return None
    method = methods.find_method(call, method_id)
    if method["customer"] != customer and method["customer"]:
        raise Refusal(
            f"The provided PaymentMethod ({method['id']}) belongs to another Customer.",
            param="payment_method",
        )
    if call.private(method["id"]).get("used_up"):
        raise Refusal(
            "The provided PaymentMethod was previously used without Customer attachment or was"
            " detached from a Customer, and may not be used again.",
            param="payment_method",
        )
    return method


def _refuse_checkouts_own(call: Call, intent: Resource, act: str) -> None:
    """Refuse to touch an intent that a Checkout session made; raises Refusal."""
    if call.private(intent["id"]).get("session"):
        raise Refusal(
            f"You cannot {act} this PaymentIntent because it was created by a Checkout Session;"
            " expire the session instead.",
            code="payment_intent_unexpected_state",
            payment_intent=intent,
        )
