"""Application fees over Stripe's interface; they belong to the platform.

Source: https://docs.stripe.com/api/application_fees and .../api/fee_refunds
"""

from __future__ import annotations

from sandbox.connect.fees import give_back_fee, give_back_to_balance
from sandbox.errors import missing
from sandbox.lists import listed
from sandbox.metadata_rules import changed_metadata
from sandbox.routes import route
from sandbox.scope import Call
from sandbox.store import Resource


@route("get", "/v1/application_fees", takes="charge created", paged=True)
def list_fees(call: Call) -> Resource:
    """List what the platform has taken."""
    return listed(call, "application_fee", same={"charge": "charge"})


@route("get", "/v1/application_fees/{id}")
def find_fee(call: Call) -> Resource:
    """Return one application fee."""
    return call.find("application_fee", call.id)


@route("post", "/v1/application_fees/{id}/refunds", takes="amount metadata")
def create_fee_refund(call: Call) -> Resource:
    """Give a fee back to the account, in whole or in part."""
    fee = call.find("application_fee", call.id)
    metadata = changed_metadata({}, call.params.get("metadata"))
    refund = give_back_fee(call, fee, amount=call.params.get("amount"), metadata=metadata)
    give_back_to_balance(call, fee, refund)
    return refund


@route("get", "/v1/application_fees/{id}/refunds", paged=True)
def list_fee_refunds(call: Call) -> Resource:
    """List what was given back of a fee."""
    call.find("application_fee", call.id)
    return listed(call, "fee_refund", fee=call.id)


@route("get", "/v1/application_fees/{fee}/refunds/{id}")
def find_fee_refund(call: Call) -> Resource:
    """Return one refund of a fee."""
    refund = call.find("fee_refund", call.ids[1])
    if refund["fee"] != call.id:
        raise missing("fee_refund", call.ids[1])
    return refund
