"""Which payment methods an account offers for a payment.

Stripe works them out from the account's settings, the currency, the amount and where the payer is,
keeps those in `allowed_payment_method_types` and leaves out `excluded_payment_method_types`. In the
sandbox every account has cards, SEPA debit, Bancontact and iDEAL; where the payer is, the setting
`payer_country` says, and as long as it says nothing, the payer may be anywhere.

Bancontact and iDEAL are for one payment before the payer's eyes. At Stripe, saving one leaves a
SEPA debit; here they are not offered for that.
Source: https://docs.stripe.com/payments/payment-methods/dynamic-payment-methods
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.errors import Refusal
from sandbox.routes import check_followed
from sandbox.store import Resource

EURO = frozenset({"eur"})


@dataclass(frozen=True)
class Method:
    """Where a method can be used; None is everywhere."""

    currencies: frozenset[str] | None = None
    payers: frozenset[str] | None = None
    least: int = 0
    only_before_the_payer: bool = False


METHODS = {
    "card": Method(),
    "bancontact": Method(EURO, frozenset({"BE"}), only_before_the_payer=True),
    "ideal": Method(EURO, frozenset({"NL"}), least=100, only_before_the_payer=True),
    "sepa_debit": Method(EURO),
}


@dataclass(frozen=True)
class Wanted:
    """What is to be paid, by whom; without a currency (a card saved for later) every one fits."""

    currency: str | None
    amount: int | None = None
    payer: str = ""
    saves: bool = True


def methods_offered(params: dict[str, Any], wanted: Wanted) -> list[str]:
    """Return the methods that fit; raises Refusal if none is left."""
    allowed = set(params.get("allowed_payment_method_types", METHODS))
    excluded = set(params.get("excluded_payment_method_types", []))
    offered = [
        kind
        for kind, method in METHODS.items()
        if kind in allowed - excluded and _fits(method, wanted)
    ]
    if not offered:
        raise Refusal(
            "No valid payment method types: this account offers card and, in euros, bancontact,"
            " ideal and sepa_debit.",
            param="allowed_payment_method_types",
        )
    return offered


def _fits(method: Method, wanted: Wanted) -> bool:
    if method.only_before_the_payer and wanted.saves:
        return False
    if wanted.amount is not None and wanted.amount < method.least:
        return False
    is_currency = (
        not wanted.currency or not method.currencies or wanted.currency in method.currencies
    )
    return is_currency and (not wanted.payer or not method.payers or wanted.payer in method.payers)


def chosen_automatically(params: dict[str, Any]) -> Resource:
    """Return how far Stripe chooses the payment methods; raises Refusal."""
    automatic = params.get("automatic_payment_methods", {"enabled": True})
    check_followed(automatic, {"enabled", "allow_redirects"}, within="automatic_payment_methods")
    return {"allow_redirects": "always", **automatic}
