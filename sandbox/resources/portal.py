"""Sessions of the customer's portal over Stripe's interface.

Source: https://docs.stripe.com/api/customer_portal/sessions
"""

from __future__ import annotations

from sandbox.checking.requests import missing_param
from sandbox.errors import Refusal
from sandbox.ids import new_id
from sandbox.routes import route
from sandbox.scope import Call
from sandbox.store import Resource


@route("post", "/v1/billing_portal/sessions", takes="customer return_url locale")
def create_portal_session(call: Call) -> Resource:
    """Make an address where a customer looks after their subscriptions."""
    params = call.params
    if "customer" not in params:
        raise missing_param("customer")
    customer = call.find("customer", params["customer"], param="customer")
    return_url = params.get("return_url")
    if return_url and not return_url.startswith(("http://", "https://")):
        raise Refusal("Not a valid URL.", code="url_invalid", param="return_url")
    session_id = new_id("bps")
    session: Resource = {
        "id": session_id,
        "object": "billing_portal.session",
        "after_expiration": None,
        "configuration": f"bpc_{call.account.removeprefix('acct_')}",
        "created": call.at,
        "customer": customer["id"],
        "flow": None,
        "livemode": False,
        "locale": params.get("locale"),
        "on_behalf_of": None,
        "return_url": return_url,
        "url": f"{call.sandbox.options.public_url}/_sandbox/portal/{session_id}",
    }
    call.add(session)
    call.announce("billing_portal.session.created", session)
    return session
