"""Invoices over Stripe's interface.

Source: https://docs.stripe.com/api/invoices and https://docs.stripe.com/api/invoice-payment
"""

from __future__ import annotations

from typing import Any

from sandbox.billing import cash, collecting, invoices
from sandbox.billing.extras import lines_that_wait
from sandbox.checking.requests import missing_param
from sandbox.connect.accounts import check_can_charge
from sandbox.errors import Refusal
from sandbox.lists import filtered, listed, page_of
from sandbox.metadata_rules import changed_metadata
from sandbox.money_rules import check_currency
from sandbox.routes import check_followed, route
from sandbox.scope import Call
from sandbox.store import Resource

OWNER = "$.parent.subscription_details.subscription"


@route(
    "post",
    "/v1/invoices",
    takes="customer collection_method days_until_due due_date currency description metadata"
    " payment_settings auto_advance pending_invoice_items_behavior default_payment_method",
)
def create_invoice(call: Call) -> Resource:
    """Make a draft, with the customer's waiting items if wished."""
    params = call.params
    if "customer" not in params:
        raise missing_param("customer")
    check_can_charge(call)
    customer = call.find("customer", params["customer"], param="customer")
    method = params.get("collection_method", "charge_automatically")
    due = {"days_until_due", "due_date"} & set(params)
    if (method == "send_invoice") != bool(due):
        raise Refusal(
            "days_until_due or due_date is needed with, and only with, send_invoice.",
            param="days_until_due",
        )
    settings = params.get("payment_settings", {})
    followed = {"payment_method_types", "payment_method_options"}
    check_followed(settings, followed, within="payment_settings")
    invoice = invoices.new_invoice(
        call,
        customer,
        auto_advance=params.get("auto_advance", False),
        collection_method=method,
        currency=check_currency(params.get("currency", "eur")),
        default_payment_method=params.get("default_payment_method"),
        description=params.get("description"),
        due_date=params.get("due_date"),
        metadata=changed_metadata({}, params.get("metadata")),
    )
    invoice["payment_settings"]["payment_method_types"] = settings.get("payment_method_types")
    call.note(invoice["id"], days_until_due=params.get("days_until_due"))
    call.save(invoice)
    if params.get("pending_invoice_items_behavior") == "include":
        invoices.add_lines(call, invoice, lines_that_wait(call, invoice))
    call.announce("invoice.created", invoice)
    if invoice["auto_advance"]:
        wait = call.sandbox.behaviour.invoice_draft_seconds
        call.later("invoice_is_finalized", invoice["id"], at=call.at + wait)
    return invoice


@route(
    "get",
    "/v1/invoices",
    takes="customer status created collection_method subscription",
    paged=True,
)
def list_invoices(call: Call) -> Resource:
    """List this account's invoices."""
    tests: list[str] = []
    values: list[Any] = []
    for name in ("customer", "status", "collection_method"):
        if name in call.params:
            tests.append(f"json_extract(body, '$.{name}') = ?")
            values.append(call.params[name])
    if "subscription" in call.params:
        tests.append(f"json_extract(body, '{OWNER}') = ?")
        values.append(call.params["subscription"])
    return filtered(call, "invoice", tests, values)


@route("get", "/v1/invoices/{invoice}")
def find_invoice(call: Call) -> Resource:
    """Return one invoice."""
    return _invoice(call)


@route(
    "post",
    "/v1/invoices/{invoice}",
    takes="description metadata auto_advance default_payment_method due_date",
)
def update_invoice(call: Call) -> Resource:
    """Change an invoice; what is owed only while it is a draft."""
    invoice = _invoice(call)
    fixed = {"due_date", "description"} & set(call.params)
    if fixed and invoice["status"] != "draft":
        raise Refusal("Finalized invoices can't be updated in this way.", param=min(fixed))
    for name in ("description", "auto_advance", "default_payment_method", "due_date"):
        if name in call.params:
            invoice[name] = call.params[name]
    invoice["metadata"] = changed_metadata(invoice["metadata"], call.params.get("metadata"))
    call.save(invoice)
    call.announce("invoice.updated", invoice)
    return invoice


@route("delete", "/v1/invoices/{invoice}")
def delete_invoice(call: Call) -> Resource:
    """Forget a draft."""
    invoice = _invoice(call)
    if invoice["status"] != "draft":
        raise Refusal("You can only delete draft invoices.", code="invoice_not_editable")
    call.not_later("invoice_is_finalized", invoice["id"])
    call.announce("invoice.deleted", invoice)
    call.sandbox.store.remove(invoice["id"])
    return {"id": invoice["id"], "object": "invoice", "deleted": True}


