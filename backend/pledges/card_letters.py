"""What the letters about a saved card say, in the language that is active."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from backend.common.moments import moment_in_words
from backend.common.translated import text_in
from backend.money.display import format_money
from backend.pledges import states
from backend.pledges.consent import deadline_in_words
from backend.pledges.models import Pledge
from backend.pledges.recovery import WINDOW


@dataclass(frozen=True, slots=True)
class CardLetter:
    """A letter's subject, heading, paragraphs, and what its link is for."""

    subject: str
    heading: str
    paragraphs: tuple[str, ...]
    action: str


def card_letter(letter: str, pledge: Pledge) -> CardLetter:
    """Return the letter of that name about the pledge. Raises KeyError if there is none."""
    return LETTERS[letter](pledge, _words(pledge))


def _words(pledge: Pledge) -> dict[str, str]:
    project, language = pledge.project, pledge.language
    return {
        "title": text_in(project.title, language, project.default_language).text,
        "gross": format_money(pledge.gross, language),
        "minimum": format_money(project.minimum, language, short=True),
        "deadline": deadline_in_words(project),
    }


def _agreed(words: dict[str, str]) -> str:
    return (
        _(
            "Your card is charged once, with %(gross)s, after %(deadline)s, and only if %(minimum)s"
            " or more is promised by then. If not, it is let go and you pay nothing."
        )
        % words
    )


def _secured(pledge: Pledge, words: dict[str, str]) -> CardLetter:
    return CardLetter(
        subject=_("Your pledge to %(title)s counts") % words,
        heading=_("Your pledge counts"),
        paragraphs=(
            _("You promise %(gross)s to “%(title)s”. Nothing has been charged.") % words,
            _agreed(words),
            _("Until that moment you can change or withdraw your pledge by the link below."),
        ),
        action=_("See, change or withdraw your pledge"),
    )


def _changed(pledge: Pledge, words: dict[str, str]) -> CardLetter:
    return CardLetter(
        subject=_("Your pledge to %(title)s is changed") % words,
        heading=_("Your pledge is changed"),
        paragraphs=(
            _("You now promise %(gross)s to “%(title)s”. Nothing has been charged.") % words,
            _agreed(words),
        ),
        action=_("See, change or withdraw your pledge"),
    )


def _withdrawn(pledge: Pledge, words: dict[str, str]) -> CardLetter:
    return CardLetter(
        subject=_("Your pledge to %(title)s is withdrawn") % words,
        heading=_("Your pledge is withdrawn"),
        paragraphs=(
            _(
                "Your pledge of %(gross)s to “%(title)s” no longer counts. Your card is let go;"
                " nothing was charged, and nothing will be."
            )
            % words,
        ),
        action=_("See your pledge"),
    )


def _released(pledge: Pledge, words: dict[str, str]) -> CardLetter:
    return CardLetter(
        subject=_("%(title)s does not go ahead: nobody was charged") % words,
        heading=_("Nobody was charged"),
        paragraphs=(
            _(
                "“%(title)s” closed on %(deadline)s with less than the %(minimum)s that it needed,"
                " so it does not go ahead."
            )
            % words,
            _("Nobody was charged, and neither were you. Your card is let go."),
            _("Thank you for having stood by it."),
        ),
        action=_("See your pledge"),
    )


def _account_lost(pledge: Pledge, words: dict[str, str]) -> CardLetter:
    return CardLetter(
        subject=_("%(title)s is suspended") % words,
        heading=_("The campaign is suspended"),
        paragraphs=(
            _(
                "The account at Stripe of the committee behind “%(title)s” is no longer connected"
                " to this site, so the campaign is suspended."
            )
            % words,
            _what_becomes_of(pledge) % words,
            _("If the campaign goes on, its page will say so, and you can pledge again."),
        ),
        action=_("See your pledge"),
    )


def _what_becomes_of(pledge: Pledge) -> str:
    if pledge.is_processing or pledge.state in (states.CHARGING, states.FAILING):
        return _(
            "Your payment of %(gross)s is under way there, and we cannot see what becomes of it."
            " Please ask the committee."
        )
    if pledge.state == states.PENDING:
        return _(
            "Your pledge of %(gross)s is not paid. If Stripe’s page is still open, please do not"
            " pay there. If you have paid already, ask the committee."
        )
    return _(
        "Your pledge of %(gross)s no longer counts. Your card was not charged, and it is let go."
    )


def _card_failed(pledge: Pledge, words: dict[str, str]) -> CardLetter:
    return CardLetter(
        subject=_("Your card was not charged for %(title)s") % words,
        heading=_("Your pledge needs your help"),
        paragraphs=(
            _(
                "“%(title)s” reached its minimum. We asked your bank for %(gross)s, as agreed, and"
                " it said no. Nothing was charged."
            )
            % words,
            _("Your bank wants you to confirm the payment yourself. You can also use another card.")
            if pledge.needs_authentication
            else _("You can pay with another card, or with this one once your bank allows it."),
            _(
                "There is time until %(until)s. After that your pledge is dropped and nothing is"
                " charged."
            )
            % {"until": _until(pledge)},
        ),
        action=_("See what you can do"),
    )


def _until(pledge: Pledge) -> str:
    began = pledge.failing_since or pledge.made_at
    zone = pledge.project.home_city.time_zone
    return moment_in_words(began + WINDOW, zone, pledge.language)


def _dropped(pledge: Pledge, words: dict[str, str]) -> CardLetter:
    return CardLetter(
        subject=_("Your pledge to %(title)s was dropped") % words,
        heading=_("Your pledge was dropped"),
        paragraphs=(
            _(
                "Your card could not be charged for “%(title)s” within a week, so your pledge of"
                " %(gross)s no longer counts. Nothing was charged, and your card is let go."
            )
            % words,
        ),
        action=_("See your pledge"),
    )


def _too_late(pledge: Pledge, words: dict[str, str]) -> CardLetter:
    return CardLetter(
        subject=_("Your pledge to %(title)s came too late") % words,
        heading=_("Your pledge came too late"),
        paragraphs=(
            _(
                "“%(title)s” had ended before your card was saved. The card is let go and nothing"
                " was charged."
            )
            % words,
        ),
        action=_("See your pledge"),
    )


def _extended(pledge: Pledge, words: dict[str, str]) -> CardLetter:
    extension = pledge.project.extension
    reason = text_in(extension.reason, pledge.language, pledge.project.default_language).text
    old = moment_in_words(
        extension.old_closes_at, pledge.project.home_city.time_zone, pledge.language
    )
    return CardLetter(
        subject=_("%(title)s takes pledges for longer") % words,
        heading=_("The deadline has moved"),
        paragraphs=(
            _("“%(title)s” was to close on %(old)s. It now closes on %(deadline)s.")
            % {**words, "old": old},
            _("The committee says: %(reason)s") % {"reason": reason},
            _(
                "Your pledge of %(gross)s stands, and your card is charged after the new deadline"
                " only. If you do not want that, withdraw it by the link below."
            )
            % words,
        ),
        action=_("See, change or withdraw your pledge"),
    )


LETTERS: dict[str, Callable[[Pledge, dict[str, str]], CardLetter]] = {
    "secured": _secured,
    "changed": _changed,
    "withdrawn": _withdrawn,
    "released": _released,
    "card_failed": _card_failed,
    "dropped": _dropped,
    "too_late": _too_late,
    "extended": _extended,
    "account_lost": _account_lost,
}
