"""What the letters about a monthly gift say, in the language that is active."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from backend.common.moments import moment_in_words
from backend.giving.models import Instalment, MonthlyGift
from backend.money import Money
from backend.money.display import format_money


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter's subject, heading, paragraphs, and what its link is for."""

    subject: str
    heading: str
    paragraphs: tuple[str, ...]
    action: str


def words_of(gift: MonthlyGift) -> dict[str, str]:
    """Return what every letter may name."""
    return {
        "committee": gift.committee.name,
        "gross": format_money(gift.gross, gift.language),
    }


def receipt_letter(gift: MonthlyGift, instalment: Instalment, *, is_first: bool) -> Letter:
    """Return the letter that thanks for one month; the first one says how to stop."""
    amount = format_money(instalment.amount, gift.language)
    words = words_of(gift) | {"amount": amount, "legal": gift.committee.legal_name}
    begun = _(
        "Your card is charged every month until you stop it. You need no account: by the link"
        " below you change the sum, pause or stop whenever you like."
    )
    return Letter(
        subject=_("Your receipt for your monthly gift to %(committee)s") % words,
        heading=_("Thank you"),
        paragraphs=(
            _("%(committee)s received your monthly gift of %(amount)s.") % words,
            *([begun] if is_first else []),
            _("Receipt: %(number)s") % {"number": instalment.receipt_number},
            _("Received by: %(legal)s") % words,
            _("Your line in the ledger: %(reference)s")
            % {"reference": instalment.public_reference},
            _("This is a receipt, not a tax certificate."),
        ),
        action=_("See, change, pause or stop your monthly gift"),
    )


def refund_letter(gift: MonthlyGift, amount: Money) -> Letter:
    """Return the letter that says that money of a month is on its way back."""
    words = words_of(gift) | {"amount": format_money(amount, gift.language)}
    return Letter(
        subject=_("Money of your monthly gift to %(committee)s goes back to you") % words,
        heading=_("Money is on its way back to you"),
        paragraphs=(
            _(
                "%(committee)s gives you back %(amount)s of your monthly gift. It goes to the"
                " card or account with which you paid. Most banks take five to ten days."
            )
            % words,
            _("Your receipt now says so too."),
        ),
        action=_("See your monthly gift"),
    )


def _failed(gift: MonthlyGift, words: dict[str, str]) -> Letter:
    again = _("We do not know yet when your bank is asked again.")
    if gift.tried_again_at:
        zone = gift.committee.city.time_zone
        again = _("Your bank is asked again on %(moment)s.") % {
            "moment": moment_in_words(gift.tried_again_at, zone, gift.language)
        }
    return Letter(
        subject=_("Your monthly gift to %(committee)s was not charged") % words,
        heading=_("This month’s gift did not go through"),
        paragraphs=(
            _(
                "Your bank was asked for %(gross)s, as agreed, and it said no. Nothing was"
                " charged for this month."
            )
            % words,
            again,
            _(
                "You can use another card, pause or stop by the link below. If no payment comes,"
                " the gift ends by itself and you owe nothing."
            ),
        ),
        action=_("See what you can do"),
    )


def _paused(gift: MonthlyGift, words: dict[str, str]) -> Letter:
    return Letter(
        subject=_("Your monthly gift to %(committee)s is paused") % words,
        heading=_("Your monthly gift is paused"),
        paragraphs=(
            _("Nothing is charged until you go on. What you gave so far stays given.") % words,
        ),
        action=_("See your monthly gift"),
    )


def _resumed(gift: MonthlyGift, words: dict[str, str]) -> Letter:
    return Letter(
        subject=_("Your monthly gift to %(committee)s goes on") % words,
        heading=_("Your monthly gift goes on"),
        paragraphs=(
            _("%(gross)s is charged every month again, beginning with the next month.") % words,
        ),
        action=_("See, change, pause or stop your monthly gift"),
    )


def _changed(gift: MonthlyGift, words: dict[str, str]) -> Letter:
    return Letter(
        subject=_("Your monthly gift to %(committee)s is changed") % words,
        heading=_("Your monthly gift is changed"),
        paragraphs=(
            _("From the next month on you give %(gross)s a month.") % words,
            _("Nothing is charged for the change itself."),
        ),
        action=_("See, change, pause or stop your monthly gift"),
    )


def _stopped(gift: MonthlyGift, words: dict[str, str]) -> Letter:
    return Letter(
        subject=_("Your monthly gift to %(committee)s has stopped") % words,
        heading=_("Your monthly gift has stopped"),
        paragraphs=(
            _("Nothing is charged any more. Thank you for what you gave to %(committee)s.") % words,
            _("Your receipts stay where the link below leads."),
        ),
        action=_("See your monthly gift"),
    )


def _lapsed(gift: MonthlyGift, words: dict[str, str]) -> Letter:
    return Letter(
        subject=_("Your monthly gift to %(committee)s has ended") % words,
        heading=_("Your monthly gift has ended"),
        paragraphs=(
            _(
                "Your bank was asked several times for %(gross)s and no payment came. Nothing is"
                " charged any more and you owe nothing."
            )
            % words,
            _("Thank you for what you gave to %(committee)s. You can begin again at any time.")
            % words,
        ),
        action=_("See your monthly gift"),
    )


def _out_of_reach(gift: MonthlyGift, words: dict[str, str]) -> Letter:
    words = words | {"email": gift.committee.contact_email}
    return Letter(
        subject=_("We can no longer change your monthly gift to %(committee)s") % words,
        heading=_("We can no longer change this gift"),
        paragraphs=(
            _(
                "The account of %(committee)s at Stripe is no longer connected with us. Stripe may"
                " still charge your card: to stop that, write to %(email)s, or ask your bank."
            )
            % words,
            _("Your receipts stay where the link below leads."),
        ),
        action=_("See your monthly gift"),
    )


LETTERS: dict[str, Callable[[MonthlyGift, dict[str, str]], Letter]] = {
    "failed": _failed,
    "paused": _paused,
    "resumed": _resumed,
    "changed": _changed,
    "stopped": _stopped,
    "lapsed": _lapsed,
    "out_of_reach": _out_of_reach,
}
