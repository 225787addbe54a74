"""Refunds over Stripe's interface.

Source: https://docs.stripe.com/api/refunds
"""

from __future__ import annotations

from sandbox.errors import Refusal
from sandbox.lists import listed
from sandbox.metadata_rules import changed_metadata
from sandbox.payments import refunds
from sandbox.routes import route
from sandbox.scope import Call
from sandbox.store import Resource


@route(
    "post",
    "/v1/refunds",
    takes="charge payment_intent amount reason metadata refund_application_fee",
)
def create_refund(call: Call) -> Resource:
    """Give money back to where it came from."""
    return refunds.make_refund(
        call,
        _charge_of(call),
        amount=call.params.get("amount"),
        reason=call.params.get("reason"),
        metadata=changed_metadata({}, call.params.get("metadata")),
        with_application_fee=call.params.get("refund_application_fee", False),
    )


@route("get", "/v1/refunds", takes="created charge payment_intent", paged=True)
def list_refunds(call: Call) -> Resource:
    """List this account's refunds."""
    return listed(call, "refund", same={"charge": "charge", "payment_intent": "payment_intent"})


@route("get", "/v1/refunds/{refund}")
def find_refund(call: Call) -> Resource:
    """Return one refund."""
    return call.find("refund", call.id, param="id")


@route("post", "/v1/refunds/{refund}/cancel")
def cancel_refund(call: Call) -> Resource:
    """Take back a refund that is still pending."""
    return refunds.cancel_refund(call, call.find("refund", call.id, param="id"))


def _charge_of(call: Call) -> Resource:
    charge_id, intent_id = call.params.get("charge"), call.params.get("payment_intent")
    if bool(charge_id) == bool(intent_id):
        raise Refusal("One of the following params should be provided: charge or payment_intent.")
    if charge_id:
        return call.find("charge", charge_id, param="charge")
    intent = call.find("payment_intent", str(intent_id), param="payment_intent")
    if intent["status"] != "succeeded":
        raise Refusal(
            f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.",
            param="payment_intent",
        )
    return call.find("charge", intent["latest_charge"])
