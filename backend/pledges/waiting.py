"""Why a project that is open takes no pledges all the same: its committee's account at Stripe.

Nobody may begin a pledge that cannot be charged. What is said here is read on the project's page,
on the pledge's form and in the API.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from django.utils import translation
from django.utils.translation import gettext as _

from backend.common.moments import moment_in_words
from backend.payments.queries import account_waits
from backend.projects.models import Project


@dataclass(frozen=True, slots=True)
class PledgesWait:
    """Why, in a word for programs and in words for people; `until` where it ends by itself."""

    code: str
    text: str
    until: datetime | None

    def seconds_from(self, at: datetime) -> int:
        """Return after how many seconds it ends by itself; 0 where nobody knows."""
        return ceil(max(self.until - at, timedelta()).total_seconds()) if self.until else 0


def why_pledges_wait(
    project: Project, *, at: datetime, account: str | None = None
) -> PledgesWait | None:
    """Return why nobody can begin a pledge to the project at `at`, or None.

    `account` is where the money goes, if not where the committee's new pledges go.
    """
    where = project.committee.stripe_account if account is None else account
    waits = account_waits(where, at=at)
    if waits is None:
        return None
    if waits.until is None:
        text = _(
            "The committee’s account at Stripe cannot take payments just now. The committee knows;"
            " please come back later."
        )
        return PledgesWait("account_not_ready", text, None)
    language = translation.get_language() or "en"
    zone = project.home_city.time_zone
    text = _(
        "The committee’s bank account has changed. To be safe, no pledges are taken until"
        " %(until)s."
    )
    words = {"until": moment_in_words(waits.until, zone, language)}
    return PledgesWait("account_paused", text % words, waits.until)
