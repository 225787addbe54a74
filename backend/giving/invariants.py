"""What must always be true of monthly gifts, their money and their receipts."""

from collections import defaultdict
from datetime import timedelta
from typing import Any

from django.db.models import (
    CharField,
    Count,
    Exists,
    F,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    Window,
)
from django.db.models.functions import Cast, Concat, Lag
from django.utils import timezone

from backend.giving import states
from backend.giving.models import Instalment, MonthlyGift, MonthlyGiftTransition, Wish
from backend.giving.queries import unthanked_instalments
from backend.ledger.invariants import Finding, invariant
from backend.ledger.models import Entry, Transaction
from backend.ledger.queries import credited_by_account
from backend.payments import states as payment_states
from backend.payments.models import Payment
from backend.payments.queries import lost_accounts, returned_by_purpose, withheld_by_purpose

LETTER_OVERDUE_AFTER = timedelta(hours=1)
WISH_OVERDUE_AFTER = timedelta(hours=1)
UNSEEN_AFTER = timedelta(days=2)


@invariant("I-monthly")
def each_month_is_booked_once() -> Finding:
    """Each month is one payment, one instalment and one booking, all of the same sum."""
    ours = _real_instalments()
    paid = Payment.objects.filter(
        purpose=OuterRef("purpose"), state=payment_states.SUCCEEDED, kind=Payment.Kind.INVOICE
    )
    booked = Entry.objects.filter(
        transaction__kind="monthly_settled",
        transaction__reference=OuterRef("purpose"),
        credit_minor__gt=0,
    )
    agreed = ours.annotate(
        paid_minor=Subquery(paid.values("amount_minor")[:1]),
        paid_currency=Subquery(paid.values("currency")[:1]),
        booked_minor=Subquery(booked.values("credit_minor")[:1]),
        booked_currency=Subquery(booked.values("currency")[:1]),
    ).filter(
        paid_minor=F("amount_minor"),
        paid_currency=F("currency"),
        booked_minor=F("amount_minor"),
        booked_currency=F("currency"),
    )
    broken = list(ours.exclude(pk__in=agreed.values("pk")).values_list("purpose", flat=True))
    known = Instalment.objects.filter(purpose=OuterRef("purpose"))
    astray = Payment.objects.filter(kind=Payment.Kind.INVOICE, state=payment_states.SUCCEEDED)
    broken += list(astray.filter(~Exists(known)).values_list("key", flat=True))
    written = Instalment.objects.filter(purpose=OuterRef("reference"))
    lines = Transaction.objects.filter(kind="monthly_settled")
    broken += list(lines.filter(~Exists(written)).values_list("reference", flat=True))
    return Finding(looked_at=ours.count(), broken=broken)


@invariant("I-agreed")
def no_month_costs_what_nobody_agreed_to() -> Finding:
    """The sum of each month is one that its donor named; another stays for a person to look at."""
    wished = Wish.objects.exclude(state=Wish.State.REFUSED).filter(
        gift=OuterRef("gift"),
        act__in=[Wish.Act.BEGIN, Wish.Act.CHANGE],
        gift_minor=OuterRef("amount_minor") - F("cover_minor"),
    )
    ours = _real_instalments()
    strange = ours.filter(~Exists(wished))
    return Finding(looked_at=ours.count(), broken=list(strange.values_list("purpose", flat=True)))


@invariant("I-monthly-one")
def one_subscription_per_gift() -> Finding:
    """A gift that has begun has one subscription, no subscription is without its gift."""
    name = Concat(Value("monthly:"), Cast("id", CharField()))
    begun = (
        MonthlyGift.objects.filter(is_sample=False)
        .exclude(state__in=states.PAYABLE)
        .annotate(of=name)
    )
    pages = Payment.objects.filter(state__in=payment_states.MONTHLY)
    own = pages.filter(purpose=OuterRef("of"))
    broken = list(begun.filter(~Exists(own)).values_list("of", flat=True))
    theirs = {f"monthly:{pk}" for pk in begun.values_list("id", flat=True)}
    found = list(pages.values_list("purpose", "subscription_id"))
    broken += sorted(purpose for purpose, _ in found if purpose not in theirs)
    doubled = pages.values("subscription_id").annotate(number=Count("id")).filter(number__gt=1)
    broken += list(doubled.values_list("subscription_id", flat=True))
    return Finding(looked_at=len(found), broken=broken)


