"""Questions about payments."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Max, Q, Sum

from backend.money import Money
from backend.money.currencies import multiple
from backend.payments import (
    account_states,
    dispute_states,
    payout_states,
    refund_states,
    states,
)
from backend.payments.models import (
    DeclinesAlarm,
    Dispute,
    DisputeMovement,
    Payment,
    PaymentTransition,
    Payout,
    Refund,
    StripeAccount,
    StripeEvent,
)

# So long a SEPA debit takes, as Stripe's guide to it (docs.stripe.com/payments/sepa-debit) has it.
BANK_BUSINESS_DAYS = 5
SATURDAY = 5
# Our clock and Stripe's need not agree.
CLOCKS_DIFFER = timedelta(minutes=15)
MONEY_EVENTS = (
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "invoice.paid",
)


@dataclass(frozen=True, slots=True)
class OpenCheckout:
    """Where a person can still pay, and until when."""

    url: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class AccountWaits:
    """Why nobody can begin a pledge on an account; `until` is known where it ends by itself."""

    until: datetime | None = None


def account_waits(account: str, *, at: datetime) -> AccountWaits | None:
    """Return why no pledge may begin on the account at `at`, or None where one may.

    The installation's own key (an empty account) takes pledges, unless the operator has said
    that each committee needs an account of its own.
    """
    if not account:
        return AccountWaits() if settings.STRIPE_CONNECT_ONLY else None
    known = StripeAccount.objects.filter(account_id=account).first()
    if known is None:
        return None
    if known.state != account_states.READY:
        return AccountWaits()
    return AccountWaits(known.paused_until) if known.is_paused(at) else None


def account_of_committee(organisation_id: UUID) -> StripeAccount | None:
    """Return the account that the committee has, else the last that it had, if there was one."""
    rows = StripeAccount.objects.filter(organisation_id=organisation_id)
    alive = rows.filter(state__in=account_states.LIVE).first()
    return alive or rows.order_by("-created_at", "-id").first()


def connected_accounts() -> list[str]:
    """Return the committees' accounts of which Stripe tells us."""
    rows = StripeAccount.objects.filter(state__in=account_states.CONNECTED)
    return [account for account in rows.values_list("account_id", flat=True) if account]


def lost_accounts() -> list[str]:
    """Return the accounts whose connection has ended: nothing can be asked there."""
    rows = StripeAccount.objects.filter(state=account_states.DEAUTHORISED)
    return [account for account in rows.values_list("account_id", flat=True) if account]


@dataclass(frozen=True, slots=True)
class FeeParts:
    """What becomes of what a donor pays: gift and cover are the fees and the net, to the cent."""

    gift: Money
    cover: Money
    stripe_fee: Money
    platform_fee: Money
    is_estimate: bool

    @property
    def gross(self) -> Money:
        """What the donor pays."""
        return self.gift + self.cover

    @property
    def net(self) -> Money:
        """What reaches the project."""
        return self.gross - self.stripe_fee - self.platform_fee


def latest_payment(purpose: str) -> Payment | None:
    """Return the newest attempt to pay for `purpose`, if there was one."""
    return Payment.objects.filter(purpose=purpose).order_by("-attempt").first()


def bank_answers_by(purpose: str) -> date | None:
    """Return until when a payment that is under way is settled or refused, as a rule."""
    begun = PaymentTransition.objects.filter(
        payment__purpose=purpose, payment__state=states.PROCESSING, new=states.PROCESSING
    ).first()
    return business_days_after(begun.at.date(), BANK_BUSINESS_DAYS) if begun else None


def business_days_after(day: date, number: int) -> date:
    """Return the day so many business days after `day`; holidays are not known here."""
    while number:
        day += timedelta(days=1)
        number -= day.weekday() < SATURDAY
    return day


def many_are_refused(*, at: datetime) -> bool:
    """Whether banks refuse so many cards at this site that somebody seems to try them out."""
    return DeclinesAlarm.objects.filter(until__gt=at).exists()


def closed_after_refusals(purpose: str) -> bool:
    """Whether the last page for `purpose` was closed because banks refused too many cards."""
    latest = latest_payment(purpose)
    most = settings.DECLINES_PER_PAGE * settings.THROTTLES_TIMES
    return latest is not None and latest.state == states.EXPIRED and latest.declines.count() >= most


def saved_card(purpose: str) -> Payment | None:
    """Return the card that is saved for `purpose` and may be charged, if there is one."""
    return Payment.objects.filter(purpose=purpose, state=states.SAVED).first()


def monthly_page(purpose: str) -> Payment | None:
    """Return the payment by which this monthly gift began, if it has begun."""
    return Payment.objects.filter(purpose=purpose, state__in=states.MONTHLY).first()


