"""Which payment methods an account offers for a currency.

Stripe works them out from the account's settings, keeps those in `allowed_payment_method_types` and
leaves out `excluded_payment_method_types`. In the sandbox every account has cards and SEPA debit.
Source: https://docs.stripe.com/payments/payment-methods/dynamic-payment-methods
"""

from __future__ import annotations

from typing import Any

from sandbox.errors import Refusal
from sandbox.routes import check_followed
from sandbox.store import Resource

CURRENCIES: dict[str, frozenset[str] | None] = {"card": None, "sepa_debit": frozenset({"eur"})}


def methods_offered(params: dict[str, Any], currency: str | None) -> list[str]:
    """Return the methods that fit; raises Refusal if none is left.

    Without a currency (a card saved for later) every method fits.
    """
    allowed = set(params.get("allowed_payment_method_types", CURRENCIES))
    excluded = set(params.get("excluded_payment_method_types", []))
    offered = [
        kind
        for kind, currencies in CURRENCIES.items()
        if kind in allowed - excluded and (not currency or not currencies or currency in currencies)
    ]
    if not offered:
        raise Refusal(
            "No valid payment method types: this account offers card and, in euros, sepa_debit.",
            param="allowed_payment_method_types",
        )
    return offered


def chosen_automatically(params: dict[str, Any]) -> Resource:
    """Return how far Stripe chooses the payment methods; raises Refusal."""
    automatic = params.get("automatic_payment_methods", {"enabled": True})
    check_followed(automatic, {"enabled", "allow_redirects"}, within="automatic_payment_methods")
    return {"allow_redirects": "always", **automatic}