@invariant("I-monthly-state")
def transitions_lead_to_the_state() -> Finding:
    """Each transition of a gift goes on where the one before ended; the last is its state."""
    latest = dict(MonthlyGiftTransition.objects.order_by("id").values_list("gift_id", "new"))
    rows = MonthlyGift.objects.filter(is_sample=False).values_list("id", "state")
    elsewhere = [str(pk) for pk, state in rows if latest.get(pk, states.NEW) != state]
    before = Window(
        Lag("new", default=Value(states.NEW)), partition_by="gift_id", order_by=F("id").asc()
    )
    off = MonthlyGiftTransition.objects.annotate(before=before).exclude(old=F("before"))
    broken_off = [str(pk) for pk in off.values_list("gift_id", flat=True)]
    return Finding(looked_at=len(rows), broken=sorted({*elsewhere, *broken_off}))


@invariant("I-monthly-stuck")
def nothing_is_stuck() -> Finding:
    """No wish waits for over an hour, no gift that Stripe collects was unseen for two days."""
    now = timezone.now()
    wishes = Wish.objects.filter(
        state=Wish.State.ASKED, asked_at__lt=now - WISH_OVERDUE_AFTER
    ).select_related("gift")
    unseen = Payment.objects.filter(
        Q(checked_at=None) | Q(checked_at__lt=now - UNSEEN_AFTER), state=payment_states.BEGUN
    )
    unseen = unseen.exclude(account__in=lost_accounts())
    new = MonthlyGift.objects.filter(
        state=states.NEW, is_sample=False, made_at__lt=now - timedelta(hours=2)
    )
    broken = [wish.key for wish in wishes] + list(unseen.values_list("key", flat=True))
    broken += [str(pk) for pk in new.values_list("id", flat=True)]
    return Finding(looked_at=MonthlyGift.objects.count(), broken=broken)


@invariant("I-monthly-receipt")
def receipts_have_no_gaps() -> Finding:
    """The receipts of monthly gifts are numbered without gaps per committee and year."""
    gaps = (
        Instalment.objects.values("organisation_id", "year")
        .annotate(number_of=Count("id"), highest=Max("number"))
        .exclude(number_of=F("highest"))
    )
    return Finding(
        looked_at=Instalment.objects.count(),
        broken=[f"{row['organisation_id']} {row['year']}" for row in gaps],
    )


@invariant("I-monthly-mail")
def donors_are_thanked() -> Finding:
    """Within an hour a month that was charged has its receipt by mail."""
    unthanked = unthanked_instalments(at=timezone.now() - LETTER_OVERDUE_AFTER)
    return Finding(
        looked_at=_real_instalments().count(),
        broken=[f"monthly_receipt {pk}" for pk in unthanked],
    )


@invariant("I-monthly-returned")
def what_went_back_is_booked() -> Finding:
    """What went back of a month is what left Stripe's balance and what lost disputes took.

    The gifts account of each committee holds what is left of its months, and a bank holds what
    open disputes have taken.
    """
    back = returned_by_purpose(kind="invoice")
    told = dict(
        _real_instalments().exclude(returned_minor=0).values_list("purpose", "returned_minor")
    )
    broken = sorted(of for of in {*back, *told} if back.get(of, 0) != told.get(of, 0))
    kept: dict[str, int] = defaultdict(int)
    held: dict[str, int] = defaultdict(int)
    withheld = withheld_by_purpose(kind="invoice")
    for instalment in Instalment.objects.select_related("gift"):
        chain = instalment.gift.chain
        kept[f"{chain}:gifts"] += instalment.kept.minor
        held[f"{chain}:disputed"] -= withheld.get(instalment.purpose, 0)
    broken += _differing(kept, ":gifts") + _differing(held, ":disputed")
    return Finding(looked_at=len(told), broken=broken)


def _differing(told: dict[str, int], suffix: str) -> list[str]:
    """Return the committees' accounts that the book has otherwise than the months tell."""
    booked = {
        code: minor
        for code, minor in credited_by_account(suffix=suffix).items()
        if code.startswith("committee:")
    }
    return sorted(code for code in {*told, *booked} if told.get(code, 0) != booked.get(code, 0))


def _real_instalments() -> QuerySet[Any]:
    """Return the months that Stripe charged, the samples of a demonstration left out."""
    return Instalment.objects.filter(gift__is_sample=False)
