"""SetupIntents over Stripe's interface.

Source: https://docs.stripe.com/api/setup_intents
"""

from __future__ import annotations

from sandbox.errors import Refusal
from sandbox.lists import listed
from sandbox.metadata_rules import changed_metadata
from sandbox.payments import methods, setups
from sandbox.payments.offered import Wanted, chosen_automatically, methods_offered
from sandbox.routes import route
from sandbox.scope import Call
from sandbox.store import Resource


@route(
    "post",
    "/v1/setup_intents",
    takes="customer description metadata payment_method usage confirm return_url"
    " allowed_payment_method_types excluded_payment_method_types automatic_payment_methods",
)
def create_setup(call: Call) -> Resource:
    """Make a SetupIntent, and try it at once with `confirm`."""
    params = call.params
    if "customer" in params:
        call.find("customer", params["customer"], param="customer")
    method_id = params.get("payment_method")
    method = methods.find_method(call, method_id) if method_id else None
    setup = setups.new_setup(
        call,
        automatic_payment_methods=chosen_automatically(params),
        customer=params.get("customer"),
        description=params.get("description"),
        metadata=changed_metadata({}, params.get("metadata")),
        payment_method=method["id"] if method else None,
        payment_method_types=methods_offered(params, Wanted(None)),
        status="requires_confirmation" if method else "requires_payment_method",
        usage=params.get("usage", "off_session"),
    )
    return _confirmed(call, setup, method) if params.get("confirm") else setup


@route("get", "/v1/setup_intents", takes="created customer payment_method", paged=True)
def list_setups(call: Call) -> Resource:
    """List this account's SetupIntents."""
    same = {"customer": "customer", "payment_method": "payment_method"}
    return listed(call, "setup_intent", same=same)


@route("get", "/v1/setup_intents/{intent}")
def find_setup(call: Call) -> Resource:
    """Return one SetupIntent."""
    return call.find("setup_intent", call.id, param="intent")


@route("post", "/v1/setup_intents/{intent}/confirm", takes="payment_method return_url")
def confirm_setup(call: Call) -> Resource:
    """Try to save the payment method; raises Declined when the issuer says no."""
    setup = call.find("setup_intent", call.id, param="intent")
    _refuse_checkouts_own(call, setup, "confirm")
    if setup["status"] not in setups.OPEN:
        raise setups.unexpected_state(setup, "confirm")
    method_id = call.params.get("payment_method", setup["payment_method"])
    return _confirmed(call, setup, methods.find_method(call, method_id) if method_id else None)


@route("post", "/v1/setup_intents/{intent}/cancel", takes="cancellation_reason")
def cancel_setup(call: Call) -> Resource:
    """Give up a SetupIntent."""
    setup = call.find("setup_intent", call.id, param="intent")
    _refuse_checkouts_own(call, setup, "cancel")
    return setups.cancel(call, setup, reason=call.params.get("cancellation_reason"))


def _confirmed(call: Call, setup: Resource, method: Resource | None) -> Resource:
    if method is None:
        raise Refusal(
            "You cannot confirm this SetupIntent because it's missing a payment method.",
            code="setup_intent_unexpected_state",
            setup_intent=setup,
        )
    if method["type"] not in setup["payment_method_types"]:
        raise Refusal(
            f"The PaymentMethod provided ({method['type']}) is not allowed for this SetupIntent.",
            param="payment_method",
        )
    return setups.attempt(call, setup, method, return_url=call.params.get("return_url"))


def _refuse_checkouts_own(call: Call, setup: Resource, act: str) -> None:
    """Refuse to touch a SetupIntent that a Checkout session made; raises Refusal."""
    if call.where("checkout.session", setup_intent=setup["id"]):
        raise Refusal(
            f"You cannot {act} this SetupIntent because it was created by a Checkout Session;"
            " expire the session instead.",
            code="setup_intent_unexpected_state",
            setup_intent=setup,
        )
