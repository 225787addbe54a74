"""Samples of the letters about pledges and projects, made of rows that are saved nowhere."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

from django.conf import settings
from django.utils.translation import get_language

from backend.cities.models import City
from backend.mail.previews import Sheet, sample
from backend.money import Money
from backend.organisations.models import Organisation
from backend.payments.models import Dispute, Payment, Refund
from backend.pledges import letters
from backend.pledges.address_codes import code_letter
from backend.pledges.card_letters import LETTERS
from backend.pledges.models import Pledge, Receipt
from backend.pledges.news import NEWS, news_context, news_letter
from backend.projects.models import Extension, Project

NOON = datetime(2030, 6, 1, 12, 0, tzinfo=UTC)
TITLE = {
    "en": "A well for Twintown",
    "fr": "Un puits pour Twintown",
    "es": "Un pozo para Twintown",
}
WHY = {
    "en": "The pump arrives later.",
    "fr": "La pompe arrive plus tard.",
    "es": "La bomba llega más tarde.",
}
PART = Money(1000, "EUR")


def _project() -> Project:
    home = City(name="Sampletown", country="BE", time_zone="Europe/Brussels")
    project = Project(
        slug="sample",
        title=TITLE,
        home_city=home,
        twin_city=City(name="Twintown", country="GM", time_zone="Africa/Banjul"),
        committee=Organisation(name="Committee of Sampletown", legal_name="Sister Cities"),
        currency="EUR",
        goal_minor=500_000,
        minimum_minor=300_000,
        raised_minor=412_500,
        closes_at=NOON,
    )
    Extension(
        project=project, old_closes_at=NOON - timedelta(days=14), new_closes_at=NOON, reason=WHY
    )
    return project


def _pledge() -> Pledge:
    pledge = Pledge(
        project=_project(),
        email="donor@example.org",
        language=get_language() or "en",
        currency="EUR",
        gift_minor=2500,
        cover_minor=63,
        token="0" * 43,
        public_reference="0" * 32,
        made_at=NOON - timedelta(days=30),
        failing_since=NOON,
        needs_authentication=True,
    )
    Receipt(pledge=pledge, year=2030, number=1, issued_at=NOON)
    return pledge


def _refund(pledge: Pledge) -> Refund:
    reason = WHY[get_language() or "en"]
    return Refund(payment=Payment(currency=pledge.currency), amount_minor=PART.minor, reason=reason)


def _disputed(pledge: Pledge) -> letters.Letter:
    dispute = Dispute(id="du_sample", amount_minor=2563, answer_by=NOON + timedelta(days=9))
    return letters.disputed_letter(pledge, dispute, pledge.language)


def _sheet(make: Callable[[Pledge], letters.Letter]) -> Sheet:
    pledge = _pledge()
    letter = make(pledge)
    return Sheet(letter.subject, letter.template, letters.sheet_of(pledge, letter))


def _news_sheet(news: str) -> Sheet:
    words = news_letter(_project(), news)
    return Sheet(words.subject, "pledge_card", news_context(words, f"{settings.SITE_URL}/sample/"))


def _code_sheet() -> Sheet:
    subject, sheet = code_letter(_pledge(), "SAMPLE22")
    return Sheet(subject, "pledge_code", sheet)


MADE: dict[str, Callable[[Pledge], letters.Letter]] = {
    "pledge_receipt": letters.receipt_letter,
    "pledge_processing": lambda pledge: letters.processing_letter(pledge, NOON.date()),
    "pledge_failed": lambda pledge: letters.failed_letter(pledge, can_pay=True),
    "pledge_paid_twice": lambda pledge: letters.paid_twice_letter(pledge, pledge.gross),
    "pledge_refunded": lambda pledge: letters.refunded_letter(pledge, _refund(pledge)),
    "pledge_refund_failed": lambda pledge: letters.refund_failed_letter(pledge, _refund(pledge)),
    "dispute_opened": _disputed,
    **{f"pledge_{name}": partial(letters.about_card, letter=name) for name in LETTERS},
}
for _kind, _make in MADE.items():
    sample(_kind, partial(_sheet, _make))
for _news in NEWS:
    sample(f"project_{_news}", partial(_news_sheet, _news))
sample("pledge_code", _code_sheet)
