"""Checkout sessions over Stripe's interface: create, find, list, expire.

Source: https://docs.stripe.com/api/checkout/sessions
"""

from __future__ import annotations

import json
from typing import Any

from sandbox.checkout import rules
from sandbox.connect.accounts import check_can_charge
from sandbox.connect.fees import check_application_fee
from sandbox.errors import Refusal
from sandbox.expansion import line_items_of
from sandbox.ids import new_id
from sandbox.lists import filtered
from sandbox.metadata_rules import changed_metadata
from sandbox.money_rules import check_currency
from sandbox.payments import intents, setups
from sandbox.payments.offered import methods_offered
from sandbox.routes import route
from sandbox.scope import Call, Scope
from sandbox.store import Resource

FOLLOWED = (
    "mode line_items success_url cancel_url currency customer customer_email customer_creation"
    " client_reference_id metadata payment_intent_data setup_intent_data"
    " allowed_payment_method_types excluded_payment_method_types submit_type locale"
    " expires_at ui_mode integration_identifier"
)


@route("post", "/v1/checkout/sessions", takes=FOLLOWED)
def create_session(call: Call) -> Resource:
    """Open a session whose page takes one payment, or saves one payment method."""
    params = call.params
    rules.check_mode(params)
    rules.check_urls(params)
    expires_at = rules.expiry_of(params, at=call.at)
    if "customer" in params:
        call.find("customer", params["customer"], param="customer")
    metadata = changed_metadata({}, params.get("metadata"))
    lines: list[dict[str, Any]] = []
    total: int | None = None
    currency = params.get("currency")
    if params["mode"] == "payment":
        lines, currency, total = rules.lines_of(params)
        _check_payment(call, total)
    elif currency:
        currency = check_currency(currency)
    methods = methods_offered(params, currency)
    session = _new_session(call, currency=currency, total=total, methods=methods)
    session |= {"expires_at": expires_at, "metadata": metadata}
    if params["mode"] == "setup":
        session["setup_intent"] = _new_setup(call, methods)["id"]
    call.add(
        session,
        line_items=[_line_item(call, line) for line in lines],
        intent=params.get("payment_intent_data", {}),
    )
    call.later("session_expires", session["id"], at=expires_at)
    return session


@route("get", "/v1/checkout/sessions", takes="created customer payment_intent status", paged=True)
def list_sessions(call: Call) -> Resource:
    """List this account's sessions."""
    tests, values = [], []
    for name in ("customer", "payment_intent", "status"):
        if name in call.params:
            tests.append(f"json_extract(body, '$.{name}') = ?")
            values.append(call.params[name])
    return filtered(call, "checkout.session", tests, values)


@route("get", "/v1/checkout/sessions/{session}")
def find_session(call: Call) -> Resource:
    """Return one session."""
    return call.find("checkout.session", call.id, param="session")


@route("get", "/v1/checkout/sessions/{session}/line_items", paged=True)
def list_line_items(call: Call) -> Resource:
    """Return what the payer is asked to pay for."""
    page = line_items_of(call, call.find("checkout.session", call.id, param="session"))
    limit = call.params.get("limit", 10)
    return {**page, "data": page["data"][:limit], "has_more": len(page["data"]) > limit}


@route("post", "/v1/checkout/sessions/{session}/expire")
def expire_session(call: Call) -> Resource:
    """Close an open session; raises Refusal for one that is complete or expired."""
    session = call.find("checkout.session", call.id, param="session")
    return close_session(call, session)


def close_session(scope: Scope, session: Resource) -> Resource:
    """Expire an open session, with the intent it may have; raises Refusal."""
    if session["status"] != "open":
        raise Refusal(
            "Only Checkout Sessions with a status in ['open'] can be expired. This Checkout Session"
            f" has a status of '{session['status']}'."
        )
    session |= {"status": "expired", "url": None}
    scope.save(session)
    scope.not_later("session_expires", session["id"])
    if session["payment_intent"]:
        intents.cancel(
            scope, scope.find("payment_intent", session["payment_intent"]), reason="automatic"
        )
    if session["setup_intent"]:
        setups.cancel(scope, scope.find("setup_intent", session["setup_intent"]))
    scope.announce("checkout.session.expired", session)
    return session


