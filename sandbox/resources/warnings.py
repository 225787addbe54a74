"""Early fraud warnings over Stripe's interface.

Source: https://docs.stripe.com/api/radar/early_fraud_warnings
"""

from __future__ import annotations

from sandbox.lists import listed
from sandbox.routes import route
from sandbox.scope import Call
from sandbox.store import Resource

KIND = "radar.early_fraud_warning"


@route("get", "/v1/radar/early_fraud_warnings", takes="created charge payment_intent", paged=True)
def list_warnings(call: Call) -> Resource:
    """List this account's early fraud warnings."""
    return listed(call, KIND, same={"charge": "charge", "payment_intent": "payment_intent"})


@route("get", "/v1/radar/early_fraud_warnings/{early_fraud_warning}")
def find_warning(call: Call) -> Resource:
    """Return one early fraud warning."""
    return call.find(KIND, call.id, param="early_fraud_warning")
