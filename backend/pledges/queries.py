"""Questions about pledges."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Lower

from backend.accounts.queries import proved_addresses
from backend.common.keyset import Order, Page, page_of
from backend.common.translated import Localised, text_in
from backend.mail.queries import written_about
from backend.money import Money
from backend.organisations.queries import committees_with_treasurer
from backend.payments.queries import (
    FeeParts,
    disputes_for,
    estimated_parts,
    refunds_for,
    saved_card,
)
from backend.pledges import states
from backend.pledges.models import Decision, Pledge, Receipt

NEWEST = Order("made_at", descending=True, is_moment=True)


# What the project still has of a pledge, in minor units.
KEPT = F("gift_minor") + F("cover_minor") - F("returned_minor")
LETTER_WITHIN = timedelta(minutes=5)
LETTER_LOOKED_FOR = timedelta(days=3)
# The pages of a pledge show this much of its line in the ledger.
SHORTEST_REFERENCE = 8
RECEIPT_NUMBER = re.compile(r"(?P<year>20\d\d)-(?P<number>\d{1,9})", re.ASCII)


class NoSuchPledge(LookupError):
    """No pledge has that token."""


@dataclass(frozen=True, slots=True)
class Supporter:
    """A line of a project's public list. `name` is empty when hidden, `amount` None when hidden."""

    name: str
    amount: Money | None
    source_class: str
    on: date


@dataclass(frozen=True, slots=True)
class Correction:
    """What went back of a gift after its receipt was given, and when; by a refund or a dispute."""

    on: date
    amount: Money
    is_dispute: bool


@dataclass(frozen=True, slots=True)
class ReceiptSheet:
    """All that a receipt says; a text that is missing in its language stands in another.

    The number stays for ever; what went back is a correction on the same sheet, and `kept` is
    what the receipt stands for since.
    """

    number: str
    language: str
    title: Localised
    home_city: str
    twin_city: str
    name: str
    gift: Money
    cover: Money
    gross: Money
    corrections: tuple[Correction, ...]
    kept: Money
    fees: FeeParts
    settled_at: datetime
    committee_name: str
    committee_legal_name: str
    committee_address: str
    tax_note: Localised
    public_reference: str
    ledger_address: str
    is_sample: bool


@dataclass(frozen=True, slots=True)
class SourceShare:
    """What one class of givers gave to a project."""

    source_class: str
    number: int
    amount: Money


def unthanked_pledges(*, at: datetime) -> list[UUID]:
    """Return the pledges settled some minutes to days before `at` without a receipt by mail."""
    settled = Pledge.objects.filter(
        state__in=states.PAID,
        is_sample=False,
        settled_at__lt=at - LETTER_WITHIN,
        settled_at__gt=at - LETTER_LOOKED_FOR,
    )
    ids = list(settled.order_by("settled_at", "id").values_list("id", flat=True))
    written = written_about(kind="pledge_receipt", references=[str(pk) for pk in ids])
    return [pk for pk in ids if str(pk) not in written]


def pledge_by_token(token: str) -> Pledge:
    """Return the pledge with its project, committee and cities. Raises NoSuchPledge."""
    try:
        return Pledge.objects.select_related(
            "project__committee", "project__home_city", "project__twin_city"
        ).get(token=token)
    except (Pledge.DoesNotExist, ValueError):
        raise NoSuchPledge from None


def decision_of(project_id: UUID) -> Decision | None:
    """Return how an all-or-nothing campaign was decided, if it is."""
    return Decision.objects.filter(project_id=project_id).first()


def card_of(pledge: Pledge) -> str:
    """Return what the donor knows their saved card by, such as "Visa 4242", or nothing."""
    card = saved_card(pledge.purpose)
    return card.card_label if card else ""


def receipt_number(pledge: Pledge) -> str | None:
    """Return the number of the pledge's receipt, such as "2030-00001", if it has one."""
    receipt = Receipt.objects.filter(pledge=pledge).first() if pledge.settled_at else None
    return str(receipt) if receipt else None


def fees_of(pledge: Pledge) -> FeeParts:
    """Return what became of the pledge's money, or will by the estimate."""
    if pledge.fee_minor is None:
        return estimated_parts(pledge.gift, pledge.cover, account=pledge.account)
    return FeeParts(
        pledge.gift,
        pledge.cover,
        Money(pledge.fee_minor, pledge.currency),
        Money(pledge.platform_fee_minor, pledge.currency),
        is_estimate=False,
    )


def receipt_sheet(token: str, *, language: str) -> ReceiptSheet:
    """Return the receipt of the settled pledge with that token. Raises NoSuchPledge."""
    receipt = (
        Receipt.objects.select_related(
            "organisation", "pledge__project__home_city", "pledge__project__twin_city"
        )
        .filter(pledge__token=token)
        .first()
    )
    if receipt is None or receipt.pledge.settled_at is None:
        raise NoSuchPledge
    pledge, committee = receipt.pledge, receipt.organisation
    project = pledge.project
    return ReceiptSheet(
        number=str(receipt),
        language=language,
        title=text_in(project.title, language, project.default_language),
        home_city=project.home_city.name,
        twin_city=project.twin_city.name,
        name=pledge.name,
        gift=pledge.gift,
        cover=pledge.cover,
        gross=pledge.gross,
        corrections=corrections_of(pledge),
        kept=pledge.kept,
        fees=fees_of(pledge),
        settled_at=receipt.pledge.settled_at,
        committee_name=committee.name,
        committee_legal_name=committee.legal_name,
        committee_address=committee.address,
        tax_note=text_in(committee.tax_note, language),
        public_reference=pledge.public_reference,
        ledger_address=f"{settings.SITE_URL}/{language}/projects/{project.slug}/ledger/",
        is_sample=committee.is_sample,
    )


