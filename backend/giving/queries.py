"""Questions about monthly gifts."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from babel.numbers import get_territory_currencies
from django.conf import settings
from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from backend.accounts.queries import proved_addresses
from backend.cities.models import Twinning
from backend.common.translated import Localised, text_in
from backend.giving.models import Instalment, MonthlyGift, Wish
from backend.mail.queries import written_about
from backend.money import Money
from backend.organisations.models import Organisation
from backend.payments.queries import (
    disputes_for,
    estimated_fee,
    lost_accounts,
    monthly_page,
    refunds_for,
)
from backend.pledges.limits import LIMITS
from backend.pledges.queries import Correction

LETTER_WITHIN = timedelta(minutes=5)
LETTER_LOOKED_FOR = timedelta(days=3)


class NoSuchCommittee(LookupError):
    """No committee of that name takes monthly gifts."""


class NoSuchGift(LookupError):
    """No monthly gift has that token, or it has no such month."""


@dataclass(frozen=True, slots=True)
class MonthlySheet:
    """All that the receipt of one month says; what went back since stands on the same sheet."""

    number: str
    language: str
    name: str
    city: str
    twinning: str
    gross: Money
    corrections: tuple[Correction, ...]
    kept: Money
    charged_at: datetime
    committee_name: str
    committee_legal_name: str
    committee_address: str
    tax_note: Localised
    public_reference: str
    ledger_address: str
    is_sample: bool


# What a month may be, as first ideas; any sum between the limits of a pledge is welcome.
SUGGESTED_MINOR = {
    "JPY": (500, 1000, 2000, 5000),
    "XOF": (2_000, 5_000, 10_000, 20_000),
}
SUGGESTED_ELSE = (500, 1000, 2000, 5000)


@dataclass(frozen=True, slots=True)
class MonthlySum:
    """A sum a month, what Stripe keeps of it, and what reaches the committee: estimates."""

    amount: Money
    fee: Money
    net: Money


def gift_by_token(token: str) -> MonthlyGift:
    """Return the gift with its committee, city and twinning. Raises NoSuchGift."""
    rows = MonthlyGift.objects.select_related(
        "committee__city", "twinning__city_a", "twinning__city_b"
    )
    try:
        return rows.get(token=token)
    except (MonthlyGift.DoesNotExist, ValueError):
        raise NoSuchGift from None


def is_out_of_reach(gift: MonthlyGift) -> bool:
    """Whether the account on which the gift is collected is no longer connected with us."""
    page = monthly_page(gift.purpose)
    return page is not None and page.account in lost_accounts()


def wish_under_way(gift: MonthlyGift) -> Wish | None:
    """Return what the donor asked for and Stripe has not answered yet."""
    return Wish.objects.filter(gift=gift, state=Wish.State.ASKED).first()


def instalments_of(gift: MonthlyGift, *, number: int) -> list[Instalment]:
    """Return the newest months of the gift, the newest first."""
    return list(gift.instalments.order_by("-charged_at", "-id")[:number])


def gifts_of(donor_id: UUID) -> QuerySet[MonthlyGift]:
    """Return a person's own gifts: those made signed in, or with a proved address; newest first."""
    own = Q(donor_id=donor_id) | Q(donor__isnull=True, address__in=proved_addresses(donor_id))
    return (
        MonthlyGift.objects.alias(address=Lower("email"))
        .filter(own)
        .select_related("committee", "twinning__city_a", "twinning__city_b")
        .order_by("-made_at", "-id")
    )


def suggested_sums(currency: str) -> tuple[MonthlySum, ...]:
    """Return some sums in `currency` with what becomes of them."""
    minors = SUGGESTED_MINOR.get(currency, SUGGESTED_ELSE)
    return tuple(sum_with_fees(Money(minor, currency)) for minor in minors)


def sum_with_fees(amount: Money) -> MonthlySum:
    """Return the sum with what becomes of it by the estimate."""
    fee = estimated_fee(amount)
    return MonthlySum(amount, fee, amount - fee)


