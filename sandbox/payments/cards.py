"""Stripe's published test numbers, and what each of them does.

Source: https://docs.stripe.com/testing (cards by brand, declined payments, 3-D Secure, SEPA debit).
"""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.errors import Declined, Refusal

NEVER, UNLESS_SET_UP, ALWAYS = "never", "unless_set_up", "always"


@dataclass(frozen=True)
class Card:
    """A test card: its brand, when it asks for 3-D Secure, and how it is declined."""

    number: str
    brand: str = "visa"
    authentication: str = NEVER
    decline: str = ""
    can_be_saved: bool = True
    available_at_once: bool = False
    dispute: str = ""  # the reason for which the payer's bank disputes it at once
    inquiry: bool = False
    fraud_warning: bool = False
    refund: str = ""  # “pending” for days, or “fails” after days


@dataclass(frozen=True)
class Decline:
    """Why an issuer says no: Stripe's code, the issuer's, and the sentence shown."""

    code: str
    decline_code: str
    sentence: str


DECLINES = {
    "generic_decline": Decline("card_declined", "generic_decline", "Your card was declined."),
    "insufficient_funds": Decline(
        "card_declined", "insufficient_funds", "Your card has insufficient funds."
    ),
    "lost_card": Decline("card_declined", "lost_card", "Your card was declined."),
    "stolen_card": Decline("card_declined", "stolen_card", "Your card was declined."),
    "expired_card": Decline("expired_card", "expired_card", "Your card has expired."),
    "incorrect_cvc": Decline(
        "incorrect_cvc", "incorrect_cvc", "Your card's security code is incorrect."
    ),
    "processing_error": Decline(
        "processing_error",
        "processing_error",
        "An error occurred while processing your card. Try again in a little bit.",
    ),
    "live_card": Decline(
        "card_declined",
        "test_mode_live_card",
        "Your card was declined. Your request was in test mode, but used a non test card.",
    ),
    "authentication_required": Decline(
        "authentication_required",
        "authentication_required",
        "Your card was declined. This transaction requires authentication.",
    ),
    "authentication_refused": Decline(
        "payment_intent_authentication_failure",
        "",
        "We are unable to authenticate your payment method. Please choose a different payment"
        " method and try again.",
    ),
    "bank_refused": Decline(
        "payment_intent_payment_attempt_failed",
        "",
        "The payment failed: the bank did not approve it.",
    ),
    "bank_failed": Decline(
        "payment_method_provider_decline", "", "The bank did not carry out the payment."
    ),
    "debit_failed": Decline(
        "payment_method_provider_decline", "", "The bank did not carry out the direct debit."
    ),
}

CARDS = {
    card.number: card
    for card in (
        Card("4242424242424242"),
        Card("5555555555554444", brand="mastercard"),
        Card("378282246310005", brand="amex"),
        Card("4000000000000077", available_at_once=True),
        Card("4000000000000259", dispute="fraudulent"),
        Card("4000000000002685", dispute="product_not_received"),
        Card("4000000000001976", dispute="fraudulent", inquiry=True),
        Card("4000000000005423", fraud_warning=True),
        Card("4000000000007726", refund="pending"),
        Card("4000000000005126", refund="fails"),
        Card("4000000000000002", decline="generic_decline", can_be_saved=False),
        Card("4000000000009995", decline="insufficient_funds", can_be_saved=False),
        Card("4000000000009987", decline="lost_card", can_be_saved=False),
        Card("4000000000009979", decline="stolen_card", can_be_saved=False),
        Card("4000000000000069", decline="expired_card", can_be_saved=False),
        Card("4000000000000127", decline="incorrect_cvc", can_be_saved=False),
        Card("4000000000000119", decline="processing_error", can_be_saved=False),
        Card("4000000000000341", decline="generic_decline"),
        Card("4000002500003155", authentication=UNLESS_SET_UP),
        Card("4000002760003184", authentication=ALWAYS),
        Card("4000008260003178", authentication=ALWAYS, decline="insufficient_funds"),
        Card(
            "4000008400001629", authentication=ALWAYS, decline="generic_decline", can_be_saved=False
        ),
    )
}

TEST_METHODS = {
    "pm_card_visa": "4242424242424242",
    "pm_card_mastercard": "5555555555554444",
    "pm_card_bypassPending": "4000000000000077",
    "pm_card_visa_chargeDeclined": "4000000000000002",
    "pm_card_chargeDeclined": "4000000000000002",
    "pm_card_visa_chargeDeclinedInsufficientFunds": "4000000000009995",
    "pm_card_chargeDeclinedInsufficientFunds": "4000000000009995",
    "pm_card_chargeCustomerFail": "4000000000000341",
    "pm_card_createDispute": "4000000000000259",
    "pm_card_createDisputeProductNotReceived": "4000000000002685",
    "pm_card_createDisputeInquiry": "4000000000001976",
    "pm_card_pendingRefund": "4000000000007726",
    "pm_card_refundFail": "4000000000005126",
    "pm_card_authenticationRequiredOnSetup": "4000002500003155",
    "pm_card_authenticationRequired": "4000002760003184",
}
TEST_IBAN = "AT611904300234573201"


def read_card(number: str) -> Card:
    """Return the test card with this number, spaces ignored.

    Raises Declined for a number no card can have and for one that is not a test card.
    """
    digits = number.replace(" ", "").replace("-", "")
    if digits in CARDS:
        return CARDS[digits]
    if not digits.isdigit() or not 12 <= len(digits) <= 19 or not _adds_up(digits):
        raise Declined("Your card number is incorrect.", code="incorrect_number", param="number")
    return Card(digits, decline="live_card", can_be_saved=False)


def check_expiry(month: int, year: int, *, at_month: int, at_year: int) -> None:
    """Refuse a date that is not in the future; raises Declined."""
    if not 1 <= month <= 12:
        raise Declined(
            "Your card's expiration month is invalid.",
            code="invalid_expiry_month",
            param="exp_month",
        )
    if year < at_year or year > at_year + 50 or (year == at_year and month < at_month):
        raise Declined(
            "Your card's expiration year is invalid.", code="invalid_expiry_year", param="exp_year"
        )


def check_iban(iban: str) -> str:
    """Return the IBAN without spaces; raises Refusal for one whose check digits are wrong."""
    compact = iban.replace(" ", "").upper()
    if not compact.isalnum() or not compact.isascii() or not 15 <= len(compact) <= 34:
        raise Refusal("The IBAN you provided is invalid.", code="invalid_bank_account_iban")
    rearranged = "".join(str(int(letter, 36)) for letter in compact[4:] + compact[:4])
    if int(rearranged) % 97 != 1:
        raise Refusal("The IBAN you provided is invalid.", code="invalid_bank_account_iban")
    return compact


def _adds_up(digits: str) -> bool:
    """Whether the check digit is right (Luhn)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (1 + place % 2)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0