def corrections_of(pledge: Pledge) -> tuple[Correction, ...]:
    """Return what went back of the pledge, the first that left first."""
    if not pledge.returned_minor:
        return ()
    refunds = [
        Correction(refund.sent_at.date(), refund.amount, is_dispute=False)
        for refund in refunds_for(pledge.purpose)
        if refund.sent_at
    ]
    lost = [
        Correction(
            dispute.decided_at.date(), Money(dispute.taken_minor, pledge.currency), is_dispute=True
        )
        for dispute in disputes_for(pledge.purpose)
        if dispute.decided_at and dispute.taken_minor
    ]
    return tuple(sorted([*refunds, *lost], key=lambda back: back.on))


def counted_pledges() -> QuerySet[Pledge]:
    """Return the paid pledges of which the project still has something."""
    return Pledge.objects.filter(
        state__in=states.PAID, returned_minor__lt=F("gift_minor") + F("cover_minor")
    )


def supporters_of(project_id: UUID, *, number: int) -> list[Supporter]:
    """Return the newest settled pledges of a project as the public may see them."""
    rows = counted_pledges().filter(project_id=project_id).order_by("-settled_at", "-id")[:number]
    return [_as_supporter(row) for row in rows]


def _as_supporter(pledge: Pledge) -> Supporter:
    shows_name = pledge.visibility == Pledge.Visibility.PUBLIC
    shows_amount = pledge.visibility != Pledge.Visibility.HIDDEN
    return Supporter(
        name=pledge.name if shows_name else "",
        amount=pledge.kept if shows_amount else None,
        source_class=pledge.source_class,
        on=pledge.settled_at.date() if pledge.settled_at else pledge.made_at.date(),
    )


def source_shares(project_id: UUID, currency: str) -> list[SourceShare]:
    """Return what each class of givers gave, in the fixed order of the classes."""
    sums = {
        row["source_class"]: row
        for row in counted_pledges()
        .filter(project_id=project_id)
        .values("source_class")
        .annotate(number=Count("id"), total=Sum(KEPT))
    }
    order = Pledge._meta.get_field("source_class").choices or []
    return [
        SourceShare(str(code), sums[code]["number"], Money(int(sums[code]["total"]), currency))
        for code, _ in order
        if code in sums
    ]


def pledges_of(donor_id: UUID) -> QuerySet[Pledge]:
    """Return a person's own pledges: those made signed in, and those made with a proved address."""
    own = Q(donor_id=donor_id) | Q(donor__isnull=True, address__in=proved_addresses(donor_id))
    return (
        Pledge.objects.alias(address=Lower("email"))
        .filter(own)
        .select_related("project__home_city", "project__twin_city", "receipt")
        .order_by("-made_at", "-id")
    )


def page_of_pledges(donor_id: UUID, *, cursor: str | None, size: int) -> Page[Pledge]:
    """Return some of a person's own pledges, the newest first. Raises BadCursor."""
    return page_of(pledges_of(donor_id), order=NEWEST, size=size, cursor=cursor)


def own_pledge(donor_id: UUID, token: str) -> Pledge:
    """Return the person's pledge with that token, or raise NoSuchPledge."""
    pledge = pledges_of(donor_id).filter(token=token).first()
    if pledge is None:
        raise NoSuchPledge(token)
    return pledge


@dataclass(frozen=True, slots=True)
class RefundDesk:
    """Whose money a person may give back: all committees' as a steward, else `committees`."""

    is_steward: bool
    committees: tuple[UUID, ...]

    @property
    def is_open(self) -> bool:
        """Whether there is anything here for this person."""
        return self.is_steward or bool(self.committees)


def refund_desk(*, person_id: UUID, is_steward: bool) -> RefundDesk:
    """Return what a person may refund.

    The treasurer of a project's committee may give its pledges back, and so may a steward of the
    platform. A chair, an editor or a member may not: one person answers for the money.
    """
    return RefundDesk(is_steward, tuple(committees_with_treasurer(person_id)))


def refundable_pledges(desk: RefundDesk) -> QuerySet[Pledge]:
    """Return the paid pledges that a person may give back, samples of a demonstration left out."""
    paid = Pledge.objects.filter(state__in=states.PAID, is_sample=False)
    ours = paid if desk.is_steward else paid.filter(project__committee_id__in=desk.committees)
    return ours.select_related("project__committee", "receipt").order_by("-settled_at", "-id")


def refundable_pledge(desk: RefundDesk, reference: str) -> Pledge:
    """Return the pledge of that line in the ledger. Raises NoSuchPledge, to strangers too."""
    pledge = refundable_pledges(desk).filter(public_reference=reference).first()
    if pledge is None:
        raise NoSuchPledge(reference)
    return pledge


def find_refundable(desk: RefundDesk, words: str, *, number: int) -> list[Pledge]:
    """Return pledges by what their donor can tell; without words, those that gave back last."""
    pledges = refundable_pledges(desk)
    if not words:
        return list(pledges.exclude(state=states.SETTLED)[:number])
    told = Q()
    if len(words) >= SHORTEST_REFERENCE:
        told |= Q(public_reference__startswith=words.lower())
    if number_told := RECEIPT_NUMBER.fullmatch(words):
        told |= Q(receipt__year=number_told["year"], receipt__number=number_told["number"])
    if "@" in words:
        told |= Q(pk__in=_of_address(words))
    return list(pledges.filter(told)[:number]) if told else []


def _of_address(address: str) -> QuerySet[Any, Any]:
    rows = Pledge.objects.alias(address=Lower("email")).filter(address=address.lower())
    return rows.values("pk")