def committee_to_support(slug: str) -> Organisation:
    """Return a committee that can be given to every month. Raises NoSuchCommittee."""
    committee = _open_committees().filter(slug=slug).first()
    if committee is None:
        raise NoSuchCommittee(slug)
    return committee


def home_committees(twinning: Twinning) -> list[Organisation]:
    """Return the committees of both cities through which a twinning can be supported."""
    cities = (twinning.city_a_id, twinning.city_b_id)
    return list(_open_committees().filter(city_id__in=cities).order_by("name", "id"))


def is_home_of(committee: Organisation, twinning: Twinning) -> bool:
    """Whether the committee is of one of the two cities."""
    return committee.city_id in (twinning.city_a_id, twinning.city_b_id)


def _open_committees() -> QuerySet[Organisation]:
    return Organisation.objects.select_related("city").filter(
        kind=Organisation.Kind.COMMITTEE, verified_on__isnull=False
    )


def currency_of(committee: Organisation) -> str:
    """Return the currency of monthly gifts: that of the committee's country, if we take it."""
    for currency in get_territory_currencies(committee.city.country):
        if currency in LIMITS:
            return str(currency)
    return "EUR"


def committee_chain(slug: str) -> str:
    """Return the chain of a committee's own book. Raises NoSuchCommittee."""
    committee = Organisation.objects.select_related("city").filter(slug=slug).first()
    if committee is None:
        raise NoSuchCommittee(slug)
    return MonthlyGift(committee=committee, currency=currency_of(committee)).chain


def unthanked_instalments(*, at: datetime) -> list[UUID]:
    """Return the months settled some minutes to days before `at` without a receipt by mail."""
    settled = Instalment.objects.filter(
        gift__is_sample=False,
        settled_at__lt=at - LETTER_WITHIN,
        settled_at__gt=at - LETTER_LOOKED_FOR,
    )
    ids = list(settled.order_by("settled_at", "id").values_list("id", flat=True))
    written = written_about(kind="monthly_receipt", references=[str(pk) for pk in ids])
    return [pk for pk in ids if str(pk) not in written]


def receipt_of_month(token: str, number: str, *, language: str) -> MonthlySheet:
    """Return the receipt of that number among those of the gift. Raises NoSuchGift."""
    gift = gift_by_token(token)
    rows = gift.instalments.select_related("organisation__city")
    instalment = next((row for row in rows if row.receipt_number == number), None)
    if instalment is None:
        raise NoSuchGift(number)
    committee = instalment.organisation
    return MonthlySheet(
        number=instalment.receipt_number,
        language=language,
        name=gift.name,
        city=committee.city.name,
        twinning=_tie_in_words(gift),
        gross=instalment.amount,
        corrections=corrections_of(instalment),
        kept=instalment.kept,
        charged_at=instalment.charged_at,
        committee_name=committee.name,
        committee_legal_name=committee.legal_name,
        committee_address=committee.address,
        tax_note=text_in(committee.tax_note, language),
        public_reference=instalment.public_reference,
        ledger_address=f"{settings.SITE_URL}"
        + settings.COMMITTEE_LEDGER_ADDRESS.format(slug=committee.slug),
        is_sample=committee.is_sample,
    )


def _tie_in_words(gift: MonthlyGift) -> str:
    tie = gift.twinning
    return f"{tie.city_a.name} – {tie.city_b.name}" if tie else ""


def corrections_of(instalment: Instalment) -> tuple[Correction, ...]:
    """Return what went back of the month, the first that left first."""
    if not instalment.returned_minor:
        return ()
    refunds = [
        Correction(refund.sent_at.date(), refund.amount, is_dispute=False)
        for refund in refunds_for(instalment.purpose)
        if refund.sent_at
    ]
    lost = [
        Correction(
            dispute.decided_at.date(),
            Money(dispute.taken_minor, instalment.currency),
            is_dispute=True,
        )
        for dispute in disputes_for(instalment.purpose)
        if dispute.decided_at and dispute.taken_minor
    ]
    return tuple(sorted([*refunds, *lost], key=lambda back: back.on))
