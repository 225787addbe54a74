"""What must always be true of pledges, their money and their receipts."""

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
    Sum,
    UUIDField,
    Value,
    Window,
)
from django.db.models.functions import Cast, Concat, Lag, Substr
from django.utils import timezone

from backend.ledger.invariants import Finding, invariant
from backend.ledger.models import Entry, Transaction
from backend.ledger.queries import credited_by_account
from backend.mail.queries import mails_overdue
from backend.payments import states as payment_states
from backend.payments.models import Payment
from backend.payments.queries import (
    returned_by_purpose,
    sent_refunds,
    unmatched_money,
    withheld_by_purpose,
)
from backend.pledges import states
from backend.pledges.models import Decision, Pledge, PledgeTransition, PledgeVersion, Receipt
from backend.pledges.queries import unthanked_pledges
from backend.projects.models import Project

EVENT_WITHIN = timedelta(minutes=15)
LETTER_OVERDUE_AFTER = timedelta(hours=1)


@invariant("I-total")
def totals_equal_the_ledger() -> Finding:
    """The total that a project shows is what its gifts account was credited with."""
    gifts = credited_by_account(suffix=":gifts")
    broken = [
        f"{slug}: shows {raised}, ledger {gifts.get(f'project:{pk}:gifts', 0)}"
        for pk, slug, raised in Project.objects.values_list("id", "slug", "raised_minor")
        if gifts.get(f"project:{pk}:gifts", 0) != raised
    ]
    return Finding(looked_at=Project.objects.count(), broken=broken)


@invariant("I-pledged")
def settled_pledges_sum_to_the_total() -> Finding:
    """What is left of the settled pledges of a project sums to the total that it shows."""
    kept = F("pledges__gift_minor") + F("pledges__cover_minor") - F("pledges__returned_minor")
    has_some = Q(
        pledges__state__in=states.PAID,
        pledges__returned_minor__lt=F("pledges__gift_minor") + F("pledges__cover_minor"),
    )
    rows = Project.objects.annotate(
        settled=Sum(kept, filter=Q(pledges__state__in=states.PAID), default=0),
        number=Count("pledges", filter=has_some),
    )
    wrong = rows.exclude(raised_minor=F("settled"), supporters=F("number"))
    return Finding(
        looked_at=Project.objects.count(), broken=list(wrong.values_list("slug", flat=True))
    )


@invariant("I-receipt")
def receipts_have_no_gaps() -> Finding:
    """One receipt per settled pledge, numbered without gaps per organisation and year."""
    gaps = (
        Receipt.objects.values("organisation_id", "year")
        .annotate(number_of=Count("id"), highest=Max("number"))
        .exclude(number_of=F("highest"))
    )
    missing = Pledge.objects.filter(state__in=states.PAID, receipt__isnull=True)
    broken = [f"{row['organisation_id']} {row['year']}" for row in gaps]
    broken += [str(pk) for pk in missing.values_list("id", flat=True)]
    return Finding(looked_at=Receipt.objects.count(), broken=broken)


@invariant("I-nostray")
def money_and_pledges_belong_together() -> Finding:
    """Each settled pledge has one payment and one booking, and no payment is without a pledge."""
    settled = _settled_pledges()
    paid = Payment.objects.filter(purpose=OuterRef("of"), state=payment_states.SUCCEEDED)
    booked = Transaction.objects.filter(kind="pledge_settled", reference=OuterRef("of"))
    alone = settled.filter(~Exists(paid) | ~Exists(booked)).values_list("of", flat=True)
    succeeded = Payment.objects.filter(
        state=payment_states.SUCCEEDED, purpose__startswith="pledge:"
    ).annotate(pledge=Cast(Substr("purpose", len("pledge:") + 1), UUIDField()))
    theirs = Pledge.objects.filter(pk=OuterRef("pledge"), state__in=states.PAID)
    astray = succeeded.filter(~Exists(theirs)).values_list("key", flat=True)
    strange = unmatched_money(before=timezone.now() - EVENT_WITHIN)
    return Finding(looked_at=settled.count(), broken=[*alone, *astray, *strange])


