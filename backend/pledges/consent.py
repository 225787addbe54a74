"""The words by which somebody lets us save a card: what is charged, when, how much at most.

Stripe and the rules of cards ask that people are told how a saved card will be used, and agree.
When the text changes in what it says, `CONSENT_VERSION` changes; what was agreed to is kept with
each version of a pledge, word for word.
"""

from typing import TYPE_CHECKING

from django.utils import translation
from django.utils.translation import gettext as _

from backend.common.moments import moment_in_words
from backend.money import Money
from backend.money.display import format_money

if TYPE_CHECKING:
    from backend.projects.models import Project

CONSENT_VERSION = "2026-11"


def consent_words(project: "Project", sum_at_most: Money | None, language: str) -> str:
    """Return the text to agree to, with the sum, or before one is known with "the sum above"."""
    most = format_money(sum_at_most, language) if sum_at_most else _("the sum above")
    return _(
        "I let %(committee)s save my card at Stripe and charge it once, with %(most)s at most,"
        " after %(deadline)s, and only if %(minimum)s or more is promised by then. Until that"
        " moment I can change or withdraw my pledge by the link in the mail. If the campaign is"
        " extended, which may happen once and by 30 days at most, I am told first. If it misses"
        " its minimum, my card is let go and nothing is charged."
    ) % {
        "committee": project.committee.legal_name,
        "most": most,
        "deadline": moment_in_words(project.closes_at, project.home_city.time_zone, language),
        "minimum": format_money(project.minimum, language, short=True),
    }


def deadline_in_words(project: "Project") -> str:
    """Return the project's deadline on its home city's clock, in the active language."""
    language = translation.get_language() or "en"
    return moment_in_words(project.closes_at, project.home_city.time_zone, language)