def living_monthly(account: str) -> list[str]:
    """Return the purposes of the monthly gifts that Stripe collects on an account."""
    rows = Payment.objects.filter(account=account, state=states.BEGUN)
    return list(rows.order_by("created_at", "id").values_list("purpose", flat=True))


def unfinished_payments(purposes: Collection[str]) -> list[Payment]:
    """Return the attempts for `purposes` that are under way, the oldest first."""
    rows = Payment.objects.filter(purpose__in=purposes, state__in=states.UNFINISHED)
    return list(rows.order_by("created_at", "id"))


def unfinished_purposes(purposes: Collection[str]) -> set[str]:
    """Return those of `purposes` for which an attempt to pay is still under way."""
    rows = Payment.objects.filter(purpose__in=purposes, state__in=states.UNFINISHED)
    return set(rows.values_list("purpose", flat=True))


def accounts_paid_on(*, since: datetime) -> list[str]:
    """Return the Stripe accounts whose money may have moved since then; our own is always one.

    Those are left out whose connection has ended: Stripe tells nothing of them.
    """
    moves = Q(created_at__gte=since) | Q(state=states.BEGUN)
    accounts = Payment.objects.filter(moves).values_list("account", flat=True)
    paid_out = Payout.objects.filter(made_at__gte=since).values_list("account", flat=True)
    known = {"", *accounts.distinct(), *paid_out.distinct()}
    return sorted(known - set(lost_accounts()))


def first_payment_at(account: str) -> datetime | None:
    """Return when the first payment of ours was begun on the account, if there was one."""
    rows = Payment.objects.filter(account=account)
    return rows.order_by("created_at").values_list("created_at", flat=True).first()


def can_be_ours(first_at: datetime | None, *, moved_at: datetime) -> bool:
    """Tell whether money that moved then can be ours: the account may have other uses."""
    return first_at is not None and first_at <= moved_at + CLOCKS_DIFFER


def references_on(accounts: Collection[str]) -> set[str]:
    """Return how the book names what moved on these accounts."""
    if not accounts:
        return set()
    payments = Payment.objects.filter(account__in=accounts)
    refunds = Refund.objects.filter(payment__account__in=accounts).values_list("id", flat=True)
    movements = DisputeMovement.objects.filter(dispute__payment__account__in=accounts)
    return {
        *payments.values_list("purpose", flat=True),
        *(f"refund:{pk}" for pk in refunds),
        *movements.values_list("id", flat=True),
        *Payout.objects.filter(account__in=accounts).values_list("id", flat=True),
    }


@dataclass(frozen=True, slots=True)
class PaidOutSoFar:
    """What has arrived at a bank: how much, in how many payouts, and the day of the last."""

    amount: Money
    payouts: int
    last_on: date


def paid_out_to(organisation_id: UUID, currency: str) -> PaidOutSoFar | None:
    """Return what has arrived at the committee's bank so far, if anything has."""
    arrived = Payout.objects.filter(
        owner=str(organisation_id), currency=currency, state=payout_states.PAID
    ).aggregate(sum=Sum("amount_minor"), payouts=Count("id"), last_on=Max("arrived_on"))
    if not arrived["payouts"]:
        return None
    return PaidOutSoFar(Money(arrived["sum"], currency), arrived["payouts"], arrived["last_on"])


def unmatched_money(*, before: datetime) -> list[str]:
    """Return the events received before then that tell of our money and match no payment."""
    rows = StripeEvent.objects.filter(
        state=StripeEvent.State.UNMATCHED, type__in=MONEY_EVENTS, received_at__lt=before
    )
    return list(rows.order_by("received_at", "id").values_list("id", flat=True))


def has_open_dispute(purpose: str) -> bool:
    """Whether the payer's bank has the money of this purpose until it decides."""
    return Dispute.objects.filter(
        payment__purpose=purpose,
        payment__state=states.SUCCEEDED,
        state=dispute_states.OPEN,
    ).exists()


def settled_payment(purpose: str) -> Payment | None:
    """Return the payment that brought the money of `purpose`."""
    return Payment.objects.filter(purpose=purpose, state=states.SUCCEEDED).first()


def is_known_refund(refund_id: UUID) -> bool:
    """Whether the refund of this id was asked for already."""
    return Refund.objects.filter(pk=refund_id).exists()


def left_to_refund(purpose: str) -> Money | None:
    """Return what of the settled payment has neither gone back nor been asked back."""
    payment = settled_payment(purpose)
    if payment is None:
        return None
    return Money(payment.amount_minor - payment.returned_minor, payment.currency)


def refund_exists(refund_id: UUID) -> bool:
    """Return whether this refund was asked for, whatever became of it."""
    return Refund.objects.filter(pk=refund_id).exists()


