"""Products and prices: what a line of a session, a subscription or an invoice costs.

Source: https://docs.stripe.com/api/products and https://docs.stripe.com/api/prices
"""

from __future__ import annotations

from typing import Any

from sandbox.checking.requests import missing_param
from sandbox.errors import Refusal
from sandbox.ids import new_id
from sandbox.metadata_rules import changed_metadata
from sandbox.money_rules import LARGEST, check_currency, check_multiple
from sandbox.routes import check_followed
from sandbox.scope import Scope
from sandbox.store import Resource

LONGEST_INTERVAL = {"day": 1095, "week": 156, "month": 36, "year": 3}
PRODUCT = {"name", "description", "images", "metadata", "active", "id", "url"}
PRICE_DATA = {"currency", "product", "product_data", "unit_amount", "recurring"}


def new_product(scope: Scope, wanted: dict[str, Any]) -> Resource:
    """Keep a new product and tell of it."""
    product: Resource = {
        "id": wanted.get("id") or new_id("prod"),
        "object": "product",
        "active": wanted.get("active", True),
        "created": scope.at,
        "default_price": None,
        "description": wanted.get("description"),
        "images": wanted.get("images", []),
        "livemode": False,
        "marketing_features": [],
        "metadata": changed_metadata({}, wanted.get("metadata")),
        "name": wanted["name"],
        "package_dimensions": None,
        "shippable": None,
        "statement_descriptor": None,
        "tax_code": None,
        "type": "service",
        "unit_label": None,
        "updated": scope.at,
        "url": wanted.get("url"),
    }
    scope.add(product)
    scope.announce("product.created", product)
    return product


def new_price(scope: Scope, wanted: dict[str, Any], *, inline: bool = False) -> Resource:
    """Keep a new price and tell of it; raises Refusal. `inline` ones are made for one use only."""
    currency = check_currency(wanted["currency"])
    unit = wanted.get("unit_amount")
    if unit is None:
        raise missing_param("unit_amount")
    if not 0 <= unit <= LARGEST:
        raise Refusal("Invalid unit amount.", param="unit_amount")
    check_multiple(unit, currency, param="unit_amount")
    if ("product" in wanted) == ("product_data" in wanted):
        raise Refusal("Give one of product and product_data.", param="product")
    if "product" in wanted:
        product_id = scope.find("product", wanted["product"], param="product")["id"]
    else:
        data = wanted["product_data"]
        check_followed(data, PRODUCT, within="product_data")
        product_id = new_product(scope, {**data, "active": not inline})["id"]
    price: Resource = {
        **price_fields(unit, currency, at=scope.at),
        "active": wanted.get("active", not inline),
        "lookup_key": wanted.get("lookup_key"),
        "metadata": changed_metadata({}, wanted.get("metadata")),
        "nickname": wanted.get("nickname"),
        "product": product_id,
        "recurring": _recurring(wanted.get("recurring")),
    }
    price["type"] = "recurring" if price["recurring"] else "one_time"
    scope.add(price)
    scope.announce("price.created", price)
    return price


def price_fields(unit: int, currency: str, *, at: int) -> Resource:
    """Return a price of one payment, with nothing else about it."""
    return {
        "id": new_id("price"),
        "object": "price",
        "active": False,
        "billing_scheme": "per_unit",
        "created": at,
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
        "unit_amount": unit,
        "unit_amount_decimal": str(unit),
    }


def price_of(scope: Scope, line: dict[str, Any], *, name: str) -> Resource:
    """Return the price that a line names or describes; raises Refusal."""
    if ("price" in line) == ("price_data" in line):
        raise missing_param(f"{name}[price]")
    if "price_data" in line:
        check_followed(line["price_data"], PRICE_DATA, within=f"{name}[price_data]")
        return new_price(scope, line["price_data"], inline=True)
    price = scope.find("price", line["price"], param=f"{name}[price]")
    if not price["active"]:
        raise Refusal("This price is not active.", code="price_inactive", param=f"{name}[price]")
    return price


def plan_of(price: Resource) -> Resource:
    """Return the plan that stands beside a recurring price, for those who still read it."""
    recurring = price["recurring"]
    return {
        "id": price["id"],
        "object": "plan",
        "active": price["active"],
        "amount": price["unit_amount"],
        "amount_decimal": price["unit_amount_decimal"],
        "billing_scheme": "per_unit",
        "created": price["created"],
        "currency": price["currency"],
        "interval": recurring["interval"],
        "interval_count": recurring["interval_count"],
        "livemode": False,
        "metadata": price["metadata"],
        "nickname": price["nickname"],
        "product": price["product"],
        "tiers_mode": None,
        "transform_usage": None,
        "trial_period_days": None,
        "usage_type": "licensed",
    }


def _recurring(wanted: dict[str, Any] | None) -> Resource | None:
    if not wanted:
        return None
    check_followed(wanted, {"interval", "interval_count"}, within="recurring")
    count = wanted.get("interval_count", 1)
    if not 1 <= count <= LONGEST_INTERVAL[wanted["interval"]]:
        raise Refusal("Prices can recur at most every three years.", param="recurring")
    return {
        "interval": wanted["interval"],
        "interval_count": count,
        "meter": None,
        "trial_period_days": None,
        "usage_type": "licensed",
    }
