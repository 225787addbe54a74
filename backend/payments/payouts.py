"""Money that Stripe sends on to a committee's bank, in the book from the day it leaves.

The book follows Stripe's balance: a payout is taken from it when it is made (`payout_sent`), is the
bank's when it has arrived (`payout_paid`), and comes back if the bank sends it back
(`payout_returned`). Each is known by its kind and the payout's id. Of the bank nothing is kept.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from django.db import transaction

from backend.common.crashpoints import crashpoint
from backend.ledger.operations import EntryLine, credit, debit, post
from backend.ledger.queries import account_codes
from backend.money import Money
from backend.payments import payout_states as states
from backend.payments.gateways.stripe import (
    PaidOut,
    StripeRefused,
    StripeUnreachable,
    fetch_payout,
    payouts_since,
)
from backend.payments.models import Payout, StripeAccount
from backend.payments.queries import accounts_paid_on, can_be_ours, first_payment_at

logger = structlog.get_logger(__name__)
# As far back as the books are compared.
LOOKED_BACK = timedelta(days=60)
# Whose payouts those of the installation's own key are, where several committees use it.
PLATFORM = "platform"
_EVENT_OF = {
    "pending": "sent",
    "in_transit": "sent",
    "paid": "arrived",
    "failed": "returned",
    "canceled": "returned",
}


def look_at_payout(*, payout_id: str, account: str, at: datetime) -> Payout | None:
    """Fetch what has become of the payout and book it; None if it moves no money of ours.

    Not atomic. Raises StripeUnreachable or StripeRefused.
    """
    crashpoint("before_refetch")
    paid_out = fetch_payout(payout_id=payout_id, account=account)
    crashpoint("after_refetch_before_apply")
    return apply_payout(paid_out=paid_out, account=account, at=at)


@transaction.atomic
def apply_payout(*, paid_out: PaidOut, account: str, at: datetime) -> Payout | None:
    """Make what Stripe says of the payout a fact in the book; twice is harmless."""
    if not can_be_ours(first_payment_at(account), moved_at=paid_out.at):
        return None
    payout = _row_of(paid_out, account)
    if payout.state == states.NEW:
        payout = _move(payout, "sent", at=at)
    event = _EVENT_OF[paid_out.status]
    if event == "arrived" and payout.state == states.UNDER_WAY:
        payout.arrived_on = paid_out.arrives_at.date()
        payout.save(update_fields=["arrived_on"])
        payout = _move(payout, "arrived", at=at)
    if event == "returned" and payout.state in (states.UNDER_WAY, states.PAID):
        payout = _move(payout, "returned", at=at)
    payout.checked_at = at
    payout.save(update_fields=["checked_at"])
    return payout


def _row_of(paid_out: PaidOut, account: str) -> Payout:
    owner = StripeAccount.objects.filter(account_id=account).first() if account else None
    Payout.objects.get_or_create(
        id=paid_out.id,
        defaults={
            "account": account,
            "owner": str(owner.organisation_id) if owner else _owner(paid_out.currency),
            "amount_minor": paid_out.amount_minor,
            "fee_minor": paid_out.fee_minor,
            "currency": paid_out.currency,
            "made_at": paid_out.at,
        },
    )
    return Payout.objects.select_for_update().get(pk=paid_out.id)


def _owner(currency: str) -> str:
    """Return the one committee that has money on the installation's own key, or the platform."""
    codes = account_codes("stripe:", currency=currency)
    owners = {code.split(":")[1] for code in codes} - {PLATFORM}
    return owners.pop() if len(owners) == 1 else PLATFORM


def _move(payout: Payout, event: str, *, at: datetime) -> Payout:
    """Take the edge and write its line to the book, in one transaction."""
    lines = _lines_of(payout, event)
    post(
        kind={"sent": "payout_sent", "arrived": "payout_paid", "returned": "payout_returned"}[
            event
        ],
        reference=payout.pk,
        chain=f"payouts:{payout.owner}:{payout.currency}",
        lines=lines,
        at=at,
    )
    payout.state = states.next_state(payout.state, event)
    payout.save(update_fields=["state"])
    return payout


def _lines_of(payout: Payout, event: str) -> Sequence[EntryLine]:
    whose = f"{payout.owner}:{payout.currency}"
    at_stripe, under_way, at_bank = f"stripe:{whose}", f"transit:{whose}", f"bank:{whose}"
    amount = payout.amount
    if event == "sent":
        fee = Money(payout.fee_minor, payout.currency)
        lines = [*_moved(at_stripe, -(amount + fee)), *_moved(under_way, amount)]
        return [*lines, *_moved(f"payouts:{whose}:fees", fee)]
    if event == "arrived":
        return [*_moved(under_way, -amount), *_moved(at_bank, amount)]
    had_it = at_bank if payout.state == states.PAID else under_way
    return [*_moved(had_it, -amount), *_moved(at_stripe, amount)]


def _moved(account: str, amount: Money) -> list[EntryLine]:
    """Return the entry by which `account` gets `amount`, or loses it if less than nothing."""
    if not amount:
        return []
    return [debit(account, amount) if amount.minor > 0 else credit(account, -amount)]


def look_after_payouts(*, at: datetime) -> int:
    """Book the payouts whose events never came, of every account with money of ours; how many.

    One account that does not answer must not hold up the others.
    """
    seen = 0
    for account in accounts_paid_on(since=at - LOOKED_BACK):
        try:
            for paid_out in payouts_since(moment=at - LOOKED_BACK, account=account):
                apply_payout(paid_out=paid_out, account=account, at=at)
                seen += 1
        except (StripeRefused, StripeUnreachable) as problem:
            logger.warning("payouts.not_asked", account=account, problem=type(problem).__name__)
    return seen
