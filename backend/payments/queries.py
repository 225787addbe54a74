"""Questions about payments."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from backend.money import Money
from backend.money.currencies import multiple
from backend.payments import states
from backend.payments.models import Payment, StripeEvent

MONEY_EVENTS = ("checkout.session.completed", "checkout.session.async_payment_succeeded")


@dataclass(frozen=True, slots=True)
class OpenCheckout:
    """Where a person can still pay, and until when."""

    url: str
    expires_at: datetime


def latest_payment(purpose: str) -> Payment | None:
    """Return the newest attempt to pay for `purpose`, if there was one."""
    return Payment.objects.filter(purpose=purpose).order_by("-attempt").first()


def unfinished_purposes(purposes: Collection[str]) -> set[str]:
    """Return those of `purposes` for which an attempt to pay is still under way."""
    rows = Payment.objects.filter(purpose__in=purposes, state__in=states.UNFINISHED)
    return set(rows.values_list("purpose", flat=True))


def unmatched_money(*, before: datetime) -> list[str]:
    """Return the events received before then that tell of our money and match no payment."""
    rows = StripeEvent.objects.filter(
        state=StripeEvent.State.UNMATCHED, type__in=MONEY_EVENTS, received_at__lt=before
    )
    return list(rows.order_by("received_at", "id").values_list("id", flat=True))


def open_checkout_for(purpose: str) -> OpenCheckout | None:
    """Return Stripe's page that waits for this purpose, if one is open."""
    payment = latest_payment(purpose)
    if payment and payment.state == states.OPEN:
        return OpenCheckout(payment.session_url, payment.session_expires_at)
    return None


def estimated_fee(amount: Money) -> Money:
    """Return what Stripe is expected to keep of `amount`: an estimate, shown as one.

    The rate is the operator's setting (per ten thousand, and a fixed part by currency); the real
    fee comes from the balance transaction. Rounded up, so that the estimate is not too rosy.
    """
    per_ten_thousand, fixed = _rate(amount.currency)
    step = multiple(amount.currency)
    raw = -(-amount.minor * per_ten_thousand // 10_000) + fixed
    return Money(min(-(-raw // step) * step, amount.minor), amount.currency)


def cover_for(gift: Money) -> Money:
    """Return the least that must be added so that, by the estimate, all of `gift` arrives."""
    step = multiple(gift.currency)
    cover = Money(0, gift.currency)
    while (gift + cover) - estimated_fee(gift + cover) < gift:
        missing = gift - ((gift + cover) - estimated_fee(gift + cover))
        cover = cover + Money(-(-missing.minor // step) * step, gift.currency)
    return cover


def _rate(currency: str) -> tuple[int, int]:
    per_ten_thousand: int = settings.STRIPE_FEE_PER_TEN_THOUSAND
    fixed: dict[str, int] = settings.STRIPE_FEE_FIXED_MINOR
    return per_ten_thousand, fixed.get(currency, 0)
