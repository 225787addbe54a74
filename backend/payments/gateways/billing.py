"""What repeats at Stripe: subscriptions, the invoices that they collect, the customer's own page.

The other half of the door to Stripe: it speaks through the client and the errors of
`gateways.stripe`, and no renewal is ours. Sources: docs.stripe.com/api/subscriptions,
docs.stripe.com/api/invoices, docs.stripe.com/api/invoice-payment and
docs.stripe.com/billing/subscriptions/pause-payment.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backend.money import Money
from backend.payments.gateways.stripe import (
    NotAtStripe,
    _client,
    _id,
    _moment,
    _options,
    _our_errors,
    _stripes,
    refuse_inside_transaction,
)

EXPANDED = ["default_payment_method", "latest_invoice"]


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription as it is now: what it costs a month and whether Stripe collects it."""

    id: str
    customer_id: str
    payment_key: str
    status: str
    is_paused: bool
    end_reason: str
    item_id: str
    amount_minor: int
    currency: str
    livemode: bool
    next_at: datetime | None
    ends_at: datetime | None
    card_label: str
    latest_invoice: "Invoice | None"


@dataclass(frozen=True, slots=True)
class Invoice:
    """What a subscription asks for in one month: what was paid of it, or is owed.

    `elsewhere_minor` was paid past Stripe.
    """

    id: str
    subscription_id: str
    payment_key: str
    status: str
    amount_minor: int
    elsewhere_minor: int
    currency: str
    attempts: int
    tried_again_at: datetime | None


def fetch_subscription(*, subscription_id: str, account: str) -> Subscription:
    """Return what is true of the subscription now. Raises StripeUnreachable or StripeRefused."""
    refuse_inside_transaction()
    with _our_errors():
        found = _client().v1.subscriptions.retrieve(
            subscription_id, {"expand": EXPANDED}, _options(account)
        )
    return _subscription(found.to_dict())


def fetch_invoice(*, invoice_id: str, account: str) -> Invoice:
    """Return what is true of the invoice now. Raises StripeUnreachable or StripeRefused."""
    refuse_inside_transaction()
    with _our_errors():
        found = _client().v1.invoices.retrieve(invoice_id, {}, _options(account))
    return _invoice(found.to_dict())


def paid_invoices(*, subscription_id: str, account: str) -> list[Invoice]:
    """Return every invoice of the subscription that was paid, the first first."""
    refuse_inside_transaction()
    with _our_errors():
        found = _client().v1.invoices.list(
            {"subscription": subscription_id, "status": "paid", "limit": 100}, _options(account)
        )
        invoices = [_invoice(invoice.to_dict()) for invoice in found.auto_paging_iter()]
    return invoices[::-1]


def intent_of_invoice(*, invoice: Invoice, account: str) -> str:
    """Return the id of the PaymentIntent by which the invoice is paid, "" if by none."""
    refuse_inside_transaction()
    status = "paid" if invoice.status == "paid" else "open"
    with _our_errors():
        found = _client().v1.invoice_payments.list(
            _stripes({"invoice": invoice.id, "status": status, "limit": 100}), _options(account)
        )
        payments = [payment.to_dict()["payment"] for payment in found.auto_paging_iter()]
    return next((_id(one.get("payment_intent")) for one in payments), "")


def invoice_of_charge(*, charge_id: str, account: str) -> Invoice | None:
    """Return the invoice that a charge paid, if it paid one. Raises NotAtStripe."""
    refuse_inside_transaction()
    with _our_errors():
        charge = _client().v1.charges.retrieve(charge_id, {}, _options(account)).to_dict()
        intent_id = _id(charge.get("payment_intent"))
        if not intent_id:
            return None
        found = _client().v1.invoice_payments.list(
            {"payment": {"type": "payment_intent", "payment_intent": intent_id}, "limit": 1},
            _options(account),
        )
        payments = [payment.to_dict() for payment in found.data]
    if not payments:
        return None
    return fetch_invoice(invoice_id=_id(payments[0]["invoice"]), account=account)


def payment_key_of_invoice(*, charge_id: str, account: str) -> str:
    """Return the key of the monthly payment whose invoice a charge paid, "" if it is not ours."""
    try:
        invoice = invoice_of_charge(charge_id=charge_id, account=account)
    except NotAtStripe:
        return ""
    return invoice.payment_key if invoice else ""


