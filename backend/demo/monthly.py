"""Monthly gifts to sample committees: one that goes on, one that is paused.

The rows are those that a real gift writes, each marked as a sample: what was wished, the way of
its states, a receipt and a line of the committee's own book for each month. Stripe never heard of
them, so nothing of them can be changed.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from backend.accounts.models import User
from backend.cities.models import Twinning
from backend.giving import states
from backend.giving.booking import line_of_month
from backend.giving.models import (
    Instalment,
    MonthlyGift,
    MonthlyGiftTransition,
    MonthlyReceiptBook,
    Wish,
)
from backend.giving.queries import currency_of
from backend.ledger.operations import post_many
from backend.money import Money
from backend.organisations.models import Organisation
from backend.payments.queries import estimated_fee

FIRST_DAYS_AGO = 3


@dataclass(frozen=True, slots=True)
class SampleGift:
    """Who gives how much a month, for how many months, and how it stands."""

    email: str
    name: str
    minor: int
    months: int
    ways: tuple[tuple[str, str], ...]
    card: str


BEGUN = (("page_opened", states.PENDING), ("begun", states.ACTIVE))
SAMPLES = (
    SampleGift("guest.often@example.org", "", 1000, 5, BEGUN, "Visa 4242"),
    SampleGift(
        "guest.monthly@example.org",
        "Awa Diallo",
        2000,
        3,
        (*BEGUN, ("paused", states.PAUSED)),
        "Mastercard 4444",
    ),
)


def book_monthly_gifts(
    committee: Organisation, twinning: Twinning, *, giver: User | None, at: datetime
) -> list[MonthlyGift]:
    """Write the sample gifts to one committee; the first is `giver`'s, if there is one."""
    currency = currency_of(committee)
    gifts = [_gift(sample, committee, twinning, currency, at=at) for sample in SAMPLES]
    if giver:
        _hand_over(gifts[0][0], giver)
    months = sorted(
        ((gift, moment) for gift, moments in gifts for moment in moments),
        key=lambda month: month[1],
    )
    _book(committee, months)
    return [gift for gift, _ in gifts]


def _gift(
    sample: SampleGift,
    committee: Organisation,
    twinning: Twinning,
    currency: str,
    *,
    at: datetime,
) -> tuple[MonthlyGift, list[datetime]]:
    """Write one gift with its wish and its way; return it with the moments of its months."""
    last = at - timedelta(days=FIRST_DAYS_AGO if sample.ways[-1][1] == states.ACTIVE else 40)
    moments = [_months_before(last, back) for back in range(sample.months)][::-1]
    gift = MonthlyGift.objects.create(
        committee=committee,
        twinning=twinning,
        email=sample.email,
        name=sample.name,
        language="en",
        currency=currency,
        gift_minor=sample.minor,
        state=sample.ways[-1][1],
        card_label=sample.card,
        next_at=_months_before(last, -1) if sample.ways[-1][1] == states.ACTIVE else None,
        token=secrets.token_urlsafe(32),
        made_at=moments[0],
        begun_at=moments[0],
        is_sample=True,
    )
    Wish.objects.create(
        gift=gift,
        number=1,
        act=Wish.Act.BEGIN,
        state=Wish.State.DONE,
        gift_minor=sample.minor,
        asked_at=moments[0],
        ended_at=moments[0],
    )
    old = states.NEW
    for event, new in sample.ways:
        moment = moments[0] if event != "paused" else last + timedelta(days=9)
        MonthlyGiftTransition.objects.create(gift=gift, old=old, event=event, new=new, at=moment)
        old = new
    return gift, moments


def _hand_over(gift: MonthlyGift, giver: User) -> None:
    """Make the gift that of `giver`."""
    gift.donor, gift.email, gift.name = giver, giver.email, giver.name
    gift.save(update_fields=["donor", "email", "name"])


def _book(committee: Organisation, months: Sequence[tuple[MonthlyGift, datetime]]) -> None:
    """Write receipts, numbered by year as the money came, and the lines of the book."""
    numbers: dict[int, int] = {}
    instalments = []
    for gift, moment in months:
        numbers[moment.year] = numbers.get(moment.year, 0) + 1
        amount = gift.gross
        instalments.append(
            Instalment(
                gift=gift,
                purpose=f"invoice:sample_{secrets.token_hex(8)}",
                amount_minor=amount.minor,
                currency=amount.currency,
                fee_minor=estimated_fee(amount).minor,
                public_reference=secrets.token_hex(16),
                organisation=committee,
                year=moment.year,
                number=numbers[moment.year],
                charged_at=moment,
                settled_at=moment,
            )
        )
    Instalment.objects.bulk_create(instalments)
    MonthlyReceiptBook.objects.bulk_create(
        MonthlyReceiptBook(organisation=committee, year=year, last_number=number)
        for year, number in numbers.items()
    )
    post_many(
        postings=[
            line_of_month(one, Money(one.fee_minor or 0, one.currency), at=one.settled_at)
            for one in instalments
        ]
    )


def _months_before(moment: datetime, back: int) -> datetime:
    """Return the same day so many months earlier; the last days of a month become the 28th."""
    year, month = divmod(moment.year * 12 + moment.month - 1 - back, 12)
    return moment.replace(year=year, month=month + 1, day=min(moment.day, 28))
