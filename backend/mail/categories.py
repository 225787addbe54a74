"""Which letters there are, and which of them a person may decline.

A kind that stands here in no category cannot be queued. What is about somebody's money, about
getting into an account, or asks a committee to act in time is always sent, and says at its foot
why. Everything else can be declined, by one click in the letter.
"""

from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Category(StrEnum):
    """What a letter is about, as far as it matters for declining it."""

    MONEY = "money"
    ACCOUNT = "account"
    COMMITTEE = "committee"
    NEWS = "news"


DECLINABLE = (Category.NEWS,)
KINDS: dict[str, Category] = {
    "pledge_receipt": Category.MONEY,
    "pledge_processing": Category.MONEY,
    "pledge_failed": Category.MONEY,
    "pledge_refunded": Category.MONEY,
    "pledge_refund_failed": Category.MONEY,
    "pledge_secured": Category.MONEY,
    "pledge_changed": Category.MONEY,
    "pledge_withdrawn": Category.MONEY,
    "pledge_released": Category.MONEY,
    "pledge_card_failed": Category.MONEY,
    "pledge_dropped": Category.MONEY,
    "pledge_too_late": Category.MONEY,
    "pledge_extended": Category.MONEY,
    "pledge_paid_twice": Category.MONEY,
    "pledge_code": Category.MONEY,
    "monthly_receipt": Category.MONEY,
    "monthly_failed": Category.MONEY,
    "monthly_paused": Category.MONEY,
    "monthly_resumed": Category.MONEY,
    "monthly_changed": Category.MONEY,
    "monthly_stopped": Category.MONEY,
    "monthly_lapsed": Category.MONEY,
    "monthly_refunded": Category.MONEY,
    "monthly_out_of_reach": Category.MONEY,
    "pledge_account_lost": Category.MONEY,
    "dispute_opened": Category.COMMITTEE,
    "stripe_bank_changed": Category.COMMITTEE,
    "stripe_ready": Category.COMMITTEE,
    "stripe_restricted": Category.COMMITTEE,
    "stripe_deauthorised": Category.COMMITTEE,
    "project_succeeded": Category.NEWS,
    "project_delivered": Category.NEWS,
    "account_account_already_exists": Category.ACCOUNT,
    "account_email_changed": Category.ACCOUNT,
    "account_email_confirm": Category.ACCOUNT,
    "account_email_confirmation": Category.ACCOUNT,
    "account_email_confirmation_signup": Category.ACCOUNT,
    "account_email_deleted": Category.ACCOUNT,
    "account_login_code": Category.ACCOUNT,
    "account_password_changed": Category.ACCOUNT,
    "account_password_reset": Category.ACCOUNT,
    "account_password_reset_key": Category.ACCOUNT,
    "account_password_set": Category.ACCOUNT,
    "account_unknown_account": Category.ACCOUNT,
    "account_recovery_codes_generated": Category.ACCOUNT,
    "account_totp_activated": Category.ACCOUNT,
    "account_totp_deactivated": Category.ACCOUNT,
    "account_webauthn_added": Category.ACCOUNT,
    "account_webauthn_removed": Category.ACCOUNT,
}
# What people call a category, and what is in it.
NAMES: dict[Category, tuple[Promise, Promise]] = {
    Category.MONEY: (
        _("Your money"),
        _("Receipts, saved cards, failed payments, refunds, a deadline that moves."),
    ),
    Category.ACCOUNT: (
        _("Your account"),
        _("Codes and links to sign in, a new password or address."),
    ),
    Category.COMMITTEE: (
        _("Your committee’s money"),
        _("A bank asks for a gift back, and when to answer."),
    ),
    Category.NEWS: (
        _("News of projects you gave to"),
        _("That a project goes ahead, and what became of it."),
    ),
}


class UnknownKind(LookupError):
    """No category says whether this letter may be declined."""


def category_of(kind: str) -> Category:
    """Return the category of a kind of letter. Raises UnknownKind."""
    try:
        return KINDS[kind]
    except KeyError as unknown:
        raise UnknownKind(kind) from unknown


def is_declinable(kind: str) -> bool:
    """Tell whether a person may decline letters of this kind."""
    return category_of(kind) in DECLINABLE
