"""Extras, which Stripe calls invoice items, over Stripe's interface.

Source: https://docs.stripe.com/api/invoiceitems
"""

from __future__ import annotations

from sandbox.billing.extras import new_extra
from sandbox.checking.requests import missing_param
from sandbox.errors import Refusal
from sandbox.lists import listed
from sandbox.metadata_rules import changed_metadata
from sandbox.money_rules import check_currency, check_multiple
from sandbox.routes import check_followed, route
from sandbox.scope import Call
from sandbox.store import Resource


@route(
    "post",
    "/v1/invoiceitems",
    takes="customer amount currency pricing quantity description invoice metadata",
)
def create_extra(call: Call) -> Resource:
    """Put something on a draft, or let it wait for the next one."""
    params = call.params
    if "customer" not in params:
        raise missing_param("customer")
    call.find("customer", params["customer"], param="customer")
    invoice = None
    if "invoice" in params:
        invoice = call.find("invoice", params["invoice"], param="invoice")
    quantity = params.get("quantity", 1)
    amount, currency = _cost(call, invoice)
    return new_extra(
        call,
        customer=params["customer"],
        amount=amount * quantity if "pricing" in params else amount,
        currency=currency,
        quantity=quantity,
        description=params.get("description"),
        metadata=changed_metadata({}, params.get("metadata")),
        invoice=invoice,
    )


@route("get", "/v1/invoiceitems", takes="customer invoice created", paged=True)
def list_extras(call: Call) -> Resource:
    """List this account's invoice items."""
    return listed(call, "invoiceitem", same={"customer": "customer", "invoice": "invoice"})


@route("get", "/v1/invoiceitems/{invoiceitem}")
def find_extra(call: Call) -> Resource:
    """Return one invoice item."""
    return call.find("invoiceitem", call.id)


@route("post", "/v1/invoiceitems/{invoiceitem}", takes="description metadata")
def update_extra(call: Call) -> Resource:
    """Change what is said of an item."""
    item = call.find("invoiceitem", call.id)
    item["description"] = call.params.get("description", item["description"])
    item["metadata"] = changed_metadata(item["metadata"], call.params.get("metadata"))
    return call.save(item)


@route("delete", "/v1/invoiceitems/{invoiceitem}")
def delete_extra(call: Call) -> Resource:
    """Forget an item that waits."""
    item = call.find("invoiceitem", call.id)
    if item["invoice"]:
        raise Refusal("This item is on an invoice already.", code="invoice_not_editable")
    call.sandbox.store.remove(item["id"])
    return {"id": item["id"], "object": "invoiceitem", "deleted": True}


def _cost(call: Call, invoice: Resource | None) -> tuple[int, str]:
    """Return amount and currency: of the price that is named, or as they are given."""
    params = call.params
    if "pricing" in params:
        check_followed(params["pricing"], {"price"}, within="pricing")
        price = call.find("price", params["pricing"]["price"], param="pricing[price]")
        if price["recurring"]:
            raise Refusal("The price of an item must not recur.", param="pricing[price]")
        return price["unit_amount"], price["currency"]
    if "amount" not in params:
        raise missing_param("amount")
    otherwise: str = invoice["currency"] if invoice else "eur"
    currency = check_currency(str(params.get("currency", otherwise)))
    check_multiple(params["amount"], currency)
    return params["amount"], currency
