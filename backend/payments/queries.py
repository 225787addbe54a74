"""Questions about payments."""

from dataclasses import dataclass

from django.conf import settings

from backend.money import Money
from backend.money.currencies import multiple
from backend.payments import states
from backend.payments.models import Payment


@dataclass(frozen=True, slots=True)
class OpenCheckout:
    """Where a person can still pay."""

    url: str


def latest_payment(purpose: str) -> Payment | None:
    """Return the newest attempt to pay for `purpose`, if there was one."""
    return Payment.objects.filter(purpose=purpose).order_by("-attempt").first()


def open_checkout_for(purpose: str) -> OpenCheckout | None:
    """Return Stripe's page that waits for this purpose, if one is open."""
    payment = latest_payment(purpose)
    if payment and payment.state == states.OPEN:
        return OpenCheckout(payment.session_url)
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
