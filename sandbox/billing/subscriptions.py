"""Subscriptions: begun, renewed by the clock, changed, paused, ended.

Source: https://docs.stripe.com/api/subscriptions/object and
https://docs.stripe.com/billing/subscriptions/pause-payment
"""

from __future__ import annotations

from typing import Any

from sandbox.billing import collecting, invoices
from sandbox.billing.catalogue import plan_of
from sandbox.billing.periods import period_begins
from sandbox.errors import Refusal
from sandbox.ids import new_id
from sandbox.lists import page_of
from sandbox.scope import Scope
from sandbox.store import Resource

NOTHING_YET = (
    "application", "application_fee_percent", "billing_cycle_anchor_config", "billing_thresholds",
    "cancel_at", "canceled_at", "days_until_due", "default_payment_method", "default_source",
    "description", "ended_at", "latest_invoice", "next_pending_invoice_item_invoice",
    "on_behalf_of", "pause_collection", "pending_invoice_item_interval", "pending_setup_intent",
    "pending_update", "schedule", "test_clock", "transfer_data", "trial_end", "trial_start",
)  # fmt: skip
FIRST_PAYMENT_SECONDS = 23 * 3_600
Priced = tuple[Resource, int]


def new_subscription(
    scope: Scope, customer: Resource, priced: list[Priced], **more: Any
) -> Resource:
    """Keep a subscription whose first period begins now; nothing is charged yet."""
    price = check_prices(priced)
    subscription_id = new_id("sub")
    subscription: Resource = {
        "id": subscription_id,
        "object": "subscription",
        "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
        "billing_cycle_anchor": scope.at,
        "billing_mode": {"type": "flexible", "flexible": {"proration_discounts": "included"}},
        "billing_schedules": [],
        "cancel_at_period_end": False,
        "cancellation_details": {"comment": None, "feedback": None, "reason": None},
        "collection_method": "charge_automatically",
        "created": scope.at,
        "currency": price["currency"],
        "customer": customer["id"],
        "default_tax_rates": [],
        "discounts": [],
        "invoice_settings": {
            "account_tax_ids": None,
            "custom_fields": None,
            "description": None,
            "footer": None,
            "issuer": {"type": "self"},
        },
        "items": page_of([], url=f"/v1/subscription_items?subscription={subscription_id}"),
        "livemode": False,
        "metadata": {},
        "payment_settings": {
            "payment_method_options": None,
            "payment_method_types": None,
            "save_default_payment_method": "off",
        },
        "start_date": scope.at,
        "status": "incomplete",
        "trial_settings": {"end_behavior": {"missing_payment_method": "create_invoice"}},
        **dict.fromkeys(NOTHING_YET),
        **more,
    }
    subscription["items"]["data"] = [
        _new_part(scope, subscription, price, quantity) for price, quantity in priced
    ]
    scope.add(subscription, cycle=0)
    scope.later("subscription_cycles", subscription_id, at=_end_of(subscription, 0))
    return subscription


def check_prices(priced: list[Priced]) -> Resource:
    """Return the first price; raises Refusal unless all recur together in one currency."""
    if not priced:
        raise Refusal("A subscription needs at least one price.", param="items")
    first = priced[0][0]
    for price, quantity in priced:
        if not price["recurring"]:
            raise Refusal(f"The price {price['id']} does not recur.", param="items")
        if quantity < 1:
            raise Refusal("This value must be greater than or equal to 1.", param="quantity")
        for name in ("currency", "recurring"):
            if price[name] != first[name]:
                raise Refusal(f"The prices of a subscription have one {name}.", param="items")
    return first


def invoice_period(
    scope: Scope, subscription: Resource, *, reason: str, draft: bool = False
) -> Resource:
    """Make the invoice of the present period; open at once unless `draft`."""
    customer = scope.find("customer", subscription["customer"])
    first = subscription["items"]["data"][0]
    start, end = first["current_period_start"], first["current_period_end"]
    invoice = invoices.new_invoice(
        scope,
        customer,
        auto_advance=True,
        billing_reason=reason,
        collection_method=subscription["collection_method"],
        currency=subscription["currency"],
        parent={
            "type": "subscription_details",
            "quote_details": None,
            "subscription_details": {
                "metadata": dict(subscription["metadata"]),
                "subscription": subscription["id"],
            },
        },
        payment_settings=_payment_settings(subscription),
        period_end=end,
        period_start=start,
    )
    scope.note(invoice["id"], days_until_due=subscription["days_until_due"])
    lines = [_line(subscription, item) for item in subscription["items"]["data"]]
    invoices.add_lines(scope, invoice, lines)
    subscription["latest_invoice"] = invoice["id"]
    scope.save(subscription)
    scope.announce("invoice.created", invoice)
    return invoice if draft else invoices.finalize(scope, invoice)


def begin_cycle(scope: Scope, subscription: Resource) -> Resource:
    """Begin the next period, or end the subscription if that was wished."""
    if subscription["ended_at"]:
        return subscription
    if subscription["cancel_at_period_end"]:
        return collecting.end_subscription(scope, subscription, reason="cancellation_requested")
    number = int(scope.private(subscription["id"])["cycle"]) + 1
    scope.note(subscription["id"], cycle=number)
    for item in subscription["items"]["data"]:
        item["current_period_start"] = _end_of(subscription, number - 1)
        item["current_period_end"] = _end_of(subscription, number)
    scope.save(subscription)
    scope.later("subscription_cycles", subscription["id"], at=_end_of(subscription, number))
    scope.announce("customer.subscription.updated", subscription)
    if subscription["status"] in ("active", "past_due"):
        invoice = invoice_period(scope, subscription, reason="subscription_cycle", draft=True)
        wait = scope.sandbox.behaviour.invoice_draft_seconds
        scope.later("invoice_is_finalized", invoice["id"], at=scope.at + wait)
    return subscription


