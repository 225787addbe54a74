"""What monthly gifts do when payments announce something. Other purposes are not theirs."""

from uuid import UUID

from backend.accounts.events import AddressProved
from backend.events.bus import subscribe
from backend.giving import booking, operations
from backend.jobs.queue import enqueue
from backend.payments import dispute_states, events
from backend.payments.queries import living_monthly


def _gift_of(purpose: str) -> UUID | None:
    kind, _, key = purpose.partition(":")
    return UUID(key) if kind == "monthly" else None


def _is_of_a_month(purpose: str) -> bool:
    return purpose.startswith("invoice:")


@subscribe(events.CheckoutOpened)
def note_opened(event: events.CheckoutOpened) -> None:
    """The gift waits for its donor on Stripe's page."""
    if gift_id := _gift_of(event.purpose):
        operations.move_gift(gift_id=gift_id, event="page_opened", at=event.at)


@subscribe(events.PaymentExpired)
def expire(event: events.PaymentExpired) -> None:
    """The donor left Stripe's page; nothing was charged."""
    if gift_id := _gift_of(event.purpose):
        operations.move_gift(gift_id=gift_id, event="page_expired", at=event.at)


@subscribe(events.MonthlyBegun)
def begin(event: events.MonthlyBegun) -> None:
    """The donor has agreed on Stripe's page: from now on Stripe collects."""
    if gift_id := _gift_of(event.purpose):
        operations.move_gift(gift_id=gift_id, event="begun", at=event.at)


@subscribe(events.MonthlySeen)
def note_standing(event: events.MonthlySeen) -> None:
    """Stripe told how the gift stands."""
    if gift_id := _gift_of(event.purpose):
        operations.note_standing(gift_id=gift_id, seen=event)


@subscribe(events.InvoiceSettled)
def settle(event: events.InvoiceSettled) -> None:
    """The money of a month is there: book it, and thank the donor."""
    if gift_id := _gift_of(event.monthly):
        booking.settle_instalment(
            gift_id=gift_id,
            purpose=event.purpose,
            amount=event.amount,
            fee=event.fee,
            charged_at=event.charged_at,
            at=event.at,
        )


@subscribe(events.FeeBecameKnown)
def book_fee(event: events.FeeBecameKnown) -> None:
    """Stripe told its fee late."""
    if _is_of_a_month(event.purpose):
        booking.book_late_fee(purpose=event.purpose, fee=event.fee, at=event.at)


@subscribe(events.MoneySentBack)
def book_refund(event: events.MoneySentBack) -> None:
    """Money left for the donor."""
    if _is_of_a_month(event.purpose):
        booking.book_refund(
            purpose=event.purpose, refund=event.refund, amount=event.amount, at=event.at
        )


@subscribe(events.MoneyCameBack)
def undo_refund(event: events.MoneyCameBack) -> None:
    """The donor's bank sent the money back."""
    if _is_of_a_month(event.purpose):
        booking.undo_refund(
            purpose=event.purpose, refund=event.refund, amount=event.amount, at=event.at
        )


@subscribe(events.MoneyThereAndBack)
def book_there_and_back(event: events.MoneyThereAndBack) -> None:
    """A refund left and came back unseen."""
    if _is_of_a_month(event.purpose):
        booking.book_there_and_back(
            purpose=event.purpose, refund=event.refund, amount=event.amount, at=event.at
        )


@subscribe(events.DisputeMoved)
def book_dispute_movement(event: events.DisputeMoved) -> None:
    """A dispute took money or brought it back."""
    if _is_of_a_month(event.purpose):
        booking.book_dispute_movement(
            purpose=event.purpose,
            movement=event.movement,
            amount=event.amount,
            fee=event.fee,
            at=event.at,
        )


@subscribe(events.DisputeChanged)
def show_dispute(event: events.DisputeChanged) -> None:
    """A dispute was opened or decided."""
    if _is_of_a_month(event.purpose):
        booking.show_dispute(
            purpose=event.purpose,
            dispute=event.dispute,
            is_open=event.state == dispute_states.OPEN,
        )


@subscribe(events.DisputeLost)
def book_lost_dispute(event: events.DisputeLost) -> None:
    """The donor's bank keeps the money."""
    if _is_of_a_month(event.purpose):
        booking.book_lost_dispute(
            purpose=event.purpose,
            dispute=event.dispute,
            taken=event.taken,
            beyond=event.beyond,
            at=event.at,
        )


@subscribe(events.AccountLost)
def tell_of_lost_account(event: events.AccountLost) -> None:
    """Stripe may go on collecting on an account that we no longer see: its donors are told."""
    for purpose in living_monthly(event.account):
        enqueue("giving.tell", letter="out_of_reach", gift_id=str(_gift_of(purpose)), about="lost")


@subscribe(AddressProved)
def join(event: AddressProved) -> None:
    """Gifts made as guest with this address now belong to the person."""
    operations.join_gifts(donor_id=event.user_id, proven_email=event.email)
