"""Early fraud warnings: a card network says that a payer may dispute a charge soon.

Source: https://docs.stripe.com/disputes/measuring#early-fraud-warnings
"""

from __future__ import annotations

from sandbox.errors import Refusal
from sandbox.ids import new_id
from sandbox.scope import Scope
from sandbox.store import Resource


def warn_of_fraud(scope: Scope, charge: Resource) -> Resource:
    """Let the card network warn of a charge, at most once; raises Refusal."""
    if charge["status"] != "succeeded":
        raise Refusal(f"Charge {charge['id']} has not succeeded; nobody warns of it.")
    if scope.where("radar.early_fraud_warning", charge=charge["id"]):
        raise Refusal(f"Charge {charge['id']} has been warned of already.")
    warning: Resource = {
        "id": new_id("issfr"),
        "object": "radar.early_fraud_warning",
        "actionable": not charge["disputed"] and not charge["refunded"],
        "charge": charge["id"],
        "created": scope.at,
        "fraud_type": "made_with_stolen_card",
        "livemode": False,
        "payment_intent": charge["payment_intent"],
    }
    scope.add(warning)
    scope.announce("radar.early_fraud_warning.created", warning)
    return warning
