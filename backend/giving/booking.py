"""The money of a monthly gift: booked once for each month, and what goes back of it.

It belongs to no project: the committee has a chain of its own in the book, and accounts below it
(`committee:…:EUR:gifts`, `:fees`, `:disputed`). What moves at Stripe comes here by what payments
announce; the same movement again changes nothing.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F

from backend.common.crashpoints import crashpoint
from backend.giving import states
from backend.giving.models import Instalment, MonthlyGift, MonthlyReceiptBook
from backend.jobs.queue import enqueue
from backend.ledger.operations import EntryLine, NewPosting, credit, debit, post, post_many
from backend.money import Money
from backend.payments.queries import has_open_dispute


@transaction.atomic
def settle_instalment(
    *,
    gift_id: UUID,
    purpose: str,
    amount: Money,
    fee: Money | None,
    charged_at: datetime,
    at: datetime,
) -> Instalment:
    """Book what one month brought and give it a receipt. Settling twice is harmless."""
    gift = MonthlyGift.objects.select_for_update(of=("self",)).get(pk=gift_id)
    known = Instalment.objects.filter(purpose=purpose).first()
    if known:
        return known
    instalment = Instalment.objects.create(
        gift=gift,
        purpose=purpose,
        amount_minor=amount.minor,
        currency=amount.currency,
        fee_minor=fee.minor if fee is not None else None,
        public_reference=secrets.token_hex(16),
        organisation_id=gift.committee_id,
        year=at.year,
        number=_next_number(gift, at.year),
        charged_at=charged_at,
        settled_at=at,
    )
    post_many(postings=[line_of_month(instalment, fee, at=at)])
    crashpoint("after_ledger_before_rollup")
    enqueue("giving.send_receipt", instalment_id=str(instalment.pk))
    return instalment


def line_of_month(instalment: Instalment, fee: Money | None, *, at: datetime) -> NewPosting:
    """Return the line of the committee's book: what Stripe holds and keeps, against the gift."""
    gift, amount = instalment.gift, instalment.amount
    return NewPosting(
        kind="monthly_settled",
        reference=instalment.purpose,
        chain=gift.chain,
        lines=[
            *_moved(_at_stripe(gift), amount - fee if fee else amount),
            *_moved(f"{gift.chain}:fees", fee if fee else Money(0, amount.currency)),
            credit(f"{gift.chain}:gifts", amount),
        ],
        at=at,
        public_reference=instalment.public_reference,
    )


def _next_number(gift: MonthlyGift, year: int) -> int:
    committee_id = gift.committee_id
    MonthlyReceiptBook.objects.get_or_create(organisation_id=committee_id, year=year)
    books = MonthlyReceiptBook.objects.select_for_update()
    book = books.get(organisation_id=committee_id, year=year)
    book.last_number = F("last_number") + 1
    book.save(update_fields=["last_number"])
    book.refresh_from_db(fields=["last_number"])
    return book.last_number


def _at_stripe(gift: MonthlyGift) -> str:
    """Return the ledger's code for what Stripe holds for the committee; pledges use the same."""
    return f"stripe:{gift.committee_id}:{gift.currency}"


@transaction.atomic
def book_late_fee(*, purpose: str, fee: Money, at: datetime) -> None:
    """Book a fee that Stripe told only after the money had been booked."""
    instalment = _locked(purpose)
    if instalment.fee_minor is not None:
        return
    instalment.fee_minor = fee.minor
    instalment.save(update_fields=["fee_minor"])
    if fee:
        gift = instalment.gift
        lines = [debit(f"{gift.chain}:fees", fee), credit(_at_stripe(gift), fee)]
        _post(instalment, "stripe_fee", purpose, lines, at=at)


@transaction.atomic
def book_refund(*, purpose: str, refund: str, amount: Money, at: datetime) -> None:
    """Book money that left for the donor. Stripe's fee on the gift is not given back."""
    instalment = _locked(purpose)
    gift = instalment.gift
    lines = [debit(f"{gift.chain}:gifts", amount), credit(_at_stripe(gift), amount)]
    if _post(instalment, "monthly_refunded", f"refund:{refund}", lines, at=at):
        _change_returned(instalment, amount)
        enqueue("giving.tell_refunded", instalment_id=str(instalment.pk), refund_id=refund)


