"""Compare the three records and keep what was found.

Stripe is asked outside any transaction; what it says, the book and the receipts are then laid
side by side. A line that is young is not missed yet: its counterpart may be on its way.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import transaction

from backend.ledger.invariants import check_invariants
from backend.ledger.patience import no_time_limit
from backend.payments.gateways.stripe import StripeRefused, StripeUnreachable
from backend.payments.queries import accounts_paid_on
from backend.payments.refunds import free_refunds, hold_refunds
from backend.reconciliation.models import Comparison, Difference, InvariantLook
from backend.reconciliation.records import (
    Line,
    Record,
    booked_gifts,
    our_record,
    stripes_record,
    told_to_donors,
)

logger = structlog.get_logger(__name__)
Kind = Difference.Kind
LOOKED_BACK = timedelta(days=35)
# A debit is sent days before its bank tells; one that is never told of is a difference at last.
LONGEST_UNDER_WAY = timedelta(days=21)
# The two sides of one thing may be so far apart; so much more is read than is judged.
MARGIN = LONGEST_UNDER_WAY + timedelta(days=4)
YOUNG = timedelta(minutes=15)
KEPT_FOR = timedelta(days=400)


@dataclass(slots=True)
class _Stripes:
    """What the accounts that answered say, and which did not answer."""

    record: Record
    payouts: int
    silent: list[str]


def compare_records(*, at: datetime, young: timedelta = YOUNG) -> Comparison:
    """Compare what people were told, our book and Stripe's record; write down what differs.

    Not atomic: Stripe is asked first. An account that does not answer is counted; what it holds
    is compared the next time, and until then nothing of the book is missed at Stripe. What is
    younger than `young` is missed nowhere; nor is a debit of which the bank has not told yet.
    """
    since = at - LOOKED_BACK
    read_from = since - MARGIN
    stripes = _all_of_stripe(since=read_from, at=at)
    with no_time_limit():
        ours = our_record(since=read_from)
        gifts = booked_gifts(since=read_from)
        told = told_to_donors(since=read_from)
    found = [*_beside_stripe(stripes, ours), *_beside_receipts(told, gifts)]
    under_way = [line for line in stripes.record.lines.values() if _is_under_way(line, at=at)]
    expected = {line.name for line in under_way}
    judged = [one for one in found if one.at >= since and one.name not in expected]
    ripe = [difference for difference in judged if difference.at <= at - young]
    comparison = Comparison(
        since=since,
        compared_at=at,
        stripe_lines=stripes.record.number,
        postings=ours.number,
        receipts=told.number,
        on_the_way=len(judged) - len(ripe),
        under_way=len(under_way),
        under_way_minor=_sums(under_way),
        payouts=stripes.payouts,
        silent_accounts=len(stripes.silent),
    )
    return _keep(comparison, ripe)


def _all_of_stripe(*, since: datetime, at: datetime) -> _Stripes:
    stripes = _Stripes(Record(), payouts=0, silent=[])
    for account in accounts_paid_on(since=since):
        try:
            record, payouts = stripes_record(account=account, since=since)
        except (StripeRefused, StripeUnreachable) as problem:
            logger.warning("reconciliation.silent", account=account, problem=type(problem).__name__)
            stripes.silent.append(account)
            continue
        stripes.payouts += payouts
        stripes.record.take(record)
    return stripes


def _is_under_way(line: Line, *, at: datetime) -> bool:
    return line.is_under_way and line.amount.minor != 0 and line.at > at - LONGEST_UNDER_WAY


def _sums(lines: list[Line]) -> dict[str, int]:
    sums: Counter[str] = Counter()
    for line in lines:
        sums[line.amount.currency] += line.amount.minor
    return dict(sorted(sums.items()))


def _beside_stripe(stripes: _Stripes, ours: Record) -> Iterator[Difference]:
    """Yield what stands at Stripe and in the book not alike."""
    for name, line in stripes.record.lines.items():
        booked = ours.lines.get(name)
        if not line.is_booked:
            yield from _difference(Kind.UNBOOKED, line, line.amount.minor)
        elif booked is None:
            yield from _difference(Kind.ONLY_AT_STRIPE, line, line.amount.minor)
        elif booked.amount.currency != line.amount.currency:
            # Stripe paid out in the account's own currency, at a rate that is in no book.
            continue
        else:
            yield from _difference(Kind.OTHER_AMOUNT, line, line.amount.minor - booked.amount.minor)
    if stripes.silent:
        return
    for name, line in ours.lines.items():
        if name not in stripes.record.lines:
            yield from _difference(Kind.ONLY_IN_BOOK, line, -line.amount.minor)


def _beside_receipts(told: Record, gifts: Record) -> Iterator[Difference]:
    """Yield what donors were told and what was booked for them, where it is not alike."""
    for name, line in told.lines.items():
        booked = gifts.lines.get(name)
        if booked is None or booked.amount.currency != line.amount.currency:
            yield from _difference(Kind.TOLD_NOT_BOOKED, line, line.amount.minor)
        else:
            yield from _difference(
                Kind.TOLD_NOT_BOOKED, line, line.amount.minor - booked.amount.minor
            )
    for name, line in gifts.lines.items():
        if name not in told.lines:
            yield from _difference(Kind.BOOKED_NOT_TOLD, line, -line.amount.minor)


def _difference(kind: Kind, line: Line, minor: int) -> Iterator[Difference]:
    if minor:
        yield Difference(
            kind=kind,
            name=line.name,
            account=line.account,
            amount_minor=minor,
            currency=line.amount.currency,
            at=line.at,
        )


@transaction.atomic
def _keep(comparison: Comparison, differences: list[Difference]) -> Comparison:
    """Write the comparison with all that it found, and forget those that are very old."""
    comparison.save()
    for difference in differences:
        difference.comparison = comparison
    Difference.objects.bulk_create(differences)
    Comparison.objects.filter(compared_at__lt=comparison.compared_at - KEPT_FOR).delete()
    _hold_or_free(comparison, differences)
    return comparison


def _hold_or_free(comparison: Comparison, differences: list[Difference]) -> None:
    """Let committees' refunds wait while something differs, and until all was compared again."""
    if differences:
        logger.error("reconciliation.differs", differences=len(differences))
        hold_refunds(at=comparison.compared_at)
    elif not comparison.silent_accounts:
        free_refunds()


def look_at_invariants(*, at: datetime) -> list[InvariantLook]:
    """Look at every named invariant and keep what was found of each."""
    with no_time_limit():
        looks = [
            InvariantLook(
                name=outcome.name,
                looked_at=outcome.finding.looked_at,
                broken=len(outcome.finding.broken),
                at=at,
            )
            for outcome in check_invariants()
        ]
    with transaction.atomic():
        InvariantLook.objects.exclude(name__in=[look.name for look in looks]).delete()
        InvariantLook.objects.bulk_create(
            looks,
            update_conflicts=True,
            unique_fields=["name"],
            update_fields=["looked_at", "broken", "at"],
        )
    for look in looks:
        if look.broken:
            logger.error("invariant.broken", invariant=look.name, broken=look.broken)
    return looks
