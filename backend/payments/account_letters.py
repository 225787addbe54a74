"""What those who answer for a committee's money are told of its account at Stripe."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from backend.common.moments import moment_in_words
from backend.mail.operations import queue_mail
from backend.organisations.queries import answerable_for
from backend.payments import account_states as states
from backend.payments.models import StripeAccount


@dataclass(frozen=True, slots=True)
class AccountLetter:
    """A letter's subject, which is its heading too, and its paragraphs."""

    subject: str
    paragraphs: tuple[str, ...]


def write_about_account(*, letter: str, account_id: str, at: datetime) -> None:
    """Queue a letter to the committee's chair and treasurer, each once for what it tells of."""
    account = StripeAccount.objects.select_related("organisation__city").get(account_id=account_id)
    committee = account.organisation
    for seat in answerable_for(committee.pk):
        language = seat.user.language
        address = settings.COMMITTEE_STRIPE_ADDRESS.format(language=language, slug=committee.slug)
        with translation.override(language):
            words = LETTERS[letter](account, language)
            queue_mail(
                kind=f"stripe_{letter}",
                reference=_reference(account, letter),
                recipient=seat.user.email,
                language=language,
                subject=words.subject[:200],
                template="stripe_account",
                context=sheet_of(words, f"{settings.SITE_URL}{address}"),
                at=at,
            )


def sheet_of(words: AccountLetter, address: str) -> dict[str, object]:
    """Return what the sheet of such a letter shows."""
    return {
        "heading": words.subject,
        "paragraphs": words.paragraphs,
        "address": address,
        "site_name": settings.SITE_NAME,
        "is_demo": settings.IS_DEMO,
    }


def _reference(account: StripeAccount, letter: str) -> str:
    """Name what the letter tells of, so that it is told once."""
    if letter == "bank_changed":
        return f"{account.account_id}:{account.bank_changed_at:%Y%m%dT%H%M%S}"
    came = account.transitions.filter(new=letter).order_by("-id").first()
    return f"{account.account_id}:{came.pk if came else 0}"


def _bank_changed(account: StripeAccount, language: str) -> AccountLetter:
    zone = account.organisation.city.time_zone
    until = moment_in_words(account.paused_until or account.created_at, zone, language)
    words = {"committee": account.organisation.name, "until": until}
    return AccountLetter(
        subject=_("The bank account of %(committee)s at Stripe has changed") % words,
        paragraphs=(
            _("Somebody has given Stripe another bank account for the gifts to %(committee)s.")
            % words,
            _("To be safe, nobody can begin a pledge to your projects until %(until)s.") % words,
            _(
                "If it was one of you, there is nothing to do. If not, sign in to Stripe now,"
                " change the password, put the right bank account in place and write to us."
            ),
        ),
    )


def _ready(account: StripeAccount, language: str) -> AccountLetter:
    words = {"committee": account.organisation.name}
    return AccountLetter(
        subject=_("The account of %(committee)s at Stripe is ready") % words,
        paragraphs=(_("Gifts to your projects now go straight to your own account at Stripe."),),
    )


def _restricted(account: StripeAccount, language: str) -> AccountLetter:
    words = {"committee": account.organisation.name}
    return AccountLetter(
        subject=_("Stripe takes no payments for %(committee)s now") % words,
        paragraphs=(
            _("Nobody can pledge to your projects until Stripe takes payments again."),
            _("Your page says what Stripe is missing, and takes you there."),
        ),
    )


def _deauthorised(account: StripeAccount, language: str) -> AccountLetter:
    words = {"committee": account.organisation.name}
    return AccountLetter(
        subject=_("The account of %(committee)s at Stripe is no longer connected") % words,
        paragraphs=(
            _("The connection between your account at Stripe and this site has ended."),
            _(
                "Your open campaigns are suspended, and everybody with an open pledge is told."
                " Saved cards cannot be charged. If that was a mistake, write to us."
            ),
        ),
    )


LETTERS: dict[str, Callable[[StripeAccount, str], AccountLetter]] = {
    "bank_changed": _bank_changed,
    states.READY: _ready,
    states.RESTRICTED: _restricted,
    states.DEAUTHORISED: _deauthorised,
}