def finish_draft(scope: Scope, invoice: Resource) -> Resource:
    """Finalize a renewal's draft and collect it, unless collection is paused."""
    if invoice["status"] != "draft":
        return invoice
    subscription = collecting.subscription_of(scope, invoice)
    pause = subscription["pause_collection"] if subscription else None
    if pause and pause["behavior"] == "keep_as_draft":
        invoice["auto_advance"] = False
        return scope.save(invoice)
    invoice = invoices.finalize(scope, invoice)
    if pause:
        ends = {"void": invoices.void, "mark_uncollectible": invoices.give_up}
        return ends[pause["behavior"]](scope, invoice)
    if invoice["status"] != "open":
        return invoice
    if invoice["collection_method"] == "send_invoice":
        scope.announce("invoice.sent", invoice)
        return invoice
    return collecting.collect_quietly(scope, invoice)


def resume(scope: Scope, subscription: Resource) -> Resource:
    """Collect again from the next period on."""
    subscription["pause_collection"] = None
    scope.save(subscription)
    scope.not_later("collection_resumes", subscription["id"])
    scope.announce("customer.subscription.updated", subscription)
    return subscription


def change_parts(
    scope: Scope, subscription: Resource, changes: list[tuple[str | None, Resource | None, int]]
) -> None:
    """Change price or quantity from the next period on, without proration; raises Refusal."""
    known = {item["id"]: item for item in subscription["items"]["data"]}
    for item_id, price, quantity in changes:
        chosen = item_id or (next(iter(known)) if len(known) == 1 else None)
        if chosen not in known:
            raise Refusal(f"No such subscription item: '{item_id}'", code="resource_missing")
        item = known[chosen]
        if price is not None:
            item |= {"price": price, "plan": plan_of(price)}
        item["quantity"] = quantity or item["quantity"]
    check_prices([(item["price"], item["quantity"]) for item in known.values()])
    subscription["items"]["data"] = list(known.values())
    scope.save(subscription)


def begin_from_session(scope: Scope, session: Resource, intent: Resource) -> Resource:
    """Begin the subscription of a Checkout session whose first payment was made or is under way."""
    wanted = scope.private(session["id"])
    priced = [(line["price"], line["quantity"]) for line in wanted["line_items"]]
    data = wanted.get("subscription", {})
    customer = scope.find("customer", session["customer"])
    subscription = new_subscription(
        scope,
        customer,
        [(scope.find("price", price["id"]), quantity) for price, quantity in priced],
        application_fee_percent=data.get("application_fee_percent"),
        default_payment_method=intent["payment_method"],
        description=data.get("description"),
        metadata=data.get("metadata", {}),
        status="active",
    )
    invoice = invoice_period(scope, subscription, reason="subscription_create")
    collecting.attach_payment(scope, invoice, intent)
    scope.announce("customer.subscription.created", subscription)
    collecting.settle_if_done(scope, invoice, intent)
    session |= {"invoice": invoice["id"], "subscription": subscription["id"]}
    scope.save(session)
    return subscription


def _end_of(subscription: Resource, number: int) -> int:
    """Return when period `number` ends."""
    recurring = subscription["items"]["data"][0]["price"]["recurring"]
    anchor = subscription["billing_cycle_anchor"]
    return period_begins(
        anchor, recurring["interval"], recurring["interval_count"], number=number + 1
    )


def _new_part(scope: Scope, subscription: Resource, price: Resource, quantity: int) -> Resource:
    recurring = price["recurring"]
    end = period_begins(scope.at, recurring["interval"], recurring["interval_count"], number=1)
    return {
        "id": new_id("si"),
        "object": "subscription_item",
        "billing_thresholds": None,
        "created": scope.at,
        "current_period_end": end,
        "current_period_start": scope.at,
        "discounts": [],
        "metadata": {},
        "plan": plan_of(price),
        "price": price,
        "quantity": quantity,
        "subscription": subscription["id"],
        "tax_rates": [],
    }


def _line(subscription: Resource, item: Resource) -> Resource:
    price = item["price"]
    return invoices.new_line(
        amount=price["unit_amount"] * item["quantity"],
        currency=price["currency"],
        description=f"{item['quantity']} × {price['nickname'] or 'subscription'}",
        period=(item["current_period_start"], item["current_period_end"]),
        quantity=item["quantity"],
        subscription=subscription["id"],
        parent={
            "type": "subscription_item_details",
            "invoice_item_details": None,
            "subscription_item_details": {
                "invoice_item": None,
                "proration": False,
                "proration_details": None,
                "subscription": subscription["id"],
                "subscription_item": item["id"],
            },
        },
        pricing={
            "type": "price_details",
            "price_details": {"price": price["id"], "product": price["product"]},
            "unit_amount_decimal": price["unit_amount_decimal"],
        },
    )


def _payment_settings(subscription: Resource) -> Resource:
    return {
        "default_mandate": None,
        "payment_method_options": None,
        "payment_method_types": subscription["payment_settings"]["payment_method_types"],
    }
