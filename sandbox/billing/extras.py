"""Extras, Stripe's invoice items: what waits until an invoice of the customer takes it in.

Source: https://docs.stripe.com/api/invoiceitems
"""

from __future__ import annotations

from sandbox.billing.invoices import add_lines, new_line
from sandbox.ids import new_id
from sandbox.scope import Scope
from sandbox.store import Resource


def new_extra(
    scope: Scope,
    *,
    customer: str,
    amount: int,
    currency: str,
    quantity: int,
    description: str | None,
    metadata: Resource,
    invoice: Resource | None,
) -> Resource:
    """Keep an item, and put it on its draft at once if it names one; raises Refusal."""
    item: Resource = {
        "id": new_id("ii"),
        "object": "invoiceitem",
        "amount": amount,
        "currency": currency,
        "customer": customer,
        "date": scope.at,
        "description": description,
        "discountable": True,
        "discounts": [],
        "invoice": invoice["id"] if invoice else None,
        "livemode": False,
        "metadata": metadata,
        "net_amount": amount,
        "parent": None,
        "period": {"start": scope.at, "end": scope.at},
        "pricing": None,
        "proration": False,
        "quantity": quantity,
        "quantity_decimal": str(quantity),
        "tax_rates": [],
        "test_clock": None,
    }
    scope.add(item)
    if invoice is not None:
        add_lines(scope, invoice, [_as_line(item)])
    return item


def lines_that_wait(scope: Scope, invoice: Resource) -> list[Resource]:
    """Take the customer's waiting items into `invoice` and return them as lines."""
    lines = []
    for item in scope.where(
        "invoiceitem", customer=invoice["customer"], currency=invoice["currency"]
    ):
        if item["invoice"] is None:
            item["invoice"] = invoice["id"]
            scope.save(item)
            lines.append(_as_line(item))
    return lines


def _as_line(item: Resource) -> Resource:
    return new_line(
        amount=item["amount"],
        currency=item["currency"],
        description=item["description"],
        period=(item["period"]["start"], item["period"]["end"]),
        metadata=dict(item["metadata"]),
        quantity=item["quantity"],
        parent={
            "type": "invoice_item_details",
            "subscription_item_details": None,
            "invoice_item_details": {
                "invoice_item": item["id"],
                "proration": False,
                "proration_details": None,
                "subscription": None,
            },
        },
    )