@invariant("I-account")
def money_stays_on_the_pledges_account() -> Finding:
    """Each attempt to pay a pledge is on the Stripe account that the pledge was made on."""
    pledges = _named_pledges()
    elsewhere = Payment.objects.filter(purpose=OuterRef("of")).exclude(account=OuterRef("account"))
    astray = pledges.filter(Exists(elsewhere)).values_list("of", flat=True)
    return Finding(looked_at=pledges.count(), broken=list(astray))


@invariant("I-amount")
def amounts_are_the_same_everywhere() -> Finding:
    """Pledge, payment and book name one amount; no wrong money of Stripe's waits for a person."""
    settled = _settled_pledges()
    paid = Payment.objects.filter(purpose=OuterRef("of"), state=payment_states.SUCCEEDED)
    booked = Entry.objects.filter(
        transaction__kind="pledge_settled",
        transaction__reference=OuterRef("of"),
        credit_minor__gt=0,
    )
    named = settled.annotate(
        paid_minor=Subquery(paid.values("amount_minor")[:1]),
        paid_currency=Subquery(paid.values("currency")[:1]),
        booked_minor=Subquery(booked.values("credit_minor")[:1]),
        booked_currency=Subquery(booked.values("currency")[:1]),
    )
    gross = F("gift_minor") + F("cover_minor")
    agreed = named.filter(
        paid_minor=gross,
        paid_currency=F("currency"),
        booked_minor=gross,
        booked_currency=F("currency"),
    )
    differing = settled.exclude(pk__in=agreed.values("pk")).values_list("of", flat=True)
    wrong = Payment.objects.filter(state=payment_states.QUARANTINED).values_list("key", flat=True)
    return Finding(looked_at=settled.count(), broken=[*differing, *wrong])


def _settled_pledges() -> QuerySet[Any]:
    """Return the pledges settled through Stripe, each under the name that all books have for it."""
    return _named_pledges().filter(state__in=states.PAID)


def _named_pledges() -> QuerySet[Any]:
    name = Concat(Value("pledge:"), Cast("id", CharField()))
    return Pledge.objects.filter(is_sample=False).annotate(of=name)


@invariant("I-mail")
def donors_are_thanked() -> Finding:
    """Within an hour a settled pledge has its receipt by mail, and a queued mail has gone out."""
    now = timezone.now()
    unthanked = unthanked_pledges(at=now - LETTER_OVERDUE_AFTER)
    broken = [f"pledge_receipt {pk}" for pk in unthanked] + mails_overdue(at=now)
    return Finding(looked_at=_settled_pledges().count(), broken=broken)


@invariant("I-state")
def transitions_lead_to_the_state() -> Finding:
    """Each transition of a pledge goes on where the one before ended; the last is its state."""
    latest = dict(PledgeTransition.objects.order_by("id").values_list("pledge_id", "new"))
    rows = Pledge.objects.filter(is_sample=False).values_list("id", "state")
    elsewhere = [str(pk) for pk, state in rows if latest.get(pk, states.NEW) != state]
    before = Window(
        Lag("new", default=Value(states.NEW)), partition_by="pledge_id", order_by=F("id").asc()
    )
    off = PledgeTransition.objects.annotate(before=before).exclude(old=F("before"))
    broken_off = [str(pk) for pk in off.values_list("pledge_id", flat=True)]
    return Finding(looked_at=len(rows), broken=sorted({*elsewhere, *broken_off}))


@invariant("I-promised")
def promises_sum_to_what_is_shown() -> Finding:
    """The pledges for which a card stands sum to what their project shows as promised."""
    promised = Q(pledges__state__in=states.PROMISED)
    rows = Project.objects.annotate(
        sum=Sum(F("pledges__gift_minor") + F("pledges__cover_minor"), filter=promised, default=0),
        number=Count("pledges", filter=promised),
    )
    wrong = rows.exclude(promised_minor=F("sum"), promises=F("number"))
    return Finding(
        looked_at=Project.objects.count(), broken=list(wrong.values_list("slug", flat=True))
    )


