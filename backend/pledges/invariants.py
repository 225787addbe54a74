"""What must always be true of pledges, their money and their receipts."""

from datetime import timedelta

from django.db.models import Count, F, Max, Q, Sum
from django.utils import timezone

from backend.ledger.invariants import Finding, invariant
from backend.ledger.queries import credited_by_account
from backend.pledges import states
from backend.pledges.models import Pledge, PledgeTransition, Receipt
from backend.projects.models import Project


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
    """The settled pledges of a project sum to the total that it shows."""
    rows = Project.objects.annotate(
        settled=Sum(
            F("pledges__gift_minor") + F("pledges__cover_minor"),
            filter=Q(pledges__state=states.SETTLED),
            default=0,
        ),
        number=Count("pledges", filter=Q(pledges__state=states.SETTLED)),
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
    missing = Pledge.objects.filter(state=states.SETTLED, receipt__isnull=True)
    broken = [f"{row['organisation_id']} {row['year']}" for row in gaps]
    broken += [str(pk) for pk in missing.values_list("id", flat=True)]
    return Finding(looked_at=Receipt.objects.count(), broken=broken)


@invariant("I-state")
def last_transition_is_the_state() -> Finding:
    """The newest transition of a pledge leads to the state that it is in."""
    latest = dict(PledgeTransition.objects.order_by("id").values_list("pledge_id", "new"))
    rows = Pledge.objects.filter(is_sample=False).values_list("id", "state")
    broken = [str(pk) for pk, state in rows if latest.get(pk, states.NEW) != state]
    return Finding(looked_at=len(rows), broken=broken)


@invariant("I-stuck")
def nothing_is_stuck() -> Finding:
    """No pledge stays without a page to pay on for more than an hour."""
    stuck = Pledge.objects.filter(state=states.NEW, made_at__lt=timezone.now() - timedelta(hours=1))
    return Finding(
        looked_at=Pledge.objects.count(),
        broken=[str(pk) for pk in stuck.values_list("id", flat=True)],
    )
