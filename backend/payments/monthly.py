"""Monthly gifts as Stripe collects them: what each month brought, and how the gift stands.

No renewal is ours: Stripe collects by itself, and what it tells is looked up and becomes a fact.
A paid invoice is a payment of its own, once; how the subscription stands is announced as it is
now, however many events told of it and in whatever order. What somebody wishes (pause, another
sum, an end) is called with a key that its caller has committed before.
"""

from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import Q

from backend.common.crashpoints import crashpoint
from backend.events.bus import announce
from backend.money import Money
from backend.payments import states
from backend.payments.events import MonthlySeen
from backend.payments.gateways import billing
from backend.payments.gateways.billing import Invoice, Subscription
from backend.payments.gateways.stripe import (
    Intent,
    NotAtStripe,
    StripeUnreachable,
    fetch_intent,
    refuse_inside_transaction,
)
from backend.payments.models import Payment
from backend.payments.operations import (
    ChargeNotShown,
    apply_intent,
    move_payment,
    refresh_payment,
)
from backend.payments.pace import wait_for_turn
from backend.payments.queries import lost_accounts

logger = structlog.get_logger(__name__)
LOOKED_AT_EVERY = timedelta(hours=20)
MOST_AT_ONCE = 200
MOST_LOOKS = 4
ENDED = ("canceled", "incomplete_expired")
# Money has moved, or a bank has been asked to move it.
MOVES_MONEY = ("succeeded", "processing")
NOT_PAID_YET = (states.NEW, states.OPEN, states.PROCESSING, states.FAILED)
OWED = ("past_due", "unpaid", "incomplete")


class LookedAtMeanwhile(StripeUnreachable):
    """Others looked at the same time, again and again; what is true is asked again later."""


def look_at_monthly(*, payment: Payment, at: datetime) -> None:
    """Fetch the subscription with all that it brought, and make it a fact; twice is harmless.

    Not atomic. What was fetched counts only if nobody else has looked since, because an older
    look would undo a newer one. Raises StripeUnreachable, of which LookedAtMeanwhile is one.
    """
    refuse_inside_transaction()
    if payment.state not in states.MONTHLY:
        payment = refresh_payment(payment=payment, at=at)
    if payment.state not in states.MONTHLY:
        return
    for _look in range(MOST_LOOKS):
        payment.refresh_from_db()
        seen_at = payment.checked_at
        crashpoint("before_refetch")
        told = billing.fetch_subscription(
            subscription_id=payment.subscription_id, account=payment.account
        )
        _take_invoices(payment, told, at=at)
        crashpoint("after_refetch_before_apply")
        if apply_subscription(payment=payment, told=told, seen_at=seen_at, at=at):
            return
    raise LookedAtMeanwhile(payment.key)


def _take_invoices(payment: Payment, told: Subscription, *, at: datetime) -> None:
    """Book the paid invoices that are not booked yet, and note a debit that is on its way."""
    account = payment.account
    paid = billing.paid_invoices(subscription_id=payment.subscription_id, account=account)
    keys = {_key_of(invoice) for invoice in paid}
    held = Payment.objects.filter(key__in=keys).exclude(state__in=NOT_PAID_YET)
    known = set(held.values_list("key", flat=True))
    for invoice in paid:
        if _key_of(invoice) not in known and _came_through_stripe(invoice):
            _take_invoice(payment, invoice, at=at)
    if told.latest_invoice and told.latest_invoice.status == "open":
        _take_invoice(payment, told.latest_invoice, at=at)


def _take_invoice(payment: Payment, invoice: Invoice, *, at: datetime) -> None:
    account = payment.account
    intent_id = billing.intent_of_invoice(invoice=invoice, account=account)
    if intent_id:
        intent = fetch_intent(intent_id=intent_id, account=account)
        if intent.status in MOVES_MONEY:
            apply_invoice(monthly=payment, invoice=invoice, intent=intent, at=at)
    elif invoice.status == "paid":
        raise ChargeNotShown(invoice.id)


def _came_through_stripe(invoice: Invoice) -> bool:
    """Whether money moved: of a month of nothing, or one paid in cash, no book of ours tells."""
    if invoice.elsewhere_minor:
        logger.warning("invoice.paid_elsewhere", invoice=invoice.id)
    return invoice.amount_minor > invoice.elsewhere_minor


def _key_of(invoice: Invoice) -> str:
    return f"invoice:{invoice.id}"


@transaction.atomic
def apply_invoice(*, monthly: Payment, invoice: Invoice, intent: Intent, at: datetime) -> Payment:
    """Make an invoice that is paid, or being paid, a payment of its own, once.

    Raises ChargeNotShown; then nothing was changed.
    """
    Payment.objects.select_for_update().get(pk=monthly.pk)
    key = _key_of(invoice)
    payment, _ = Payment.objects.get_or_create(
        key=key,
        defaults={
            "kind": Payment.Kind.INVOICE,
            "purpose": key,
            "attempt": 1,
            "account": monthly.account,
            "amount_minor": invoice.amount_minor,
            "currency": monthly.currency,
            "request": {},
            "session_expires_at": at,
            "subscription_id": monthly.subscription_id,
            "customer_id": monthly.customer_id,
            "created_at": at,
        },
    )
    if payment.state == states.FAILED and intent.status == "processing":
        payment = move_payment(payment, "asked_again", at=at)
    return apply_intent(payment=payment, intent=intent, at=at)


