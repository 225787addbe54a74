"""Collect what an invoice asks for: by the saved card, again after days, or not any more.

One PaymentIntent belongs to an invoice and is tried again and again until it succeeds.
Source: https://docs.stripe.com/billing/revenue-recovery/smart-retries and
https://docs.stripe.com/billing/subscriptions/overview#subscription-statuses
"""

from __future__ import annotations

from sandbox.billing import invoices
from sandbox.errors import Declined, Refusal
from sandbox.ids import new_id
from sandbox.money_rules import share_of
from sandbox.payments import intents
from sandbox.scope import Scope
from sandbox.store import Resource

DAY_SECONDS = 86_400


def collect(scope: Scope, invoice: Resource, *, method_id: str | None = None) -> Resource:
    """Charge an open invoice to the saved payment method, without its owner.

    Raises Refusal if there is none, Declined (all kept) when the issuer says no.
    """
    if not invoices.is_owed(invoice):
        raise Refusal(f"Invoice {invoice['id']} is {invoice['status']}; it cannot be paid.")
    chosen = method_id or _saved_method(scope, invoice)
    if chosen is None:
        _note_failure(scope, invoice)
        raise Declined(
            "This customer has no attached payment source or default payment method.",
            code="resource_missing",
            kind="invalid_request_error",
            status=400,
        )
    method = scope.find("payment_method", chosen, param="payment_method")
    intent = intent_for(scope, invoice)
    try:
        intent = intents.attempt(scope, intent, method, off_session=True)
    except Declined as declined:
        if declined.code == "authentication_required":
            scope.announce("invoice.payment_action_required", invoice)
        _note_failure(scope, invoice)
        raise
    return settle_if_done(scope, invoice, intent)


def collect_quietly(scope: Scope, invoice: Resource) -> Resource:
    """Charge an open invoice as the clock does: a refusal is kept and nobody hears an error."""
    try:
        return collect(scope, invoice)
    except Declined:
        return scope.find("invoice", invoice["id"])


def settle_if_done(scope: Scope, invoice: Resource, intent: Resource) -> Resource:
    """Mark an invoice paid if its PaymentIntent has succeeded; a bank may still be on its way."""
    if intent["status"] != "succeeded":
        invoice["attempted"] = True
        return scope.save(invoice)
    for payment in invoices.payments_of(scope, invoice):
        if payment["payment"].get("payment_intent") == intent["id"]:
            payment |= {"amount_paid": intent["amount"], "status": "paid"}
            payment["status_transitions"]["paid_at"] = scope.at
            scope.save(payment)
    invoice = invoices.mark_paid(scope, invoice, amount=intent["amount"])
    _follow(scope, invoice, "active", among=("incomplete", "past_due", "unpaid"))
    return invoice


def bank_answered(scope: Scope, intent: Resource, *, succeeds: bool) -> None:
    """Carry the bank's late answer to the invoice that its payment belongs to."""
    for payment in scope.where("invoice_payment"):
        if payment["payment"].get("payment_intent") != intent["id"]:
            continue
        invoice = scope.find("invoice", payment["invoice"])
        if succeeds:
            settle_if_done(scope, invoice, intent)
        else:
            _note_failure(scope, invoice)


def intent_for(scope: Scope, invoice: Resource, **more: object) -> Resource:
    """Return the invoice's one PaymentIntent, making it at first."""
    for payment in invoices.payments_of(scope, invoice):
        if payment["status"] == "open":
            return scope.find("payment_intent", payment["payment"]["payment_intent"])
    parent = (invoice["parent"] or {}).get("subscription_details") or {}
    intent = intents.new_intent(
        scope,
        amount=invoice["amount_remaining"],
        currency=invoice["currency"],
        application_fee_amount=_application_fee(scope, invoice),
        customer=invoice["customer"],
        description=invoice["description"] or ("Subscription" if parent else "Payment for invoice"),
        metadata={},
        payment_method_types=["card", "sepa_debit"],
        **more,
    )
    attach_payment(scope, invoice, intent)
    return intent


def attach_payment(scope: Scope, invoice: Resource, intent: Resource) -> Resource:
    """Tie a PaymentIntent to an invoice."""
    scope.note(intent["id"], invoice=invoice["id"])
    return scope.add(
        {
            "id": new_id("inpay"),
            "object": "invoice_payment",
            "amount_paid": None,
            "amount_requested": invoice["amount_remaining"],
            "created": scope.at,
            "currency": invoice["currency"],
            "invoice": invoice["id"],
            "is_default": True,
            "livemode": False,
            "payment": {"type": "payment_intent", "payment_intent": intent["id"]},
            "status": "open",
            "status_transitions": {"canceled_at": None, "paid_at": None},
        }
    )


