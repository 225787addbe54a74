"""Invoices: draft → open → paid | void | uncollectible, with their lines.

Source: https://docs.stripe.com/invoicing/overview and https://docs.stripe.com/api/invoices/object
"""

from __future__ import annotations

from typing import Any

from sandbox.errors import Refusal
from sandbox.ids import new_id
from sandbox.lists import page_of
from sandbox.payments import intents
from sandbox.scope import Scope
from sandbox.store import Resource

NO_TAX = {
    "disabled_reason": None,
    "enabled": False,
    "liability": None,
    "provider": None,
    "status": None,
}
NOTHING_YET = (
    "account_tax_ids", "application", "automatically_finalizes_at", "custom_fields",
    "customer_address", "customer_phone", "customer_shipping", "default_payment_method",
    "default_source", "description", "due_date", "effective_at", "ending_balance", "footer",
    "from_invoice", "hosted_invoice_url", "invoice_pdf", "last_finalization_error",
    "latest_revision", "next_payment_attempt", "number", "on_behalf_of", "parent",
    "receipt_number", "rendering", "shipping_cost", "shipping_details", "statement_descriptor",
    "test_clock", "threshold_reason", "webhooks_delivered_at",
)  # fmt: skip


def new_invoice(scope: Scope, customer: Resource, **more: Any) -> Resource:
    """Keep a draft without lines and tell of it."""
    invoice_id = new_id("in")
    invoice: Resource = {
        "id": invoice_id,
        "object": "invoice",
        "account_country": "FR",
        "account_name": "Sandbox",
        "amount_due": 0,
        "amount_overpaid": 0,
        "amount_paid": 0,
        "amount_paid_off_stripe": 0,
        "amount_remaining": 0,
        "amount_shipping": 0,
        "attempt_count": 0,
        "attempted": False,
        "auto_advance": False,
        "automatic_tax": dict(NO_TAX),
        "billing_reason": "manual",
        "collection_method": "charge_automatically",
        "created": scope.at,
        "currency": "eur",
        "customer": customer["id"],
        "customer_email": customer["email"],
        "customer_name": customer["name"],
        "customer_tax_exempt": "none",
        "customer_tax_ids": [],
        "default_tax_rates": [],
        "discounts": [],
        "issuer": {"type": "self"},
        "lines": page_of([], url=f"/v1/invoices/{invoice_id}/lines"),
        "livemode": False,
        "metadata": {},
        "payment_settings": {
            "default_mandate": None,
            "payment_method_options": None,
            "payment_method_types": None,
        },
        "period_end": scope.at,
        "period_start": scope.at,
        "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0,
        "starting_balance": 0,
        "status": "draft",
        "status_transitions": dict.fromkeys(
            ("finalized_at", "marked_uncollectible_at", "paid_at", "voided_at")
        ),
        "subtotal": 0,
        "subtotal_excluding_tax": 0,
        "total": 0,
        "total_discount_amounts": [],
        "total_excluding_tax": 0,
        "total_pretax_credit_amounts": [],
        "total_taxes": [],
        **dict.fromkeys(NOTHING_YET),
        **more,
    }
    scope.add(invoice)
    return invoice


def add_lines(scope: Scope, invoice: Resource, lines: list[Resource]) -> Resource:
    """Add lines to a draft and add up; raises Refusal for another state or currency."""
    if invoice["status"] != "draft":
        raise Refusal(f"Invoice {invoice['id']} is {invoice['status']}: it takes no more lines.")
    for line in lines:
        if line["currency"] != invoice["currency"]:
            raise Refusal(f"This invoice is in {invoice['currency']}.", param="currency")
        line["invoice"] = invoice["id"]
    invoice["lines"]["data"] += lines
    total = sum(line["amount"] for line in invoice["lines"]["data"])
    totals = ("subtotal", "subtotal_excluding_tax", "total", "total_excluding_tax", "amount_due")
    invoice |= dict.fromkeys(totals, total)
    invoice["amount_remaining"] = total
    return scope.save(invoice)


def new_line(
    *, amount: int, currency: str, description: str | None, period: tuple[int, int], **more: Any
) -> Resource:
    """Return a line of an invoice."""
    return {
        "id": new_id("il"),
        "object": "line_item",
        "amount": amount,
        "currency": currency,
        "description": description,
        "discount_amounts": [],
        "discountable": True,
        "discounts": [],
        "invoice": None,
        "livemode": False,
        "metadata": {},
        "parent": None,
        "period": {"start": period[0], "end": period[1]},
        "pretax_credit_amounts": [],
        "pricing": None,
        "quantity": 1,
        "subtotal": amount,
        "taxes": [],
        **more,
    }


