"""Which parameters a Checkout session may have, by its mode.

Source: https://docs.stripe.com/api/checkout/sessions/create
"""

from __future__ import annotations

from typing import Any

from sandbox.checking.requests import missing_param
from sandbox.errors import NotBuilt, Refusal
from sandbox.money_rules import LARGEST, check_charge, check_currency, check_multiple
from sandbox.routes import check_followed
from sandbox.store import Resource

SHORTEST_SECONDS, LONGEST_SECONDS = 30 * 60, 24 * 3600
ALLOWANCE_SECONDS = 60  # the caller computed 30 minutes or 24 hours a moment ago, on its own clock
MOST_LINES = 100
MODES_OF = {
    "payment_intent_data": ("payment",),
    "submit_type": ("payment", "subscription"),
    "line_items": ("payment", "subscription"),
    "setup_intent_data": ("setup",),
    "subscription_data": ("subscription",),
    "customer_creation": ("payment", "setup"),
}
LINE = {"price", "price_data", "quantity", "metadata"}
PRICE = {"currency", "product_data", "unit_amount"}
PRODUCT = {"name", "description", "images", "metadata"}
SETUP = {"description", "metadata"}
SUBSCRIPTION = {"application_fee_percent", "description", "metadata"}
INTENT = {
    "application_fee_amount",
    "description",
    "metadata",
    "receipt_email",
    "setup_future_usage",
    "statement_descriptor_suffix",
}


def check_mode(params: dict[str, Any]) -> None:
    """Refuse what does not belong to the session's mode; raises Refusal or NotBuilt."""
    mode = params.get("mode")
    if mode is None:
        raise missing_param("mode")
    if params.get("ui_mode", "hosted_page") != "hosted_page":
        raise NotBuilt("This sandbox has the hosted page only.", param="ui_mode")
    if "success_url" not in params:
        raise missing_param("success_url")
    for name, modes in MODES_OF.items():
        if name in params and mode not in modes:
            raise Refusal(f"You can not pass `{name}` in `{mode}` mode.", param=name)
    _check_needed(params, mode)
    check_followed(params.get("payment_intent_data", {}), INTENT, within="payment_intent_data")
    check_followed(params.get("setup_intent_data", {}), SETUP, within="setup_intent_data")
    check_followed(params.get("subscription_data", {}), SUBSCRIPTION, within="subscription_data")


def _check_needed(params: dict[str, Any], mode: str) -> None:
    """Refuse a session without what its mode needs, or with two words on one customer."""
    if mode != "setup" and not params.get("line_items"):
        raise missing_param("line_items")
    if mode == "setup" and not {"currency", "allowed_payment_method_types"} & set(params):
        raise missing_param("currency")
    if "customer" in params:
        for name in ("customer_email", "customer_creation"):
            if name in params:
                raise Refusal(
                    f"You may only specify one of these parameters: customer, {name}.", param=name
                )


def check_urls(params: dict[str, Any]) -> None:
    """Refuse addresses that a browser cannot be sent to."""
    for name in ("success_url", "cancel_url"):
        if name in params and not params[name].startswith(("http://", "https://")):
            raise Refusal(
                "Not a valid URL: it must begin with http:// or https://.",
                code="url_invalid",
                param=name,
            )


def expiry_of(params: dict[str, Any], *, at: int) -> int:
    """Return when the session expires: 30 minutes to 24 hours from `at`, 24 hours if not said."""
    wanted = params.get("expires_at", at + LONGEST_SECONDS)
    earliest, latest = at + SHORTEST_SECONDS, at + LONGEST_SECONDS
    if wanted < earliest - ALLOWANCE_SECONDS:
        raise Refusal(
            "The `expires_at` timestamp must be at least 30 minutes from session creation.",
            param="expires_at",
        )
    if wanted > latest + ALLOWANCE_SECONDS:
        raise Refusal(
            "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.",
            param="expires_at",
        )
    return int(wanted)


def lines_of(params: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the lines, checked for what every line needs; raises Refusal."""
    lines: list[dict[str, Any]] = params["line_items"]
    if len(lines) > MOST_LINES:
        raise Refusal(f"A session can have at most {MOST_LINES} line items.", param="line_items")
    for place, line in enumerate(lines):
        name = f"line_items[{place}]"
        check_followed(line, LINE, within=name)
        if not {"price", "price_data"} & set(line):
            raise missing_param(f"{name}[price_data]")
        if line.get("quantity", 1) < 1:
            raise Refusal(
                "This value must be greater than or equal to 1.", param=f"{name}[quantity]"
            )
    return lines


def total_of(params: dict[str, Any], priced: list[tuple[Resource, int]]) -> tuple[str, int]:
    """Return the one currency of the lines and their total in minor units; raises Refusal."""
    currencies = {price["currency"] for price, _ in priced}
    if len(currencies) > 1:
        raise Refusal("All prices on a Checkout Session must be expressed in the same currency.")
    currency = currencies.pop()
    if params.get("currency", currency).lower() != currency:
        raise Refusal(
            f"The session's currency is not that of its line items ({currency}).", param="currency"
        )
    total = sum(price["unit_amount"] * quantity for price, quantity in priced)
    check_charge(total, currency, param="line_items")
    return str(currency), int(total)


def check_recurrence(price: Resource, mode: str) -> None:
    """Refuse a price that recurs in a single payment, and one that does not in a subscription."""
    if mode == "payment" and price["recurring"]:
        raise Refusal(
            "You specified `payment` mode but passed a recurring price. Either switch to"
            " `subscription` mode or use only one-time prices.",
            param="line_items",
        )
    if mode == "subscription" and not price["recurring"]:
        raise NotBuilt(
            "Stripe takes one-time prices beside recurring ones in `subscription` mode; this"
            " sandbox takes recurring ones only.",
            param="line_items",
        )


def check_one_time(line: dict[str, Any], name: str) -> None:
    """Refuse a line of a single payment whose price cannot be; raises Refusal."""
    price = line["price_data"]
    check_followed(price, PRICE, within=f"{name}[price_data]")
    for wanted in ("product_data", "unit_amount"):
        if wanted not in price:
            raise missing_param(f"{name}[price_data][{wanted}]")
    check_followed(price["product_data"], PRODUCT, within=f"{name}[price_data][product_data]")
    currency, unit = check_currency(price["currency"]), price["unit_amount"]
    if unit < 0 or unit > LARGEST:
        raise Refusal("Invalid unit amount.", param=f"{name}[price_data][unit_amount]")
    check_multiple(unit, currency, param=f"{name}[price_data][unit_amount]")
