"""Questions about monthly gifts."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Lower

from backend.accounts.queries import proved_addresses
from backend.common.translated import Localised, text_in
from backend.giving import states
from backend.giving.models import Instalment, MonthlyGift, Wish
from backend.mail.queries import written_about
from backend.money import Money
from backend.payments.queries import disputes_for, refunds_for
from backend.pledges.queries import Correction

LETTER_WITHIN = timedelta(minutes=5)
LETTER_LOOKED_FOR = timedelta(days=3)


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


@dataclass(frozen=True, slots=True)
class MonthlySupport:
    """How many give to a committee every month, and how much together."""

    number: int
    amount: Money


def gift_by_token(token: str) -> MonthlyGift:
    """Return the gift with its committee, city and twinning. Raises NoSuchGift."""
    rows = MonthlyGift.objects.select_related(
        "committee__city", "twinning__city_a", "twinning__city_b"
    )
    try:
        return rows.get(token=token)
    except (MonthlyGift.DoesNotExist, ValueError):
        raise NoSuchGift from None


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


def monthly_support(committee_id: UUID, currency: str) -> MonthlySupport:
    """Return how many living gifts a committee has, and their sum, the fees' cover left aside."""
    living = MonthlyGift.objects.filter(
        committee_id=committee_id, currency=currency, state=states.ACTIVE
    ).aggregate(number=Count("id"), total=Sum("gift_minor", default=0))
    return MonthlySupport(living["number"], Money(int(living["total"]), currency))


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
        twinning=str(gift.twinning) if gift.twinning else "",
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
