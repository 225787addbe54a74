"""What payments announce. `purpose` is what the caller named the payment, e.g. "pledge:<uuid>"."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backend.money import Money


@dataclass(frozen=True, slots=True)
class AccountLost:
    """A committee's account is no longer connected: of what is open there we hear no more."""

    account: str
    organisation_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class CheckoutOpened:
    """A page of Stripe waits for the person."""

    purpose: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PaymentProcessing:
    """The person has done their part; a slow method will tell days later."""

    purpose: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PaymentSettled:
    """Stripe holds the money: `amount` gross, of which it keeps `fee` (None: not known yet).

    `platform_fee` is what it took for the platform.
    """

    purpose: str
    amount: Money
    fee: Money | None
    livemode: bool
    at: datetime
    platform_fee: Money | None = None


@dataclass(frozen=True, slots=True)
class FeeBecameKnown:
    """Stripe told its fee after the money had been booked without one."""

    purpose: str
    fee: Money
    at: datetime
    platform_fee: Money | None = None


@dataclass(frozen=True, slots=True)
class PaymentFailed:
    """A slow method did not bring the money."""

    purpose: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CardSaved:
    """A card is saved at Stripe, to be charged later; no money has moved."""

    purpose: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ChargeDeclined:
    """A saved card was not charged. `needs_authentication`: the bank wants to ask its holder."""

    purpose: str
    needs_authentication: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class MonthlyBegun:
    """The person has agreed to a monthly gift on Stripe's page, which from now on collects it."""

    purpose: str
    at: datetime


@dataclass(frozen=True, slots=True)
class InvoiceSettled:
    """Stripe collected one month of `monthly`: `amount` gross, of which it keeps `fee`.

    `purpose` is what this one payment is called, by its invoice; `charged_at` is Stripe's moment.
    """

    purpose: str
    monthly: str
    amount: Money
    fee: Money | None
    charged_at: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class MonthlySeen:
    """What is true at Stripe of a monthly gift now.

    `standing` is a word of ours: active, past_due, paused, stopped (it was wished) or lapsed
    (Stripe gave up). `unpaid_invoice` names the invoice whose payment failed last, with the
    moment of the next try; `next_on` is when the next month begins, `ends_on` when it stops by
    itself.
    """

    purpose: str
    standing: str
    amount: Money
    card_label: str
    next_on: datetime | None
    ends_on: datetime | None
    unpaid_invoice: str
    tried_again_at: datetime | None
    at: datetime


@dataclass(frozen=True, slots=True)
class PaymentExpired:
    """The person left Stripe's page, or none opened; nothing was charged."""

    purpose: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PaymentQuarantined:
    """Stripe tells another amount, currency or mode than we asked for; a person must look."""

    purpose: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PaymentReturned:
    """Wrong money, which was in no book, went back to the person."""

    purpose: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SecondPaymentReturned:
    """The money of `payment`, which came beside the one that counts, went back to the payer.

    `number` is 1, and more where the payer's bank sent it back and it went again.
    """

    purpose: str
    payment: str
    number: int
    amount: Money
    at: datetime


@dataclass(frozen=True, slots=True)
class MoneySentBack:
    """`amount` of a settled payment left Stripe's balance for the payer; `refund` names why."""

    purpose: str
    refund: str
    amount: Money
    at: datetime


@dataclass(frozen=True, slots=True)
class MoneyCameBack:
    """The payer's bank sent back what had been refunded: it is in Stripe's balance again."""

    purpose: str
    refund: str
    amount: Money
    at: datetime


@dataclass(frozen=True, slots=True)
class MoneyThereAndBack:
    """A refund of which we heard only when the payer's bank had sent it back.

    Its sum was free again, and has been given back otherwise: both movements are one fact by now.
    """

    purpose: str
    refund: str
    amount: Money
    at: datetime


@dataclass(frozen=True, slots=True)
class DisputeMoved:
    """A dispute took `amount` from Stripe's balance (less than nothing), or brought it back.

    `fee` is what Stripe keeps for it, or gives back (less than nothing).
    """

    purpose: str
    movement: str
    amount: Money
    fee: Money
    at: datetime


@dataclass(frozen=True, slots=True)
class DisputeChanged:
    """A dispute of a settled payment was opened, or decided for the committee."""

    purpose: str
    dispute: str
    state: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DisputeLost:
    """The payer's bank keeps the money: `taken` of the gift, and `beyond` what was left of it."""

    purpose: str
    dispute: str
    taken: Money
    beyond: Money
    at: datetime