def subscription_of(scope: Scope, invoice: Resource) -> Resource | None:
    """Return the subscription that an invoice belongs to, if any."""
    details = (invoice["parent"] or {}).get("subscription_details")
    return scope.find("subscription", details["subscription"]) if details else None


def end_subscription(scope: Scope, subscription: Resource, *, reason: str) -> Resource:
    """End a subscription for good, and stop collecting what is still owed."""
    status = "incomplete_expired" if subscription["status"] == "incomplete" else "canceled"
    subscription |= {
        "canceled_at": subscription["canceled_at"] or scope.at,
        "ended_at": scope.at,
        "pause_collection": None,
        "status": status,
    }
    subscription["cancellation_details"] |= {"reason": reason}
    scope.save(subscription)
    for change in ("subscription_cycles", "collection_resumes", "subscription_expires"):
        scope.not_later(change, subscription["id"])
    for invoice in scope.where("invoice", customer=subscription["customer"]):
        owner = (invoice["parent"] or {}).get("subscription_details") or {}
        if owner.get("subscription") == subscription["id"] and invoice["status"] in (
            "draft",
            "open",
        ):
            invoice |= {"auto_advance": False, "next_payment_attempt": None}
            scope.not_later("invoice_is_tried_again", invoice["id"])
            scope.not_later("invoice_is_finalized", invoice["id"])
            scope.save(invoice)
    if status == "incomplete_expired":
        scope.announce("customer.subscription.updated", subscription, status="incomplete")
    else:
        scope.announce("customer.subscription.deleted", subscription)
    return subscription


def _note_failure(scope: Scope, invoice: Resource) -> None:
    """Count a failed attempt, plan the next one or give the subscription up."""
    behaviour = scope.sandbox.behaviour
    tried = invoice["attempt_count"]
    invoice |= {"attempt_count": tried + 1, "attempted": True, "next_payment_attempt": None}
    pauses = behaviour.renewal_retry_days
    automatic = invoice["auto_advance"] and invoice["billing_reason"] == "subscription_cycle"
    again = automatic and tried < len(pauses)
    if again:
        invoice["next_payment_attempt"] = scope.at + pauses[tried] * DAY_SECONDS
        scope.later("invoice_is_tried_again", invoice["id"], at=invoice["next_payment_attempt"])
    scope.save(invoice)
    scope.announce("invoice.payment_failed", invoice)
    if automatic and not again:
        _give_subscription_up(scope, invoice)
    elif invoice["billing_reason"] != "subscription_create":
        _follow(scope, invoice, "past_due", among=("active",))


def _give_subscription_up(scope: Scope, invoice: Resource) -> None:
    subscription = subscription_of(scope, invoice)
    ends_as = scope.sandbox.behaviour.failed_subscription_becomes
    if subscription is None or subscription["status"] == "canceled":
        return
    if ends_as == "canceled":
        end_subscription(scope, subscription, reason="payment_failed")
    else:
        _follow(scope, invoice, ends_as, among=("active", "past_due"))


def _follow(scope: Scope, invoice: Resource, status: str, *, among: tuple[str, ...]) -> None:
    """Let the invoice's subscription take `status` if it has one of `among` now."""
    subscription = subscription_of(scope, invoice)
    if subscription is None or subscription["status"] not in among or subscription["ended_at"]:
        return
    if status == "active" and subscription["latest_invoice"] != invoice["id"]:
        return
    before, subscription["status"] = subscription["status"], status
    scope.not_later("subscription_expires", subscription["id"])
    scope.save(subscription)
    if before != status:
        scope.announce("customer.subscription.updated", subscription, status=before)


def _saved_method(scope: Scope, invoice: Resource) -> str | None:
    """Return the payment method to charge: the invoice's, the subscription's, the customer's."""
    subscription = subscription_of(scope, invoice) or {}
    customer = scope.find("customer", invoice["customer"])
    chosen = (
        invoice["default_payment_method"]
        or subscription.get("default_payment_method")
        or customer["invoice_settings"]["default_payment_method"]
    )
    return str(chosen) if chosen else None


def _application_fee(scope: Scope, invoice: Resource) -> int | None:
    subscription = subscription_of(scope, invoice) or {}
    percent = subscription.get("application_fee_percent")
    if percent is None:
        return None
    return share_of(invoice["amount_remaining"], percent)
