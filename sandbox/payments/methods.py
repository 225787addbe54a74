"""Payment methods: a test card, a bank account, or the payer's own bank page, in Stripe's form.

Source: https://docs.stripe.com/api/payment_methods/object
"""

from __future__ import annotations

import hashlib
from typing import Any

from sandbox.errors import Refusal
from sandbox.ids import new_id
from sandbox.payments.cards import TEST_METHODS, Card, check_iban, read_card
from sandbox.scope import Scope
from sandbox.store import Resource

REDIRECTS = {"bancontact": "Bancontact", "ideal": "iDEAL"}
NO_ADDRESS = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))


def billing_details(*, email: str | None = None, name: str | None = None) -> Resource:
    """Return what is known of the payer."""
    return {
        "address": dict(NO_ADDRESS),
        "email": email,
        "name": name,
        "phone": None,
        "tax_id": None,
    }


def new_card_method(
    scope: Scope,
    card: Card,
    *,
    expiry: tuple[int, int] = (12, 2034),
    billing: Resource | None = None,
    customer: str | None = None,
    metadata: Resource | None = None,
) -> Resource:
    """Keep a payment method of type card; `expiry` is month and year."""
    method = _method("card", scope, billing, customer, metadata)
    method["card"] = {
        "brand": card.brand,
        "checks": {
            "address_line1_check": None,
            "address_postal_code_check": None,
            "cvc_check": "pass",
        },
        "country": "US",
        "display_brand": card.brand.replace("amex", "american_express"),
        "exp_month": expiry[0],
        "exp_year": expiry[1],
        "fingerprint": _fingerprint(card.number),
        "funding": "credit",
        "generated_from": None,
        "last4": card.number[-4:],
        "networks": {"available": [card.brand], "preferred": None},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
    }
    return scope.add(method, number=card.number)


def new_debit_method(
    scope: Scope,
    iban: str,
    *,
    billing: Resource | None = None,
    customer: str | None = None,
    metadata: Resource | None = None,
) -> Resource:
    """Keep a payment method of type SEPA debit; raises Refusal for a wrong IBAN."""
    compact = check_iban(iban)
    method = _method("sepa_debit", scope, billing, customer, metadata)
    method["sepa_debit"] = {
        "bank_code": compact[4:9],
        "branch_code": "",
        "country": compact[:2],
        "fingerprint": _fingerprint(compact),
        "generated_from": {"charge": None, "setup_attempt": None},
        "last4": compact[-4:],
    }
    return scope.add(method, iban=compact)


def new_redirect_method(scope: Scope, kind: str, *, billing: Resource | None = None) -> Resource:
    """Keep a payment method of which the payer approves on a page of their bank, once."""
    method = _method(kind, scope, billing, None, None)
    method[kind] = {"bank": None, "bic": None} if kind == "ideal" else {}
    return scope.add(method)


def new_balance_method(scope: Scope, customer: str) -> Resource:
    """Keep a payment method that stands for what a customer sent by bank transfer."""
    method = _method("customer_balance", scope, None, customer, None)
    method["customer_balance"] = {}
    return scope.add(method)


def clone_method(scope: Scope, origin: Resource, *, metadata: Resource) -> Resource:
    """Keep a copy of another account's payment method, with what was agreed for it."""
    copy = {
        **origin,
        "id": new_id("pm"),
        "created": scope.at,
        "customer": None,
        "metadata": metadata,
    }
    return scope.add(copy, **scope.private(origin["id"]))


def find_method(scope: Scope, method_id: str, *, param: str = "payment_method") -> Resource:
    """Return a payment method; Stripe's test ids such as `pm_card_visa` make a new one."""
    if method_id in TEST_METHODS:
        return new_card_method(scope, read_card(TEST_METHODS[method_id]))
    return scope.find("payment_method", method_id, param=param)


def attach(scope: Scope, method: Resource, customer: str) -> Resource:
    """Tie a payment method to a customer, once and for ever; raises Refusal."""
    if method["customer"] == customer:
        return method
    if method["customer"] or scope.private(method["id"]).get("used_up"):
        raise Refusal(
            "The payment method you provided has already been attached to a customer, or was used"
            " without one; it cannot be attached again.",
            code="payment_method_unexpected_state",
            param="payment_method",
        )
    method["customer"] = customer
    scope.save(method)
    scope.announce("payment_method.attached", method)
    return method


def details_of(method: Resource, *, mandate: str | None = None) -> Resource:
    """Return the payment method as a charge shows it."""
    kind = method["type"]
    if kind == "sepa_debit":
        shown: dict[str, Any] = {k: v for k, v in method[kind].items() if k != "generated_from"}
        return {"type": kind, kind: {**shown, "mandate": mandate}}
    if kind == "customer_balance":
        return {"type": kind, kind: {}}
    if kind in REDIRECTS:
        return {"type": kind, kind: _of_bank(kind, method["billing_details"]["name"])}
    card = method["card"]
    kept = (
        "brand",
        "checks",
        "country",
        "exp_month",
        "exp_year",
        "fingerprint",
        "funding",
        "last4",
    )
    shown = {name: card[name] for name in kept}
    return {
        "type": "card",
        "card": {
            **shown,
            "mandate": None,
            "network": card["brand"],
            "three_d_secure": None,
            "wallet": None,
        },
    }


def _of_bank(kind: str, name: str | None) -> Resource:
    """Return what a bank told of the payer's account when it approved."""
    told: Resource = {
        "bic": "KREDBEBB" if kind == "bancontact" else "RABONL2U",
        "generated_sepa_debit": None,
        "generated_sepa_debit_mandate": None,
        "iban_last4": "3201",
        "verified_name": name,
    }
    if kind == "bancontact":
        bank = {"bank_code": "KRED", "bank_name": "KBC", "preferred_language": None}
        return {**told, **bank}
    return {**told, "bank": "rabobank", "transaction_id": new_id("ideal")[6:22]}


def _method(
    kind: str,
    scope: Scope,
    billing: Resource | None,
    customer: str | None,
    metadata: Resource | None,
) -> Resource:
    return {
        "id": new_id("pm"),
        "object": "payment_method",
        "allow_redisplay": "unspecified",
        "billing_details": billing or billing_details(),
        "created": scope.at,
        "customer": customer,
        "livemode": False,
        "metadata": metadata or {},
        "type": kind,
    }


def _fingerprint(number: str) -> str:
    return hashlib.sha256(number.encode()).hexdigest()[:16]
