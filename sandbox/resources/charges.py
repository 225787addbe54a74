"""Charges, read only.

Source: https://docs.stripe.com/api/charges
"""

from __future__ import annotations

from sandbox.lists import listed
from sandbox.routes import route
from sandbox.scope import Call
from sandbox.store import Resource


@route("get", "/v1/charges", takes="created customer payment_intent", paged=True)
def list_charges(call: Call) -> Resource:
    """List this account's charges."""
    return listed(call, "charge", same={"customer": "customer", "payment_intent": "payment_intent"})


@route("get", "/v1/charges/{charge}")
def find_charge(call: Call) -> Resource:
    """Return one charge."""
    return call.find("charge", call.id, param="id")