def _check_payment(call: Call, total: int) -> None:
    """Refuse what the payment itself could not be; raises Refusal."""
    wanted = call.params.get("payment_intent_data", {})
    changed_metadata({}, wanted.get("metadata"))
    check_can_charge(call)
    if "application_fee_amount" in wanted:
        check_application_fee(call, total, wanted["application_fee_amount"])


def _new_setup(call: Call, methods: list[str]) -> Resource:
    wanted = call.params.get("setup_intent_data", {})
    return setups.new_setup(
        call,
        customer=call.params.get("customer"),
        description=wanted.get("description"),
        metadata=changed_metadata({}, wanted.get("metadata")),
        payment_method_types=methods,
    )


def _line_item(call: Call, line: dict[str, Any]) -> Resource:
    price, quantity = line["price_data"], line.get("quantity", 1)
    amount, currency = price["unit_amount"] * quantity, price["currency"].lower()
    return {
        "id": new_id("li"),
        "object": "item",
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "currency": currency,
        "description": price["product_data"]["name"],
        "metadata": line.get("metadata", {}),
        "price": _one_time_price(call, price["unit_amount"], currency),
        "quantity": quantity,
    }


def _one_time_price(call: Call, unit_amount: int, currency: str) -> Resource:
    return {
        "id": new_id("price"),
        "object": "price",
        "active": False,
        "billing_scheme": "per_unit",
        "created": call.at,
        "currency": currency,
        "custom_unit_amount": None,
        "livemode": False,
        "lookup_key": None,
        "metadata": {},
        "nickname": None,
        "product": new_id("prod"),
        "recurring": None,
        "tax_behavior": "unspecified",
        "tiers_mode": None,
        "transform_quantity": None,
        "type": "one_time",
        "unit_amount": unit_amount,
        "unit_amount_decimal": json.dumps(unit_amount),
    }


def _new_session(
    call: Call, *, currency: str | None, total: int | None, methods: list[str]
) -> Resource:
    params, session_id = call.params, new_id("cs_test")
    paying = params["mode"] == "payment"
    creation = params.get("customer_creation", "if_required" if paying else None)
    return {
        "id": session_id,
        "object": "checkout.session",
        "allowed_payment_method_types": params.get("allowed_payment_method_types"),
        "adaptive_pricing": {"enabled": False} if paying else None,
        "after_expiration": None,
        "allow_promotion_codes": None,
        "amount_subtotal": total,
        "amount_total": total,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "billing_address_collection": None,
        "cancel_url": params.get("cancel_url"),
        "client_reference_id": params.get("client_reference_id"),
        "client_secret": None,
        "collected_information": None,
        "consent": None,
        "consent_collection": None,
        "created": call.at,
        "currency": currency,
        "currency_conversion": None,
        "custom_fields": [],
        "custom_text": dict.fromkeys(
            ("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")
        ),
        "customer": params.get("customer"),
        "customer_creation": None if "customer" in params else creation,
        "customer_details": None,
        "customer_email": params.get("customer_email"),
        "discounts": [],
        "excluded_payment_method_types": params.get("excluded_payment_method_types"),
        "integration_identifier": params.get("integration_identifier"),
        "invoice": None,
        "livemode": False,
        "locale": params.get("locale"),
        "mode": params["mode"],
        "payment_intent": None,
        "payment_link": None,
        "payment_method_collection": "if_required" if paying else "always",
        "payment_method_configuration_details": None,
        "payment_method_options": {},
        "payment_method_types": methods,
        "payment_status": "unpaid" if paying else "no_payment_required",
        "permissions": None,
        "phone_number_collection": {"enabled": False},
        "recovered_from": None,
        "saved_payment_method_options": None,
        "setup_intent": None,
        "shipping_address_collection": None,
        "shipping_cost": None,
        "shipping_options": [],
        "status": "open",
        "submit_type": params.get("submit_type"),
        "subscription": None,
        "success_url": params["success_url"],
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0}
        if paying
        else None,
        "ui_mode": "hosted_page",
        "url": f"{call.sandbox.options.public_url}/c/pay/{session_id}",
        "wallet_options": None,
    }