def pause_collecting(*, subscription_id: str, key: str, account: str) -> None:
    """Collect nothing until it is resumed; what falls due meanwhile is void.

    Raises StripeUnreachable or StripeRefused.
    """
    _update(subscription_id, {"pause_collection": {"behavior": "void"}}, key, account)


def resume_collecting(*, subscription_id: str, key: str, account: str) -> None:
    """Collect again from the next month on; an end that was planned is taken back.

    Raises StripeUnreachable or StripeRefused.
    """
    _update(subscription_id, {"pause_collection": "", "cancel_at_period_end": False}, key, account)


def change_monthly_sum(
    *, subscription: Subscription, name: str, amount: Money, key: str, account: str
) -> None:
    """Collect another sum from the next month on; this month is neither refunded nor charged.

    A price that is made beside a subscription needs a product of its own. Raises
    StripeUnreachable or StripeRefused.
    """
    refuse_inside_transaction()
    with _our_errors():
        product = _client().v1.products.create({"name": name}, _options(account, f"{key}:product"))
    price = {
        "currency": amount.currency.lower(),
        "unit_amount": amount.minor,
        "product": product.id,
        "recurring": {"interval": "month"},
    }
    changes = {
        "items": [{"id": subscription.item_id, "price_data": price, "quantity": 1}],
        "proration_behavior": "none",
    }
    _update(subscription.id, changes, key, account)


def end_subscription(*, subscription_id: str, key: str, account: str) -> None:
    """Collect nothing any more, what is owed neither. Raises StripeUnreachable or StripeRefused."""
    refuse_inside_transaction()
    with _our_errors():
        _client().v1.subscriptions.cancel(subscription_id, {}, _options(account, key))


def open_portal(*, customer_id: str, return_url: str, language: str, key: str, account: str) -> str:
    """Return an address at Stripe where the payer changes their card.

    Source: docs.stripe.com/customer-management. Raises StripeUnreachable or StripeRefused.
    """
    refuse_inside_transaction()
    with _our_errors():
        session = _client().v1.billing_portal.sessions.create(
            _stripes({"customer": customer_id, "return_url": return_url, "locale": language}),
            _options(account, key),
        )
    return session.url


def _update(subscription_id: str, changes: dict[str, Any], key: str, account: str) -> None:
    refuse_inside_transaction()
    with _our_errors():
        _client().v1.subscriptions.update(
            subscription_id, _stripes(changes), _options(account, key)
        )


def _subscription(told: dict[str, Any]) -> Subscription:
    items = told["items"]["data"]
    ends = told.get("cancel_at")
    if told.get("cancel_at_period_end") and not ends:
        ends = items[0].get("current_period_end")
    invoice = told.get("latest_invoice")
    return Subscription(
        id=told["id"],
        customer_id=_id(told["customer"]),
        payment_key=(told.get("metadata") or {}).get("payment", ""),
        status=told["status"],
        is_paused=bool(told.get("pause_collection")),
        end_reason=(told.get("cancellation_details") or {}).get("reason") or "",
        item_id=items[0]["id"],
        amount_minor=sum(item["price"]["unit_amount"] * item["quantity"] for item in items),
        currency=told["currency"].upper(),
        livemode=told["livemode"],
        next_at=_moment_or_none(items[0].get("current_period_end")),
        ends_at=_moment_or_none(ends),
        card_label=_label(told.get("default_payment_method")),
        latest_invoice=_invoice(invoice) if isinstance(invoice, dict) else None,
    )


def _invoice(told: dict[str, Any]) -> Invoice:
    details = (told.get("parent") or {}).get("subscription_details") or {}
    return Invoice(
        id=told["id"],
        subscription_id=_id(details.get("subscription")),
        payment_key=(details.get("metadata") or {}).get("payment", ""),
        status=told["status"] or "",
        amount_minor=told["amount_paid" if told["status"] == "paid" else "amount_remaining"],
        elsewhere_minor=told.get("amount_paid_off_stripe") or 0,
        currency=told["currency"].upper(),
        attempts=told["attempt_count"],
        tried_again_at=_moment_or_none(told.get("next_payment_attempt")),
    )


def _label(method: Any) -> str:
    """Return what a person knows their card or account by, such as "Visa 4242"."""
    if not isinstance(method, dict):
        return ""
    known = method.get(method["type"]) or {}
    name = str(known.get("display_brand") or known.get("brand") or method["type"])
    return f"{name.replace('_', ' ').title()} {known.get('last4', '')}".strip()[:40]


def _moment_or_none(seconds: int | None) -> datetime | None:
    return _moment(seconds) if seconds else None
