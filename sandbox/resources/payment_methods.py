"""Payment methods.

Source: https://docs.stripe.com/api/payment_methods
"""

from __future__ import annotations

from typing import Any

from sandbox.checking.requests import missing_param
from sandbox.errors import NotBuilt, Refusal
from sandbox.lists import listed
from sandbox.metadata_rules import changed_metadata
from sandbox.moments import month_at
from sandbox.payments import methods
from sandbox.payments.cards import Card, check_expiry, read_card
from sandbox.routes import check_followed, route
from sandbox.scope import Call, Scope
from sandbox.store import Resource


@route(
    "post",
    "/v1/payment_methods",
    takes="type card sepa_debit billing_details metadata customer payment_method",
)
def create_method(call: Call) -> Resource:
    """Make a payment method from a test number, or clone one of the platform."""
    params = call.params
    if "payment_method" in params or "customer" in params:
        return _cloned(call)
    metadata = changed_metadata({}, params.get("metadata"))
    billing = _billing(params.get("billing_details", {}))
    kind = params.get("type")
    if kind is None:
        raise missing_param("type")
    if kind not in ("card", "sepa_debit"):
        raise NotBuilt(f"Payment methods of type “{kind}” are not built yet.", param="type")
    if kind not in params:
        raise missing_param(kind)
    if kind == "sepa_debit":
        return methods.new_debit_method(
            call, params[kind]["iban"], billing=billing, metadata=metadata
        )
    card, expiry = _card(call, params["card"])
    return methods.new_card_method(call, card, expiry=expiry, billing=billing, metadata=metadata)


@route("get", "/v1/payment_methods", takes="customer type", paged=True)
def list_methods(call: Call) -> Resource:
    """List the payment methods of a customer."""
    return listed(call, "payment_method", same={"customer": "customer", "type": "type"})


@route("get", "/v1/payment_methods/{payment_method}")
def find_method(call: Call) -> Resource:
    """Return one payment method."""
    return methods.find_method(call, call.id)


@route("post", "/v1/payment_methods/{payment_method}/attach", takes="customer")
def attach_method(call: Call) -> Resource:
    """Tie a payment method to a customer."""
    if "customer" not in call.params:
        raise missing_param("customer")
    call.find("customer", call.params["customer"], param="customer")
    return methods.attach(call, methods.find_method(call, call.id), call.params["customer"])


@route("post", "/v1/payment_methods/{payment_method}/detach")
def detach_method(call: Call) -> Resource:
    """Let a payment method go; it cannot be used again."""
    method = call.find("payment_method", call.id, param="payment_method")
    if not method["customer"]:
        raise Refusal(
            "The payment method you provided is not attached to a customer so detachment is"
            " impossible.",
            code="payment_method_unexpected_state",
            param="payment_method",
        )
    before, method["customer"] = method["customer"], None
    call.note(method["id"], used_up=True)
    call.save(method)
    call.announce("payment_method.detached", method, customer=before)
    return method


def _cloned(call: Call) -> Resource:
    """Clone a saved payment method of the platform onto the account that the call acts on.

    Source: https://docs.stripe.com/connect/direct-charges-multiple-accounts
    """
    for name in ("customer", "payment_method"):
        if name not in call.params:
            raise missing_param(name)
    if call.account == call.sandbox.platform:
        raise Refusal(
            "Payment methods are cloned onto a connected account: set the Stripe-Account header.",
            param="payment_method",
        )
    platform = Scope(call.sandbox, call.sandbox.platform, call.at)
    customer, method_id = call.params["customer"], call.params["payment_method"]
    platform.find("customer", customer, param="customer")
    origin = platform.find("payment_method", method_id, param="payment_method")
    if origin["customer"] != customer:
        raise Refusal(
            f"The payment method {method_id} does not belong to the customer {customer}.",
            param="payment_method",
        )
    metadata = changed_metadata(origin["metadata"], call.params.get("metadata"))
    return methods.clone_method(call, origin, metadata=metadata)


def _card(call: Call, wanted: dict[str, Any]) -> tuple[Card, tuple[int, int]]:
    if "token" in wanted:
        raise NotBuilt("This sandbox has no card tokens; use a test number.", param="card[token]")
    check_followed(wanted, {"number", "exp_month", "exp_year", "cvc"}, within="card")
    month, year = month_at(call.at)
    check_expiry(wanted["exp_month"], wanted["exp_year"], at_month=month, at_year=year)
    return read_card(wanted["number"]), (wanted["exp_month"], wanted["exp_year"])


def _billing(wanted: dict[str, Any]) -> Resource:
    check_followed(wanted, {"email", "name"}, within="billing_details")
    return methods.billing_details(
        email=wanted.get("email") or None, name=wanted.get("name") or None
    )