@transaction.atomic
def apply_subscription(
    *, payment: Payment, told: Subscription, seen_at: datetime | None, at: datetime
) -> bool:
    """Announce how the gift stands; return False if somebody has looked since `seen_at`."""
    payment = Payment.objects.select_for_update().get(pk=payment.pk)
    if payment.checked_at != seen_at:
        return False
    payment.checked_at = at
    payment.card_label = told.card_label
    payment.save(update_fields=["checked_at", "card_label"])
    if told.status in ENDED and payment.state == states.BEGUN:
        payment = move_payment(payment, "over", at=at)
    unpaid = _unpaid(told)
    announce(
        MonthlySeen(
            purpose=payment.purpose,
            standing=_standing(told),
            amount=Money(told.amount_minor, told.currency),
            card_label=told.card_label,
            next_on=told.next_at,
            ends_on=told.ends_at,
            unpaid_invoice=unpaid.id if unpaid else "",
            tried_again_at=unpaid.tried_again_at if unpaid else None,
            at=at,
        )
    )
    return True


def _standing(told: Subscription) -> str:
    if told.status in ENDED:
        return "stopped" if told.end_reason == "cancellation_requested" else "lapsed"
    if told.is_paused:
        return "paused"
    return "past_due" if told.status in OWED else "active"


def _unpaid(told: Subscription) -> Invoice | None:
    """Return the invoice that the bank refused, if it is still owed."""
    latest = told.latest_invoice
    if latest and latest.status in ("open", "uncollectible") and latest.attempts:
        return latest
    return None


def pause_monthly(*, payment: Payment, key: str, at: datetime) -> None:
    """Collect nothing until it is resumed. Not atomic. Raises StripeUnreachable, StripeRefused."""
    billing.pause_collecting(
        subscription_id=payment.subscription_id, key=key, account=payment.account
    )
    crashpoint("after_stripe_before_commit")
    look_at_monthly(payment=payment, at=at)


def resume_monthly(*, payment: Payment, key: str, at: datetime) -> None:
    """Collect again. Not atomic. Raises StripeUnreachable or StripeRefused."""
    billing.resume_collecting(
        subscription_id=payment.subscription_id, key=key, account=payment.account
    )
    crashpoint("after_stripe_before_commit")
    look_at_monthly(payment=payment, at=at)


def change_monthly(*, payment: Payment, name: str, amount: Money, key: str, at: datetime) -> None:
    """Collect `amount` from the next month on. Not atomic.

    Raises StripeUnreachable or StripeRefused.
    """
    told = billing.fetch_subscription(
        subscription_id=payment.subscription_id, account=payment.account
    )
    billing.change_monthly_sum(
        subscription=told, name=name, amount=amount, key=key, account=payment.account
    )
    crashpoint("after_stripe_before_commit")
    look_at_monthly(payment=payment, at=at)


def stop_monthly(*, payment: Payment, key: str, at: datetime) -> None:
    """Collect nothing any more; where it has ended already, that is noted.

    Not atomic. Raises StripeUnreachable or StripeRefused.
    """
    try:
        billing.end_subscription(
            subscription_id=payment.subscription_id, key=key, account=payment.account
        )
    except NotAtStripe:
        logger.warning("monthly.ended_already", payment=payment.key)
    crashpoint("after_stripe_before_commit")
    look_at_monthly(payment=payment, at=at)


def open_card_page(*, payment: Payment, return_url: str, language: str, at: datetime) -> str:
    """Return an address at Stripe where the payer changes their card; it is made anew each time.

    Raises StripeUnreachable or StripeRefused.
    """
    return billing.open_portal(
        customer_id=payment.customer_id,
        return_url=return_url,
        language=language,
        key=f"portal:{payment.pk}:{at.timestamp():.3f}",
        account=payment.account,
    )


def look_after_monthly(*, at: datetime) -> int:
    """Look at the gifts that nobody has looked at for most of a day; return how many.

    So a month is booked even if every event of it was lost for good.
    """
    waiting = Payment.objects.filter(
        Q(checked_at=None) | Q(checked_at__lt=at - LOOKED_AT_EVERY), state=states.BEGUN
    )
    waiting = waiting.exclude(account__in=lost_accounts())
    found = list(waiting.order_by("checked_at", "id")[:MOST_AT_ONCE])
    for payment in found:
        wait_for_turn(payment.account, "request")
        try:
            look_at_monthly(payment=payment, at=at)
        except Exception as problem:  # noted here, and named by the invariants while it lasts
            logger.warning(
                "monthly.sweep_failed", payment=payment.key, problem=type(problem).__name__
            )
    return len(found)
