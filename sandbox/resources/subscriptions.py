"""Subscriptions over Stripe's interface.

Source: https://docs.stripe.com/api/subscriptions
"""

from __future__ import annotations

import copy
from typing import Any

from sandbox.billing import collecting, invoices, subscriptions
from sandbox.billing.catalogue import price_of
from sandbox.checking.requests import missing_param
from sandbox.connect.accounts import check_can_charge
from sandbox.errors import Declined, NotBuilt, Refusal, missing
from sandbox.lists import filtered
from sandbox.metadata_rules import changed_metadata
from sandbox.routes import check_followed, route
from sandbox.scope import Call
from sandbox.store import Resource

ENDED = ("canceled", "incomplete_expired")


@route(
    "post",
    "/v1/subscriptions",
    takes="customer items default_payment_method metadata description collection_method"
    " days_until_due payment_behavior cancel_at_period_end application_fee_percent off_session"
    " payment_settings",
)
def create_subscription(call: Call) -> Resource:
    """Begin a subscription, and charge its first period to the saved payment method."""
    params = call.params
    if "customer" not in params:
        raise missing_param("customer")
    customer = call.find("customer", params["customer"], param="customer")
    check_can_charge(call)
    if "application_fee_percent" in params and call.account == call.sandbox.platform:
        raise Refusal(
            "Application fees need the Stripe-Account header.", param="application_fee_percent"
        )
    priced = [
        (price_of(call, line, name=f"items[{place}]"), line.get("quantity", 1))
        for place, line in enumerate(_parts(params))
    ]
    sent = params.get("collection_method") == "send_invoice"
    if sent and "days_until_due" not in params:
        raise missing_param("days_until_due")
    subscription = subscriptions.new_subscription(
        call,
        customer,
        priced,
        application_fee_percent=params.get("application_fee_percent"),
        cancel_at_period_end=params.get("cancel_at_period_end", False),
        collection_method=params.get("collection_method", "charge_automatically"),
        days_until_due=params.get("days_until_due"),
        default_payment_method=_method(call, params.get("default_payment_method")),
        description=params.get("description"),
        metadata=changed_metadata({}, params.get("metadata")),
        status="active" if sent else "incomplete",
    )
    types = _types(params)
    subscription["payment_settings"]["payment_method_types"] = types
    invoice = subscriptions.invoice_period(call, subscription, reason="subscription_create")
    call.announce("customer.subscription.created", subscription)
    if sent:
        call.announce("invoice.sent", invoice)
        return call.find("subscription", subscription["id"])
    return _collected(call, subscription, invoice)


@route("get", "/v1/subscriptions", takes="customer status created collection_method", paged=True)
def list_subscriptions(call: Call) -> Resource:
    """List subscriptions; those that have ended only when asked for."""
    tests: list[str] = []
    values: list[Any] = []
    status = call.params.get("status")
    if status == "ended":
        tests.append(f"json_extract(body, '$.status') IN {ENDED!r}")
    elif status is None:
        tests.append("json_extract(body, '$.status') <> 'canceled'")
    elif status != "all":
        tests.append("json_extract(body, '$.status') = ?")
        values.append(status)
    for name in ("customer", "collection_method"):
        if name in call.params:
            tests.append(f"json_extract(body, '$.{name}') = ?")
            values.append(call.params[name])
    return filtered(call, "subscription", tests, values)


@route("get", "/v1/subscriptions/{subscription_exposed_id}")
def find_subscription(call: Call) -> Resource:
    """Return one subscription."""
    return call.find("subscription", call.id)


@route(
    "post",
    "/v1/subscriptions/{subscription_exposed_id}",
    takes="items proration_behavior default_payment_method metadata description pause_collection"
    " cancel_at_period_end cancellation_details days_until_due",
)
def update_subscription(call: Call) -> Resource:
    """Change a subscription: what it costs, who pays, whether it goes on."""
    subscription, params = call.find("subscription", call.id), call.params
    if subscription["status"] in ENDED:
        raise Refusal("A canceled subscription can only update its metadata.", param="id")
    before = copy.deepcopy(subscription)
    if "items" in params:
        _change_parts(call, subscription)
    _change_details(call, subscription)
    if "cancel_at_period_end" in params:
        _plan_end(call, subscription, wished=params["cancel_at_period_end"])
    if "pause_collection" in params:
        _pause(call, subscription, params["pause_collection"])
    call.save(subscription)
    changed = {k: before[k] for k in subscription if before[k] != subscription[k]}
    if changed:
        call.announce("customer.subscription.updated", subscription, **changed)
    return subscription


