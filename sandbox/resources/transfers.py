"""Transfers and their reversals over Stripe's interface.

Source: https://docs.stripe.com/api/transfers and .../api/transfer_reversals
"""

from __future__ import annotations

from sandbox.checking.requests import missing_param
from sandbox.connect import transfers
from sandbox.errors import Refusal, missing
from sandbox.lists import listed
from sandbox.metadata_rules import changed_metadata
from sandbox.money_rules import check_currency
from sandbox.routes import route
from sandbox.scope import Call
from sandbox.store import Resource


@route(
    "post",
    "/v1/transfers",
    takes="amount currency destination description metadata source_transaction transfer_group",
)
def create_transfer(call: Call) -> Resource:
    """Move money of the platform to one of its accounts."""
    params = call.params
    if "amount" not in params:
        raise missing_param("amount")
    if call.account != call.sandbox.platform:
        raise Refusal("Only the platform can make transfers.", status=403)
    return transfers.new_transfer(
        call,
        amount=params["amount"],
        currency=check_currency(params["currency"]),
        destination=params["destination"],
        description=params.get("description"),
        metadata=changed_metadata({}, params.get("metadata")),
        source_transaction=params.get("source_transaction"),
        transfer_group=params.get("transfer_group"),
    )


@route("get", "/v1/transfers", takes="created destination transfer_group", paged=True)
def list_transfers(call: Call) -> Resource:
    """List the platform's transfers."""
    same = {"destination": "destination", "transfer_group": "transfer_group"}
    return listed(call, "transfer", same=same)


@route("get", "/v1/transfers/{transfer}")
def find_transfer(call: Call) -> Resource:
    """Return one transfer."""
    return call.find("transfer", call.id, param="transfer")


@route("post", "/v1/transfers/{id}/reversals", takes="amount metadata")
def create_reversal(call: Call) -> Resource:
    """Take a transfer back, in whole or in part."""
    transfer = call.find("transfer", call.id)
    metadata = changed_metadata({}, call.params.get("metadata"))
    return transfers.reverse_transfer(
        call, transfer, amount=call.params.get("amount"), metadata=metadata
    )


@route("get", "/v1/transfers/{id}/reversals", paged=True)
def list_reversals(call: Call) -> Resource:
    """List what was taken back of a transfer."""
    call.find("transfer", call.id)
    return listed(call, "transfer_reversal", transfer=call.id)


@route("get", "/v1/transfers/{transfer}/reversals/{id}")
def find_reversal(call: Call) -> Resource:
    """Return one reversal."""
    reversal = call.find("transfer_reversal", call.ids[1])
    if reversal["transfer"] != call.id:
        raise missing("transfer_reversal", call.ids[1])
    return reversal