def finalize(scope: Scope, invoice: Resource) -> Resource:
    """Open a draft: it has a number, is owed, and cannot be changed any more; raises Refusal."""
    if invoice["status"] != "draft":
        raise Refusal(
            f"This invoice is already finalized: {invoice['status']}.",
            code="invoice_not_editable",
        )
    if not invoice["lines"]["data"]:
        raise Refusal("An invoice without lines cannot be finalized.", code="invoice_no_line_items")
    customer = scope.find("customer", invoice["customer"])
    count = len([i for i in scope.where("invoice", customer=customer["id"]) if i["number"]])
    due_days = scope.private(invoice["id"]).get("days_until_due")
    invoice |= {
        "effective_at": scope.at,
        "number": f"{customer['invoice_prefix']}-{count + 1:04d}",
        "status": "open",
    }
    invoice["status_transitions"]["finalized_at"] = scope.at
    if due_days is not None:
        invoice["due_date"] = scope.at + due_days * 86_400
    scope.not_later("invoice_is_finalized", invoice["id"])
    if invoice["due_date"]:
        scope.later("invoice_is_overdue", invoice["id"], at=invoice["due_date"])
    scope.save(invoice)
    scope.announce("invoice.finalized", invoice)
    return mark_paid(scope, invoice, amount=0) if invoice["total"] == 0 else invoice


def mark_paid(
    scope: Scope, invoice: Resource, *, amount: int, outside_of_stripe: bool = False
) -> Resource:
    """Note that an invoice was paid, and tell of it."""
    invoice |= {
        "amount_paid": invoice["total"],
        "amount_remaining": 0,
        "attempted": True,
        "next_payment_attempt": None,
        "status": "paid",
    }
    if outside_of_stripe:
        invoice["amount_paid_off_stripe"] = amount
    invoice["status_transitions"]["paid_at"] = scope.at
    _end(scope, invoice)
    scope.announce("invoice.paid", invoice)
    scope.announce("invoice.payment_succeeded", invoice)
    return invoice


def void(scope: Scope, invoice: Resource) -> Resource:
    """Declare an open invoice void, for good; raises Refusal."""
    _check_owed(invoice, "voided")
    invoice |= {"auto_advance": False, "next_payment_attempt": None, "status": "void"}
    invoice["status_transitions"]["voided_at"] = scope.at
    _end(scope, invoice)
    _cancel_intent(scope, invoice)
    scope.announce("invoice.voided", invoice)
    return invoice


def give_up(scope: Scope, invoice: Resource) -> Resource:
    """Declare an open invoice uncollectible; it can still be paid; raises Refusal."""
    if invoice["status"] != "open":
        raise Refusal(f"This invoice is {invoice['status']}: it cannot be marked uncollectible.")
    invoice |= {"auto_advance": False, "next_payment_attempt": None, "status": "uncollectible"}
    invoice["status_transitions"]["marked_uncollectible_at"] = scope.at
    _end(scope, invoice)
    scope.announce("invoice.marked_uncollectible", invoice)
    return invoice


def is_owed(invoice: Resource) -> bool:
    """Whether somebody still has to pay this invoice."""
    return invoice["status"] in ("open", "uncollectible")


def payments_of(scope: Scope, invoice: Resource) -> list[Resource]:
    """Return the payments of an invoice, the newest first."""
    return scope.where("invoice_payment", invoice=invoice["id"])[::-1]


def _check_owed(invoice: Resource, act: str) -> None:
    if not is_owed(invoice):
        raise Refusal(f"This invoice is {invoice['status']}: it cannot be {act}.")


def _end(scope: Scope, invoice: Resource) -> None:
    scope.not_later("invoice_is_overdue", invoice["id"])
    scope.not_later("invoice_is_tried_again", invoice["id"])
    scope.save(invoice)


def _cancel_intent(scope: Scope, invoice: Resource) -> None:
    for payment in payments_of(scope, invoice):
        intent = scope.find("payment_intent", payment["payment"]["payment_intent"])
        if intent["status"] in intents.CONFIRMABLE:
            intents.cancel(scope, intent, reason="void_invoice")
        if payment["status"] == "open":
            payment["status"] = "canceled"
            payment["status_transitions"]["canceled_at"] = scope.at
            scope.save(payment)