@route("delete", "/v1/subscriptions/{subscription_exposed_id}", takes="cancellation_details")
def cancel_subscription(call: Call) -> Resource:
    """End a subscription now."""
    subscription = call.find("subscription", call.id)
    if subscription["status"] in ENDED:
        raise missing("subscription", call.id)
    _note_reasons(subscription, call.params.get("cancellation_details", {}))
    return collecting.end_subscription(call, subscription, reason="cancellation_requested")


def _change_details(call: Call, subscription: Resource) -> None:
    params = call.params
    if "default_payment_method" in params:
        subscription["default_payment_method"] = _method(call, params["default_payment_method"])
    for name in ("description", "days_until_due"):
        if name in params:
            subscription[name] = params[name] or None
    subscription["metadata"] = changed_metadata(subscription["metadata"], params.get("metadata"))
    _note_reasons(subscription, params.get("cancellation_details", {}))


def _parts(params: dict[str, Any]) -> list[dict[str, Any]]:
    items = params.get("items")
    if not items:
        raise missing_param("items")
    for place, line in enumerate(items):
        check_followed(line, {"price", "price_data", "quantity"}, within=f"items[{place}]")
    return list(items)


def _types(params: dict[str, Any]) -> list[str] | None:
    settings = params.get("payment_settings", {})
    followed = {"payment_method_types", "save_default_payment_method"}
    check_followed(settings, followed, within="payment_settings")
    return settings.get("payment_method_types") or None


def _method(call: Call, method_id: str | None) -> str | None:
    if not method_id:
        return None
    return str(call.find("payment_method", method_id, param="default_payment_method")["id"])


def _collected(call: Call, subscription: Resource, invoice: Resource) -> Resource:
    """Charge the first period as `payment_behavior` says; raises Declined."""
    behaviour = call.params.get("payment_behavior", "allow_incomplete")
    if behaviour == "pending_if_incomplete":
        raise NotBuilt("This sandbox has no pending updates.", param="payment_behavior")
    if behaviour == "default_incomplete":
        collecting.intent_for(call, invoice, setup_future_usage="off_session")
    elif invoices.is_owed(invoice):
        try:
            collecting.collect(call, invoice)
        except Declined:
            if behaviour == "error_if_incomplete":
                raise
    subscription = call.find("subscription", subscription["id"])
    if subscription["status"] == "incomplete":
        wait = subscriptions.FIRST_PAYMENT_SECONDS
        call.later("subscription_expires", subscription["id"], at=call.at + wait)
    return subscription


def _change_parts(call: Call, subscription: Resource) -> None:
    if call.params.get("proration_behavior") != "none":
        raise NotBuilt(
            "This sandbox does not prorate: send proration_behavior=none with items.",
            param="proration_behavior",
        )
    changes = []
    for place, line in enumerate(call.params["items"]):
        followed = {"id", "price", "price_data", "quantity"}
        check_followed(line, followed, within=f"items[{place}]")
        named = {"price", "price_data"} & set(line)
        price = price_of(call, line, name=f"items[{place}]") if named else None
        changes.append((line.get("id"), price, line.get("quantity", 0)))
    subscriptions.change_parts(call, subscription, changes)


def _plan_end(call: Call, subscription: Resource, *, wished: bool) -> None:
    end = subscription["items"]["data"][0]["current_period_end"]
    subscription |= {
        "cancel_at": end if wished else None,
        "cancel_at_period_end": wished,
        "canceled_at": call.at if wished else None,
    }
    reason = "cancellation_requested" if wished else None
    subscription["cancellation_details"] |= {"reason": reason}


def _pause(call: Call, subscription: Resource, wanted: Any) -> None:
    call.not_later("collection_resumes", subscription["id"])
    subscription["pause_collection"] = None
    if not wanted:
        return
    resumes_at = wanted.get("resumes_at")
    if resumes_at is not None:
        if resumes_at <= call.at:
            raise Refusal("`resumes_at` must be in the future.", param="pause_collection")
        call.later("collection_resumes", subscription["id"], at=resumes_at)
    subscription["pause_collection"] = {"behavior": wanted["behavior"], "resumes_at": resumes_at}


def _note_reasons(subscription: Resource, wanted: dict[str, Any]) -> None:
    check_followed(wanted, {"comment", "feedback"}, within="cancellation_details")
    subscription["cancellation_details"] |= wanted
