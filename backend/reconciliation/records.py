"""The three records, each as sums by what they are about.

A name such as `charge pledge:…` or `refund refund:…` is the same in all of them. Stripe's lines
are named by our rows; what no row of ours explains is named by Stripe's own id.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db.models import F, Sum

from backend.giving.models import Instalment
from backend.ledger.models import Entry
from backend.money import Money
from backend.payments import states
from backend.payments.gateways.billing import payment_key_of_invoice
from backend.payments.gateways.stripe import (
    BalanceLine,
    NotAtStripe,
    balance_lines_since,
    charge_of_dispute,
    charge_of_refund,
    payment_key_of,
)
from backend.payments.models import DisputeMovement, Payment, Refund
from backend.payments.queries import can_be_ours, first_payment_at, lost_accounts, references_on
from backend.pledges.models import Pledge, Receipt

PAYOUTS = {
    "payout": "payout",
    "payout_failure": "payout returned",
    "payout_cancel": "payout returned",
}
_OF_CHARGE = frozenset({"charge", "payment", "payment_failure_refund"})
_OF_REFUND = {
    "refund": "refund",
    "payment_refund": "refund",
    "refund_failure": "refund undone",
    "payment_refund_failure": "refund undone",
}
_POSTINGS = {
    "pledge_settled": "charge",
    "monthly_settled": "charge",
    "stripe_fee": "charge",
    "pledge_refunded": "refund",
    "monthly_refunded": "refund",
    "refund_failed": "refund undone",
    "dispute_withdrawn": "dispute",
    "dispute_reinstated": "dispute",
    "payout_sent": "payout",
    "payout_returned": "payout returned",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened to money. `is_booked` is false for what belongs in no book.

    Of that, `is_under_way` is a debit of which the payer's bank has not told yet: Stripe shows it
    in its balance from the day it is sent, and takes it back if the bank refuses.
    """

    name: str
    amount: Money
    at: datetime
    account: str = ""
    is_booked: bool = True
    is_under_way: bool = False


@dataclass(slots=True)
class Record:
    """Lines of one name are one: their sum, and the moment of the first."""

    lines: dict[str, Line] = field(default_factory=dict)
    number: int = 0

    def take(self, other: "Record") -> None:
        """Add all lines of another record, none of whose names is known here."""
        self.lines |= other.lines
        self.number += other.number

    def add(self, line: Line) -> None:
        """Add a line to those of its name."""
        self.number += 1
        known = self.lines.get(line.name)
        if known:
            total, first = known.amount + line.amount, min(known.at, line.at)
            line = replace(line, amount=total, at=first)
        self.lines[line.name] = line


def stripes_record(*, account: str, since: datetime) -> tuple[Record, int]:
    """Return what moved in the account's balance since then, and how many lines were payouts.

    Raises StripeUnreachable or StripeRefused.
    """
    lines = list(balance_lines_since(moment=since, account=account))
    names = _Names(account, lines)
    record, payouts = Record(), 0
    for line in lines:
        named = names.line_of(line)
        if named:
            record.add(named)
            payouts += line.kind in PAYOUTS
    return record, payouts