@invariant("I-aon")
def only_decided_campaigns_charge() -> Finding:
    """No card is charged for an all-or-nothing campaign that did not reach its minimum."""
    reached = Decision.objects.filter(project=OuterRef("project"), is_reached=True)
    touched = Pledge.objects.filter(
        project__campaign=Project.Campaign.ALL_OR_NOTHING,
        state__in=[states.CHARGING, states.FAILING, *states.PAID],
    )
    wrong = touched.filter(~Exists(reached))
    charges = Payment.objects.filter(kind=Payment.Kind.CHARGE).annotate(
        pledge=Cast(Substr("purpose", len("pledge:") + 1), UUIDField())
    )
    allowed = Decision.objects.filter(project__pledges=OuterRef("pledge"), is_reached=True)
    broken = [str(pk) for pk in wrong.values_list("id", flat=True)]
    broken += list(charges.filter(~Exists(allowed)).values_list("key", flat=True))
    return Finding(looked_at=touched.count() + charges.count(), broken=broken)


@invariant("I-consent")
def saved_cards_are_agreed_to() -> Finding:
    """Each pledge for which a card stands has the words that were agreed to, for its sum."""
    agreed = PledgeVersion.objects.filter(
        pledge=OuterRef("pk"),
        gift_minor=OuterRef("gift_minor"),
        cover_minor=OuterRef("cover_minor"),
    )
    promised = Pledge.objects.filter(state__in=states.PROMISED)
    without = promised.filter(~Exists(agreed))
    return Finding(
        looked_at=promised.count(), broken=[str(pk) for pk in without.values_list("id", flat=True)]
    )


@invariant("I-stuck")
def nothing_is_stuck() -> Finding:
    """No pledge stays without a page to pay on, or in the middle of a charge, for over an hour."""
    an_hour_ago = timezone.now() - timedelta(hours=1)
    begun = PledgeTransition.objects.filter(
        pledge=OuterRef("pk"), event="charge_begun", at__lt=an_hour_ago
    )
    charging = Q(Exists(begun), state=states.CHARGING, is_processing=False)
    stuck = Pledge.objects.filter(charging | Q(state=states.NEW, made_at__lt=an_hour_ago))
    return Finding(
        looked_at=Pledge.objects.count(),
        broken=[str(pk) for pk in stuck.values_list("id", flat=True)],
    )


@invariant("I-returned")
def what_went_back_is_booked() -> Finding:
    """What a pledge gave back is what left Stripe's balance and what lost disputes took.

    The same stands in the book, and a bank holds there what open disputes have taken.
    """
    back = returned_by_purpose()
    rows = _settled_pledges().values_list("of", "returned_minor")
    told = dict(rows.exclude(returned_minor=0))
    differing = [of for of in {*back, *told} if back.get(of, 0) != told.get(of, 0)]
    return Finding(
        looked_at=len(back), broken=[*sorted(differing), *_wrongly_booked(), *_wrongly_held()]
    )


def _wrongly_booked() -> list[str]:
    """Return the refunds that the book does not have as they are."""
    entries = Entry.objects.filter(
        account__code__startswith="project:", account__code__endswith=":gifts"
    )
    booked: dict[str, int] = defaultdict(int)
    for reference, debited, credited in entries.filter(
        transaction__kind__in=["pledge_refunded", "refund_failed"]
    ).values_list("transaction__reference", "debit_minor", "credit_minor"):
        booked[reference] += debited - credited
    sent = sent_refunds()
    return sorted(of for of in {*booked, *sent} if booked.get(of, 0) != sent.get(of, 0))


def _wrongly_held() -> list[str]:
    """Return the accounts of held money that do not equal what undecided disputes have taken."""
    held: dict[str, int] = defaultdict(int)
    by_purpose = withheld_by_purpose()
    for of, project in _settled_pledges().filter(of__in=by_purpose).values_list("of", "project_id"):
        held[f"project:{project}:disputed"] += by_purpose[of]
    booked = {
        code: minor
        for code, minor in credited_by_account(suffix=":disputed").items()
        if code.startswith("project:")
    }
    return sorted(code for code in {*held, *booked} if held[code] != -booked.get(code, 0))
