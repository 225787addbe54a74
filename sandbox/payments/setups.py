"""SetupIntents: saving a payment method for later, without money.

Source: https://docs.stripe.com/payments/setupintents/lifecycle
"""

from __future__ import annotations

from typing import Any

from sandbox.errors import Declined, Refusal
from sandbox.ids import new_id
from sandbox.payments.cards import DECLINES, NEVER, Card, Decline, read_card
from sandbox.payments.methods import attach
from sandbox.scope import Scope
from sandbox.store import Resource

OPEN = {"requires_payment_method", "requires_confirmation", "requires_action"}
REFUSED_SETUP = Decline(
    "setup_intent_authentication_failure",
    "",
    "We are unable to authenticate your payment method. Please choose a different payment method"
    " and try again.",
)


def new_setup(scope: Scope, **more: Any) -> Resource:
    """Keep a new SetupIntent and tell of it; `more` sets further fields."""
    setup_id = new_id("seti")
    setup: Resource = {
        "id": setup_id,
        "object": "setup_intent",
        "application": None,
        "automatic_payment_methods": None,
        "cancellation_reason": None,
        "client_secret": f"{setup_id}_secret_{new_id('x')[2:]}",
        "created": scope.at,
        "customer": None,
        "description": None,
        "flow_directions": None,
        "last_setup_error": None,
        "latest_attempt": None,
        "livemode": False,
        "mandate": None,
        "metadata": {},
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_options": {},
        "payment_method_types": ["card"],
        "single_use_mandate": None,
        "status": "requires_payment_method",
        "usage": "off_session",
        **more,
    }
    scope.add(setup)
    scope.announce("setup_intent.created", setup)
    return setup


def attempt(
    scope: Scope,
    setup: Resource,
    method: Resource,
    *,
    return_url: str | None = None,
    page_url: str | None = None,
) -> Resource:
    """Try to save `method`; the outcome is in the status.

    Raises Declined when the issuer says no, and Refusal when it cannot be confirmed.
    """
    if setup["status"] not in OPEN:
        raise unexpected_state(setup, "confirm")
    setup |= {"payment_method": method["id"], "last_setup_error": None, "next_action": None}
    if method["type"] == "sepa_debit":
        return _succeed(scope, setup, method)
    card = read_card(scope.private(method["id"])["number"])
    if card.authentication != NEVER:
        url = page_url or f"{scope.sandbox.options.public_url}/c/authenticate/{setup['id']}"
        setup["next_action"] = {
            "type": "redirect_to_url",
            "redirect_to_url": {"return_url": return_url, "url": url},
        }
        setup["status"] = "requires_action"
        scope.save(setup)
        scope.announce("setup_intent.requires_action", setup)
        return setup
    return _save_card(scope, setup, method, card)


def authenticate(scope: Scope, setup: Resource, *, approved: bool) -> Resource:
    """Carry on after 3-D Secure; raises Declined if it was refused."""
    if setup["status"] != "requires_action":
        raise unexpected_state(setup, "authenticate")
    method = scope.find("payment_method", setup["payment_method"])
    setup["next_action"] = None
    if not approved:
        raise _fail(scope, setup, method, REFUSED_SETUP)
    return _save_card(scope, setup, method, read_card(scope.private(method["id"])["number"]))


def cancel(scope: Scope, setup: Resource, *, reason: str | None = None) -> Resource:
    """Give up a SetupIntent; raises Refusal once it has succeeded."""
    if setup["status"] not in OPEN:
        raise unexpected_state(setup, "cancel")
    setup |= {"cancellation_reason": reason, "next_action": None, "status": "canceled"}
    scope.save(setup)
    scope.announce("setup_intent.canceled", setup)
    return setup


def unexpected_state(setup: Resource, act: str) -> Refusal:
    """Return the refusal for an act that the SetupIntent's state does not allow."""
    return Refusal(
        f"You cannot {act} this SetupIntent because it has a status of {setup['status']}.",
        code="setup_intent_unexpected_state",
        setup_intent=setup,
    )


def _save_card(scope: Scope, setup: Resource, method: Resource, card: Card) -> Resource:
    if not card.can_be_saved:
        raise _fail(scope, setup, method, DECLINES[card.decline])
    return _succeed(scope, setup, method)


def _succeed(scope: Scope, setup: Resource, method: Resource) -> Resource:
    scope.note(method["id"], set_up=True)
    if setup["customer"]:
        attach(scope, method, setup["customer"])
    setup["status"] = "succeeded"
    scope.save(setup)
    scope.announce("setup_intent.succeeded", setup)
    return setup


def _fail(scope: Scope, setup: Resource, method: Resource, decline: Decline) -> Declined:
    more: dict[str, Any] = {"decline_code": decline.decline_code} if decline.decline_code else {}
    refusal = Declined(decline.sentence, code=decline.code, **more)
    setup |= {
        "last_setup_error": {**refusal.body()["error"], "payment_method": method},
        "next_action": None,
        "payment_method": None,
        "status": "requires_payment_method",
    }
    scope.save(setup)
    scope.announce("setup_intent.setup_failed", setup)
    refusal.more |= {"setup_intent": setup, "payment_method": method}
    return refusal