class _Names:
    """Which of our rows a line of Stripe's is about."""

    def __init__(self, account: str, lines: Iterable[BalanceLine]) -> None:
        sources = {line.source_id for line in lines}
        payments = Payment.objects.filter(account=account)
        self.account = account
        self.charges = {row.charge_id: row for row in payments.filter(charge_id__in=sources)}
        refunds = Refund.objects.select_related("payment").filter(stripe_id__in=sources)
        self.refunds = {row.stripe_id: row for row in refunds}
        movements = DisputeMovement.objects.select_related("dispute__payment")
        self.movements = movements.in_bulk([line.id for line in lines])
        self.first_at = first_payment_at(account)

    def line_of(self, line: BalanceLine) -> Line | None:
        """Return the line by our name, or nothing for what is not ours."""
        if line.kind in PAYOUTS:
            return self._payout(line)
        known = self._known(line)
        if known:
            return self._named(*known, line)
        if not self._is_ours(line):
            return None
        return Line(
            f"{line.kind} {line.id}", Money(line.net_minor, line.currency), line.at, self.account
        )

    def _payout(self, line: BalanceLine) -> Line | None:
        """Return money that went to the account's bank or came back, if any of it can be ours."""
        if not can_be_ours(self.first_at, moved_at=line.at):
            return None
        amount = Money(line.net_minor, line.currency)
        return Line(f"{PAYOUTS[line.kind]} {line.source_id}", amount, line.at, self.account)

    def _known(self, line: BalanceLine) -> tuple[str, Payment] | None:
        if line.kind in _OF_CHARGE and line.source_id in self.charges:
            payment = self.charges[line.source_id]
            return f"charge {payment.purpose}", payment
        if line.kind in _OF_REFUND and line.source_id in self.refunds:
            refund = self.refunds[line.source_id]
            return f"{_OF_REFUND[line.kind]} refund:{refund.pk}", refund.payment
        if line.id in self.movements:
            return f"dispute {line.id}", self.movements[line.id].dispute.payment
        return None

    def _named(self, name: str, payment: Payment, line: BalanceLine) -> Line:
        if payment.state == states.SUCCEEDED:
            return Line(name, Money(line.net_minor, line.currency), line.at, self.account)
        # Money that is in no book: what came and what went back must be the same, fees aside.
        amount = Money(line.amount_minor, line.currency)
        if payment.state == states.PROCESSING:
            name = f"under way {payment.key}"
            return Line(name, amount, line.at, self.account, is_booked=False, is_under_way=True)
        return Line(f"unbooked {payment.key}", amount, line.at, self.account, is_booked=False)

    def _is_ours(self, line: BalanceLine) -> bool:
        """Whether we asked Stripe for what the line is about: the account may have other uses."""
        try:
            charge_id = self._charge_of(line)
            return bool(charge_id and self._key_of(charge_id))
        except NotAtStripe:
            return False

    def _key_of(self, charge_id: str) -> str:
        """Return what we called the payment, or the monthly gift whose invoice was paid."""
        key = payment_key_of(charge_id=charge_id, account=self.account)
        return key or payment_key_of_invoice(charge_id=charge_id, account=self.account)

    def _charge_of(self, line: BalanceLine) -> str:
        if line.kind in _OF_CHARGE:
            return line.source_id
        if line.kind in _OF_REFUND:
            return charge_of_refund(refund_id=line.source_id, account=self.account)
        if line.kind == "adjustment" and line.source_id:
            return charge_of_dispute(dispute_id=line.source_id, account=self.account)
        return ""


def our_record(*, since: datetime) -> Record:
    """Return what the book says of the money at Stripe since then: net of Stripe's fees.

    Gifts to sample projects are left out: Stripe never heard of them. So is what moved on
    accounts whose connection has ended: Stripe tells nothing of them any more.
    """
    left_out = _samples() | references_on(lost_accounts())
    rows = (
        Entry.objects.filter(transaction__posted_at__gte=since, account__code__startswith="stripe:")
        .values("transaction__kind", "transaction__reference", "currency")
        .annotate(net=Sum(F("debit_minor") - F("credit_minor")), at=F("transaction__posted_at"))
    )
    record = Record()
    for row in rows:
        kind, reference = row["transaction__kind"], row["transaction__reference"]
        if reference in left_out:
            continue
        name = f"{_POSTINGS.get(kind, kind)} {reference}"
        record.add(Line(name, Money(row["net"], row["currency"]), row["at"]))
    return record


def _samples() -> set[str]:
    months = Instalment.objects.filter(gift__is_sample=True)
    pledges = {pledge.purpose for pledge in Pledge.objects.filter(is_sample=True).only("id")}
    return pledges | set(months.values_list("purpose", flat=True))


def booked_gifts(*, since: datetime) -> Record:
    """Return what the book credited for settled pledges and months since then: gross."""
    rows = Entry.objects.filter(
        transaction__posted_at__gte=since,
        transaction__kind__in=["pledge_settled", "monthly_settled"],
        credit_minor__gt=0,
    ).values_list("transaction__reference", "credit_minor", "currency", "transaction__posted_at")
    record, samples = Record(), _samples()
    for reference, minor, currency, at in rows:
        if reference not in samples:
            record.add(Line(f"receipt {reference}", Money(minor, currency), at))
    return record


def told_to_donors(*, since: datetime) -> Record:
    """Return what the receipts issued since then told their donors: gross."""
    record = Record()
    for receipt in Receipt.objects.filter(
        issued_at__gte=since, pledge__is_sample=False
    ).select_related("pledge"):
        pledge = receipt.pledge
        record.add(Line(f"receipt {pledge.purpose}", pledge.gross, receipt.issued_at))
    for month in Instalment.objects.filter(settled_at__gte=since, gift__is_sample=False):
        record.add(Line(f"receipt {month.purpose}", month.amount, month.settled_at))
    return record
