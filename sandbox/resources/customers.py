"""Customers.

Source: https://docs.stripe.com/api/customers
"""

from __future__ import annotations

import copy
from typing import Any

from sandbox.errors import Refusal
from sandbox.ids import new_id
from sandbox.lists import filtered, listed
from sandbox.metadata_rules import changed_metadata
from sandbox.routes import check_followed, route
from sandbox.scope import Call, Scope
from sandbox.store import Resource

TEXTS = ("email", "name", "description", "phone")


def new_customer(scope: Scope, **more: Any) -> Resource:
    """Keep a new customer and tell of it."""
    customer: Resource = {
        "id": new_id("cus"),
        "object": "customer",
        "address": None,
        "balance": 0,
        "created": scope.at,
        "currency": None,
        "default_source": None,
        "delinquent": False,
        "description": None,
        "discount": None,
        "email": None,
        "invoice_prefix": new_id("x")[2:10].upper(),
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        "livemode": False,
        "metadata": {},
        "name": None,
        "phone": None,
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
        **more,
    }
    scope.add(customer)
    scope.announce("customer.created", customer)
    return customer


FOLLOWED = "email name description phone metadata preferred_locales invoice_settings"


@route("post", "/v1/customers", takes=FOLLOWED)
def create_customer(call: Call) -> Resource:
    """Make a customer."""
    texts = {name: call.params.get(name) or None for name in TEXTS}
    if "invoice_settings" in call.params:
        raise Refusal("Attach a payment method first.", param="invoice_settings")
    return new_customer(
        call,
        **texts,
        metadata=changed_metadata({}, call.params.get("metadata")),
        preferred_locales=call.params.get("preferred_locales", []),
    )


@route("get", "/v1/customers", takes="created email", paged=True)
def list_customers(call: Call) -> Resource:
    """List this account's customers."""
    return listed(call, "customer", same={"email": "email"})


@route("get", "/v1/customers/{customer}")
def find_customer(call: Call) -> Resource:
    """Return a customer; of a deleted one only that it was deleted."""
    return call.find("customer", call.id, param="id")


@route(
    "post",
    "/v1/customers/{customer}",
    takes=FOLLOWED,
)
def update_customer(call: Call) -> Resource:
    """Change a customer."""
    customer = call.find("customer", call.id, param="id")
    before = copy.deepcopy(customer)
    if "invoice_settings" in call.params:
        _set_default_method(call, customer, call.params["invoice_settings"])
    for name in TEXTS:
        if name in call.params:
            customer[name] = call.params[name] or None
    if "preferred_locales" in call.params:
        customer["preferred_locales"] = call.params["preferred_locales"]
    customer["metadata"] = changed_metadata(customer["metadata"], call.params.get("metadata"))
    changed = {name: before[name] for name in customer if before[name] != customer[name]}
    call.save(customer)
    if changed:
        call.announce("customer.updated", customer, **changed)
    return customer


@route("delete", "/v1/customers/{customer}")
def delete_customer(call: Call) -> Resource:
    """Delete a customer; their payment methods are let go."""
    customer = call.find("customer", call.id, param="id")
    for method in call.where("payment_method", customer=customer["id"]):
        method["customer"] = None
        call.note(method["id"], used_up=True)
        call.save(method)
    call.announce("customer.deleted", customer)
    deleted: Resource = {"id": customer["id"], "object": "customer", "deleted": True}
    call.save(deleted)
    return deleted


@route("get", "/v1/customers/{customer}/payment_methods", takes="type", paged=True)
def list_customer_methods(call: Call) -> Resource:
    """List the payment methods of a customer."""
    call.find("customer", call.id, param="customer")
    tests, values = ["json_extract(body, '$.customer') = ?"], [call.id]
    if "type" in call.params:
        tests.append("json_extract(body, '$.type') = ?")
        values.append(call.params["type"])
    return filtered(call, "payment_method", tests, values)


def _set_default_method(call: Call, customer: Resource, wanted: dict[str, Any]) -> None:
    """Choose the payment method for invoices; raises Refusal unless it is this customer's."""
    check_followed(wanted, {"default_payment_method"}, within="invoice_settings")
    method_id = wanted.get("default_payment_method")
    if method_id:
        method = call.find("payment_method", method_id, param="invoice_settings")
        if method["customer"] != customer["id"]:
            raise Refusal(
                "The customer does not have a payment method with the ID"
                f" {method_id}. The payment method must be attached to the customer.",
                code="resource_missing",
                param="invoice_settings[default_payment_method]",
            )
    customer["invoice_settings"]["default_payment_method"] = method_id
