"""Samples of the letters about a committee's account at Stripe, of rows that are saved nowhere."""

from datetime import UTC, datetime
from functools import partial

from django.conf import settings
from django.utils.translation import get_language

from backend.cities.models import City
from backend.mail.previews import Sheet, sample
from backend.organisations.models import Organisation
from backend.payments.account_letters import LETTERS, sheet_of
from backend.payments.models import StripeAccount

NOON = datetime(2030, 6, 1, 12, 0, tzinfo=UTC)


def _sheet(letter: str) -> Sheet:
    city = City(name="Sampletown", country="BE", time_zone="Europe/Brussels")
    committee = Organisation(name="Sister Cities", city=city)
    account = StripeAccount(organisation=committee, created_at=NOON, bank_changed_at=NOON)
    words = LETTERS[letter](account, get_language() or "en")
    return Sheet(words.subject, "stripe_account", sheet_of(words, f"{settings.SITE_URL}/sample/"))


for _letter in LETTERS:
    sample(f"stripe_{_letter}", partial(_sheet, _letter))