def refund_by_id(refund_id: UUID) -> Refund:
    """Return the refund with its payment. Raises Refund.DoesNotExist."""
    return Refund.objects.select_related("payment").get(pk=refund_id)


def dispute_by_id(dispute_id: str) -> Dispute:
    """Return the dispute with its payment. Raises Dispute.DoesNotExist."""
    return Dispute.objects.select_related("payment").get(pk=dispute_id)


def refunds_for(purpose: str) -> list[Refund]:
    """Return every refund of what was paid for `purpose`, the first asked for first."""
    rows = Refund.objects.select_related("payment").filter(
        payment__purpose=purpose, payment__state=states.SUCCEEDED
    )
    return list(rows.order_by("created_at", "id"))


def disputes_for(purpose: str) -> list[Dispute]:
    """Return every dispute of what was paid for `purpose`, the first opened first."""
    rows = Dispute.objects.select_related("payment").filter(
        payment__purpose=purpose, payment__state=states.SUCCEEDED
    )
    return list(rows.order_by("opened_at", "id"))


def returned_by_purpose(*, kind: str = "pledge") -> dict[str, int]:
    """Return in minor units what refunds sent and lost disputes took of each settled payment.

    `kind` is how the purposes begin, such as "pledge" or "invoice".
    """
    back: Counter[str] = Counter()
    settled = {"payment__state": states.SUCCEEDED, "payment__purpose__startswith": f"{kind}:"}
    sent = Refund.objects.filter(state=refund_states.SENT, **settled)
    for purpose, minor in sent.values_list("payment__purpose", "amount_minor"):
        back[purpose] += minor
    lost = Dispute.objects.filter(taken_minor__gt=0, **settled)
    for purpose, minor in lost.values_list("payment__purpose", "taken_minor"):
        back[purpose] += minor
    return dict(back)


def sent_refunds(*, kind: str = "pledge") -> dict[str, int]:
    """Return the refunds of settled payments that left, as the book names them, in minor units."""
    sent = Refund.objects.filter(
        state=refund_states.SENT,
        payment__state=states.SUCCEEDED,
        payment__purpose__startswith=f"{kind}:",
    )
    return {f"refund:{pk}": minor for pk, minor in sent.values_list("id", "amount_minor")}


def withheld_by_purpose(*, kind: str = "pledge") -> dict[str, int]:
    """Return in minor units what disputes that are not lost hold of each settled payment."""
    held: Counter[str] = Counter()
    moved = DisputeMovement.objects.exclude(dispute__state=dispute_states.LOST).filter(
        dispute__payment__state=states.SUCCEEDED,
        dispute__payment__purpose__startswith=f"{kind}:",
    )
    for purpose, minor in moved.values_list("dispute__payment__purpose", "amount_minor"):
        held[purpose] -= minor
    return {purpose: minor for purpose, minor in held.items() if minor}


def open_checkout_for(purpose: str) -> OpenCheckout | None:
    """Return Stripe's page that waits for this purpose, if one is open."""
    payment = latest_payment(purpose)
    if payment and payment.state == states.OPEN and payment.kind != Payment.Kind.CHARGE:
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


def platform_fee(amount: Money, *, account: str) -> Money:
    """Return what the platform keeps of `amount` on a committee's own account, rounded down.

    Never more than Stripe leaves. Without an account there is nobody to take it from: the money is
    the installation's own, and Stripe knows no such fee there.
    """
    if not account:
        return Money(0, amount.currency)
    step = multiple(amount.currency)
    minor = amount.minor * settings.PLATFORM_FEE_PER_TEN_THOUSAND // 10_000 // step * step
    left = amount - estimated_fee(amount)
    return Money(min(minor, left.minor), amount.currency)


def estimated_parts(gift: Money, cover: Money, *, account: str) -> FeeParts:
    """Return what is expected to become of a gift before Stripe has told its fee."""
    gross = gift + cover
    return FeeParts(
        gift, cover, estimated_fee(gross), platform_fee(gross, account=account), is_estimate=True
    )


def cover_for(gift: Money, *, account: str = "") -> Money:
    """Return the least that must be added so that, by the estimate, all of `gift` arrives."""
    step = multiple(gift.currency)
    cover = Money(0, gift.currency)
    while (missing := gift - estimated_parts(gift, cover, account=account).net).minor > 0:
        cover = cover + Money(-(-missing.minor // step) * step, gift.currency)
    return cover


def _rate(currency: str) -> tuple[int, int]:
    per_ten_thousand: int = settings.STRIPE_FEE_PER_TEN_THOUSAND
    fixed: dict[str, int] = settings.STRIPE_FEE_FIXED_MINOR
    return per_ten_thousand, fixed.get(currency, 0)