@route("get", "/v1/invoices/{invoice}/lines", paged=True)
def list_lines(call: Call) -> Resource:
    """Return what an invoice asks for."""
    lines, limit = _invoice(call)["lines"]["data"], call.params.get("limit", 10)
    return page_of(lines[:limit], url=call.path, has_more=len(lines) > limit)


@route("post", "/v1/invoices/{invoice}/finalize", takes="auto_advance")
def finalize_invoice(call: Call) -> Resource:
    """Open a draft."""
    invoice = invoices.finalize(call, _invoice(call))
    return _with_cash(call, invoice)


@route("post", "/v1/invoices/{invoice}/send")
def send_invoice(call: Call) -> Resource:
    """Send an invoice to its customer, opening it first."""
    invoice = _invoice(call)
    if invoice["collection_method"] != "send_invoice":
        raise Refusal("You can only send invoices whose collection_method is send_invoice.")
    if invoice["status"] == "draft":
        invoice = invoices.finalize(call, invoice)
    call.announce("invoice.sent", invoice)
    return _with_cash(call, invoice)


@route("post", "/v1/invoices/{invoice}/pay", takes="payment_method off_session paid_out_of_band")
def pay_invoice(call: Call) -> Resource:
    """Charge an invoice now, or note that it was paid elsewhere; raises Declined."""
    invoice = _invoice(call)
    if invoice["status"] == "draft":
        invoice = invoices.finalize(call, invoice)
    if call.params.get("paid_out_of_band"):
        if not invoices.is_owed(invoice):
            raise Refusal(f"Invoice {invoice['id']} is {invoice['status']}; it cannot be paid.")
        owed = invoice["amount_remaining"]
        return invoices.mark_paid(call, invoice, amount=owed, outside_of_stripe=True)
    return collecting.collect(call, invoice, method_id=call.params.get("payment_method"))


@route("post", "/v1/invoices/{invoice}/void")
def void_invoice(call: Call) -> Resource:
    """Declare an invoice void."""
    return invoices.void(call, _invoice(call))


@route("post", "/v1/invoices/{invoice}/mark_uncollectible")
def mark_uncollectible(call: Call) -> Resource:
    """Give an invoice up."""
    return invoices.give_up(call, _invoice(call))


@route("get", "/v1/invoice_payments", takes="invoice payment status created", paged=True)
def list_payments(call: Call) -> Resource:
    """List payments of invoices: of one invoice, or of one PaymentIntent."""
    tests: list[str] = []
    values: list[Any] = []
    wanted = call.params.get("payment", {})
    check_followed(wanted, {"type", "payment_intent"}, within="payment")
    if "payment_intent" in wanted:
        tests.append("json_extract(body, '$.payment.payment_intent') = ?")
        values.append(wanted["payment_intent"])
    for name in ("invoice", "status"):
        if name in call.params:
            tests.append(f"json_extract(body, '$.{name}') = ?")
            values.append(call.params[name])
    return filtered(call, "invoice_payment", tests, values)


@route("get", "/v1/invoice_payments/{invoice_payment}")
def find_payment(call: Call) -> Resource:
    """Return one payment of an invoice."""
    return call.find("invoice_payment", call.id)


@route("get", "/v1/customers/{customer}/cash_balance")
def find_cash_balance(call: Call) -> Resource:
    """Return what has arrived for a customer by bank transfer and was not used."""
    return cash.cash_balance(call, call.find("customer", call.id, param="customer"))


@route("get", "/v1/customers/{customer}/cash_balance_transactions", paged=True)
def list_cash_transactions(call: Call) -> Resource:
    """List how a customer's cash balance came about."""
    return listed(call, cash.KIND, customer=call.id)


@route("get", "/v1/customers/{customer}/cash_balance_transactions/{transaction}")
def find_cash_transaction(call: Call) -> Resource:
    """Return one change of a customer's cash balance."""
    return call.find(cash.KIND, call.ids[1], param="transaction")


@route(
    "post",
    "/v1/customers/{customer}/funding_instructions",
    takes="bank_transfer currency funding_type",
)
def create_instructions(call: Call) -> Resource:
    """Return the virtual IBAN to which a customer can send money."""
    customer = call.find("customer", call.id, param="customer")
    currency = check_currency(call.params["currency"])
    if currency != "eur" or call.params["bank_transfer"]["type"] != "eu_bank_transfer":
        raise Refusal("This account takes bank transfers in euros only.", param="currency")
    return cash.funding_instructions(call, customer, currency=currency)


def _invoice(call: Call) -> Resource:
    return call.find("invoice", call.id, param="invoice")


def _with_cash(call: Call, invoice: Resource) -> Resource:
    """Pay an opened invoice from what its customer has already sent, if that is enough."""
    customer = call.find("customer", invoice["customer"])
    cash.pay_open_invoices(call, customer, invoice["currency"])
    return call.find("invoice", invoice["id"])