@transaction.atomic
def undo_refund(*, purpose: str, refund: str, amount: Money, at: datetime) -> None:
    """Book the money of a refund that the donor's bank sent back."""
    instalment = _locked(purpose)
    gift = instalment.gift
    lines = [debit(_at_stripe(gift), amount), credit(f"{gift.chain}:gifts", amount)]
    if _post(instalment, "refund_failed", f"refund:{refund}", lines, at=at):
        _change_returned(instalment, -amount)


@transaction.atomic
def book_there_and_back(*, purpose: str, refund: str, amount: Money, at: datetime) -> None:
    """Book both ways of a refund that came back before we heard of it; no total changes."""
    instalment = _locked(purpose)
    gifts, stripe = f"{instalment.gift.chain}:gifts", _at_stripe(instalment.gift)
    there = [debit(gifts, amount), credit(stripe, amount)]
    back = [debit(stripe, amount), credit(gifts, amount)]
    _post(instalment, "monthly_refunded", f"refund:{refund}", there, at=at)
    _post(instalment, "refund_failed", f"refund:{refund}", back, at=at)


@transaction.atomic
def book_dispute_movement(
    *, purpose: str, movement: str, amount: Money, fee: Money, at: datetime
) -> None:
    """Book what a dispute took from Stripe's balance or brought back, and what Stripe keeps."""
    instalment = _locked(purpose)
    gift = instalment.gift
    lines = [
        *_moved(_at_stripe(gift), amount - fee),
        *_moved(f"{gift.chain}:disputed", -amount),
        *_moved(f"{gift.chain}:fees", fee),
    ]
    kind = "dispute_withdrawn" if amount.minor < 0 else "dispute_reinstated"
    if lines:
        _post(instalment, kind, movement, lines, at=at)


@transaction.atomic
def book_lost_dispute(
    *, purpose: str, dispute: str, taken: Money, beyond: Money, at: datetime
) -> None:
    """Book that the donor's bank keeps the money: `taken` of the gift, `beyond` as a cost."""
    instalment = _locked(purpose)
    gift = instalment.gift
    lines = [
        *_moved(f"{gift.chain}:gifts", taken),
        *_moved(f"{gift.chain}:fees", beyond),
        credit(f"{gift.chain}:disputed", taken + beyond),
    ]
    if _post(instalment, "dispute_lost", f"dispute:{dispute}", lines, at=at):
        _change_returned(instalment, taken)


@transaction.atomic
def show_dispute(*, purpose: str, dispute: str, is_open: bool) -> None:
    """Show whether the donor's bank holds the money; the committee hears of an open dispute."""
    instalment = _locked(purpose)
    _show_what_is_true(instalment)
    if is_open:
        enqueue("giving.tell_disputed", instalment_id=str(instalment.pk), dispute_id=dispute)


def _locked(purpose: str) -> Instalment:
    rows = Instalment.objects.select_for_update(of=("self",)).select_related("gift")
    return rows.get(purpose=purpose)


def _moved(account: str, amount: Money) -> list[EntryLine]:
    """Return the entry by which `account` gets `amount`, or loses it if less than nothing."""
    if not amount:
        return []
    return [debit(account, amount) if amount.minor > 0 else credit(account, -amount)]


def _post(
    instalment: Instalment,
    kind: str,
    reference: str,
    lines: Sequence[EntryLine],
    *,
    at: datetime,
) -> bool:
    """Write a line to the committee's book; return False if it stands there already."""
    return post(
        kind=kind,
        reference=reference,
        chain=instalment.gift.chain,
        lines=lines,
        at=at,
        public_reference=instalment.public_reference,
    ).is_new


def _change_returned(instalment: Instalment, amount: Money) -> None:
    instalment.returned_minor += amount.minor
    _show_what_is_true(instalment)


def _show_what_is_true(instalment: Instalment) -> None:
    """Name what money and disputes tell of this month."""
    if has_open_dispute(instalment.purpose):
        instalment.state = states.DISPUTED
    elif not instalment.kept:
        instalment.state = states.REFUNDED
    else:
        instalment.state = states.PART_REFUNDED if instalment.returned else states.SETTLED
    instalment.save(update_fields=["state", "returned_minor"])
