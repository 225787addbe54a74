"""Samples of the letters about monthly gifts, made of rows that are saved nowhere."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

from django.utils.translation import get_language

from backend.cities.models import City
from backend.giving.letter_words import LETTERS, Letter, receipt_letter, refund_letter, words_of
from backend.giving.letters import sheet_of
from backend.giving.models import Instalment, MonthlyGift
from backend.mail.previews import Sheet, sample
from backend.money import Money
from backend.organisations.models import Organisation

NOON = datetime(2030, 6, 1, 12, 0, tzinfo=UTC)


def _gift() -> MonthlyGift:
    city = City(name="Sampletown", country="BE", time_zone="Europe/Brussels")
    return MonthlyGift(
        committee=Organisation(
            name="Committee of Sampletown",
            legal_name="Sister Cities",
            contact_email="committee@example.org",
            city=city,
        ),
        email="donor@example.org",
        language=get_language() or "en",
        currency="EUR",
        gift_minor=1000,
        token="0" * 43,
        made_at=NOON - timedelta(days=30),
        tried_again_at=NOON + timedelta(days=3),
    )


def _month(gift: MonthlyGift) -> Letter:
    month = Instalment(
        gift=gift,
        amount_minor=1000,
        currency="EUR",
        public_reference="0" * 32,
        year=2030,
        number=1,
    )
    return receipt_letter(gift, month, is_first=True)


def _sheet(make: Callable[[MonthlyGift], Letter]) -> Sheet:
    gift = _gift()
    letter = make(gift)
    return Sheet(letter.subject, "pledge_card", sheet_of(gift, letter))


def _told(gift: MonthlyGift, name: str) -> Letter:
    return LETTERS[name](gift, words_of(gift))


MADE: dict[str, Callable[[MonthlyGift], Letter]] = {
    "monthly_receipt": _month,
    "monthly_refunded": lambda gift: refund_letter(gift, Money(1000, "EUR")),
    **{f"monthly_{name}": partial(_told, name=name) for name in LETTERS},
}
for _kind, _make in MADE.items():
    sample(_kind, partial(_sheet, _make))
