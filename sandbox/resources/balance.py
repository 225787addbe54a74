"""The balance and its lines.

Source: https://docs.stripe.com/api/balance_transactions
"""

from __future__ import annotations

from sandbox.lists import listed
from sandbox.payments.balances import balance_of
from sandbox.routes import route
from sandbox.scope import Call
from sandbox.store import Resource


@route("get", "/v1/balance")
def find_balance(call: Call) -> Resource:
    """Return what this account has available and pending."""
    return balance_of(call)


@route("get", "/v1/balance_transactions", takes="created currency payout source type", paged=True)
def list_transactions(call: Call) -> Resource:
    """List the lines of this account's balance."""
    same = {"currency": "currency", "source": "source", "type": "type"}
    if "payout" not in call.params:
        return listed(call, "balance_transaction", same=same)
    call.find("payout", call.params["payout"], param="payout")
    return listed(call, "balance_transaction", same=same, private={"payout": call.params["payout"]})


@route("get", "/v1/balance_transactions/{id}")
def find_transaction(call: Call) -> Resource:
    """Return one line of the balance."""
    return call.find("balance_transaction", call.id)
