"""Checkout sessions over Stripe's interface: create, find, list, expire.

Source: https://docs.stripe.com/api/checkout/sessions
"""

from __future__ import annotations

from typing import Any

from sandbox.billing.catalogue import price_fields, price_of
from sandbox.checkout import rules
from sandbox.connect.accounts import check_can_charge
from sandbox.connect.fees import check_application_fee
from sandbox.errors import Refusal
from sandbox.expansion import line_items_of
from sandbox.ids import new_id
from sandbox.lists import filtered
from sandbox.metadata_rules import changed_metadata
from sandbox.money_rules import check_currency, share_of
from sandbox.payments import intents, setups
from sandbox.payments.offered import Wanted, methods_offered
from sandbox.routes import route
from sandbox.scope import Call, Scope
from sandbox.store import Resource

Line = tuple[Resource, int, str, Resource]
FOLLOWED = (
    "mode line_items success_url cancel_url currency customer customer_email customer_creation"
    " client_reference_id metadata payment_intent_data setup_intent_data subscription_data"
    " allowed_payment_method_types excluded_payment_method_types submit_type locale"
    " expires_at ui_mode integration_identifier"
)


@route("post", "/v1/checkout/sessions", takes=FOLLOWED)
def create_session(call: Call) -> Resource:
    """Open a session whose page takes a payment, begins a subscription, or saves a method."""
    params = call.params
    rules.check_mode(params)
    rules.check_urls(params)
    expires_at = rules.expiry_of(params, at=call.at)
    if "customer" in params:
        call.find("customer", params["customer"], param="customer")
    metadata = changed_metadata({}, params.get("metadata"))
    lines: list[Line] = []
    total: int | None = None
    currency = params.get("currency")
    if params["mode"] != "setup":
        lines = _priced_lines(call)
        currency, total = rules.total_of(params, [(line[0], line[1]) for line in lines])
        _check_payment(call, total)
    elif currency:
        currency = check_currency(currency)
    methods = methods_offered(params, _wanted(call, currency, total))
    session = _new_session(call, currency=currency, total=total, methods=methods)
    session |= {"expires_at": expires_at, "metadata": metadata}
    if params["mode"] == "setup":
        session["setup_intent"] = _new_setup(call, methods)["id"]
    call.add(
        session,
        line_items=[_line_item(*line) for line in lines],
        intent=_intent_wanted(call, total),
        subscription=params.get("subscription_data", {}),
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
    intent_id = intent_id_of(scope, session)
    if intent_id:
        intents.cancel(scope, scope.find("payment_intent", intent_id), reason="automatic")
    if session["setup_intent"]:
        setups.cancel(scope, scope.find("setup_intent", session["setup_intent"]))
    scope.announce("checkout.session.expired", session)
    return session


def intent_id_of(scope: Scope, session: Resource) -> str | None:
    """Return the id of the PaymentIntent behind a session.

    A session of mode subscription does not show it: there it belongs to the first invoice.
    """
    return session["payment_intent"] or scope.private(session["id"]).get("first_payment")


def _wanted(call: Call, currency: str | None, total: int | None) -> Wanted:
    """Return what decides which methods fit; one that is kept for later must be able to recur."""
    later = call.params.get("payment_intent_data", {}).get("setup_future_usage")
    return Wanted(
        currency,
        total,
        payer=call.sandbox.behaviour.payer_country.upper(),
        saves=call.params["mode"] != "payment" or bool(later),
    )


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


def _priced_lines(call: Call) -> list[Line]:
    """Return the lines with their prices; raises Refusal."""
    once = call.params["mode"] == "payment"
    lines: list[Line] = []
    for place, line in enumerate(rules.lines_of(call.params)):
        name, quantity = f"line_items[{place}]", line.get("quantity", 1)
        if once and "price_data" in line:
            rules.check_one_time(line, name)
            data = line["price_data"]
            price = price_fields(data["unit_amount"], data["currency"].lower(), at=call.at)
            description = data["product_data"]["name"]
        else:
            price = price_of(call, line, name=name)
            rules.check_recurrence(price, call.params["mode"])
            description = call.find("product", price["product"])["name"]
        lines.append((price, quantity, description, line.get("metadata", {})))
    return lines


def _line_item(price: Resource, quantity: int, description: str, metadata: Resource) -> Resource:
    amount = price["unit_amount"] * quantity
    return {
        "id": new_id("li"),
        "object": "item",
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "currency": price["currency"],
        "description": description,
        "metadata": metadata,
        "price": price,
        "quantity": quantity,
    }


def _intent_wanted(call: Call, total: int | None) -> dict[str, Any]:
    """Return how the payment is to be made; that of a subscription saves the method."""
    if call.params["mode"] != "subscription":
        return dict(call.params.get("payment_intent_data", {}))
    data = call.params.get("subscription_data", {})
    wanted: dict[str, Any] = {"setup_future_usage": "off_session", "description": "Subscription"}
    percent = data.get("application_fee_percent")
    if percent is not None and total is not None:
        wanted["application_fee_amount"] = share_of(total, percent)
        check_application_fee(call, total, wanted["application_fee_amount"])
    return wanted


def _new_session(
    call: Call, *, currency: str | None, total: int | None, methods: list[str]
) -> Resource:
    params, session_id = call.params, new_id("cs_test")
    paying = params["mode"] != "setup"
    once = params["mode"] == "payment"
    creation = params.get("customer_creation", "if_required" if once else None)
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
        "payment_method_collection": "if_required" if once else "always",
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
