"""Payouts over Stripe's interface.

Source: https://docs.stripe.com/api/payouts
"""

from __future__ import annotations

from sandbox.errors import Refusal
from sandbox.lists import listed
from sandbox.metadata_rules import changed_metadata
from sandbox.money_rules import check_currency, check_multiple
from sandbox.payments import payouts
from sandbox.routes import route
from sandbox.scope import Call
from sandbox.store import Resource

WHOLE_UNITS_ONLY = {"huf", "twd"}  # charged with two decimals, paid out in whole units


@route(
    "post", "/v1/payouts", takes="amount currency description metadata method statement_descriptor"
)
def create_payout(call: Call) -> Resource:
    """Send money to the account's bank now."""
    params = call.params
    currency = check_currency(params["currency"])
    check_multiple(params["amount"], currency)
    if currency in WHOLE_UNITS_ONLY and params["amount"] % 100:
        raise Refusal(
            f"Invalid amount: payouts in {currency.upper()} must be a multiple of 100.",
            param="amount",
        )
    if params["amount"] < 1:
        raise Refusal("This value must be greater than or equal to 1.", param="amount")
    return payouts.new_payout(
        call,
        amount=params["amount"],
        currency=currency,
        description=params.get("description"),
        metadata=changed_metadata({}, params.get("metadata")),
        method=params.get("method", "standard"),
        statement_descriptor=params.get("statement_descriptor"),
    )


@route("get", "/v1/payouts", takes="created arrival_date destination status", paged=True)
def list_payouts(call: Call) -> Resource:
    """List this account's payouts."""
    same = {"destination": "destination", "status": "status", "arrival_date": "arrival_date"}
    return listed(call, "payout", same=same)


@route("get", "/v1/payouts/{payout}")
def find_payout(call: Call) -> Resource:
    """Return one payout."""
    return call.find("payout", call.id, param="payout")


@route("post", "/v1/payouts/{payout}", takes="metadata")
def update_payout(call: Call) -> Resource:
    """Change a payout's metadata."""
    payout = call.find("payout", call.id, param="payout")
    payout["metadata"] = changed_metadata(payout["metadata"], call.params.get("metadata"))
    return call.save(payout)


@route("post", "/v1/payouts/{payout}/cancel")
def cancel_payout(call: Call) -> Resource:
    """Take a payout back before it arrives."""
    return payouts.cancel_payout(call, call.find("payout", call.id, param="payout"))
