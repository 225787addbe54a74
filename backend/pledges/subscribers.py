"""What pledges do when payments announce something. Other purposes than pledges are not ours."""

from uuid import UUID

from backend.accounts.events import AddressProved
from backend.events.bus import subscribe
from backend.jobs.queue import enqueue
from backend.payments import dispute_states, events
from backend.pledges import losing, operations, recovery, returning, securing, states
from backend.pledges.news import NEWS
from backend.pledges.paying_back import pay_back_later
from backend.projects.events import CampaignExtended, GiftsToPayBack, ProjectMoved


def _pledge_of(purpose: str) -> UUID | None:
    kind, _, key = purpose.partition(":")
    return UUID(key) if kind == "pledge" else None


@subscribe(events.AccountLost)
def suspend(event: events.AccountLost) -> None:
    """A committee's account is gone: its campaigns wait, and their supporters are told."""
    losing.note_account_lost(
        account=event.account, organisation_id=event.organisation_id, at=event.at
    )


@subscribe(events.CheckoutOpened)
def note_opened(event: events.CheckoutOpened) -> None:
    """The pledge waits for its donor on Stripe's page."""
    if pledge_id := _pledge_of(event.purpose):
        operations.move_pledge(pledge_id=pledge_id, event="checkout_opened", at=event.at)


@subscribe(events.PaymentProcessing)
def note_processing(event: events.PaymentProcessing) -> None:
    """A slow method is under way."""
    if pledge_id := _pledge_of(event.purpose):
        operations.note_processing(pledge_id=pledge_id)
        enqueue("pledges.tell_processing", pledge_id=str(pledge_id))


@subscribe(events.PaymentSettled)
def settle(event: events.PaymentSettled) -> None:
    """The money is there: book it, and thank the donor in a job of the same transaction."""
    if pledge_id := _pledge_of(event.purpose):
        # The job is there once all of this is committed. It is written first, because settling
        # ends with locks for which others wait.
        enqueue("pledges.send_receipt", pledge_id=str(pledge_id))
        operations.settle_pledge(
            pledge_id=pledge_id,
            amount=event.amount,
            fee=event.fee,
            platform_fee=event.platform_fee,
            at=event.at,
        )


@subscribe(events.FeeBecameKnown)
def book_fee(event: events.FeeBecameKnown) -> None:
    """Stripe told its fee late."""
    if pledge_id := _pledge_of(event.purpose):
        operations.book_late_fee(
            pledge_id=pledge_id, fee=event.fee, platform_fee=event.platform_fee, at=event.at
        )


@subscribe(events.PaymentFailed)
def drop(event: events.PaymentFailed) -> None:
    """A slow method did not bring the money."""
    if pledge_id := _pledge_of(event.purpose):
        pledge = operations.move_pledge(pledge_id=pledge_id, event="payment_failed", at=event.at)
        if pledge.state == states.FAILING:
            recovery.note_declined(pledge_id=pledge_id, needs_authentication=False, at=event.at)
        enqueue("pledges.tell_failed", pledge_id=str(pledge_id))


@subscribe(events.CardSaved)
def secure(event: events.CardSaved) -> None:
    """A card stands for the sum: the pledge counts as promised."""
    if pledge_id := _pledge_of(event.purpose):
        securing.secure_pledge(pledge_id=pledge_id, at=event.at)


@subscribe(events.ChargeDeclined)
def note_declined(event: events.ChargeDeclined) -> None:
    """A saved card was not charged: its holder has a week to help."""
    if pledge_id := _pledge_of(event.purpose):
        recovery.note_declined(
            pledge_id=pledge_id, needs_authentication=event.needs_authentication, at=event.at
        )


@subscribe(CampaignExtended)
def tell_of_extension(event: CampaignExtended) -> None:
    """Whoever has a card saved is told, and may withdraw."""
    enqueue("pledges.tell_extended", project_id=str(event.project_id))


@subscribe(GiftsToPayBack)
def pay_back(event: GiftsToPayBack) -> None:
    """The committee does not go ahead: every gift goes back."""
    pay_back_later(event.project_id)


@subscribe(ProjectMoved)
def tell_news(event: ProjectMoved) -> None:
    """Whoever gave hears that the project goes ahead, and that it is done."""
    if event.state in NEWS:
        enqueue("pledges.tell_news", project_id=str(event.project_id), news=event.state)


@subscribe(events.PaymentExpired)
def expire(event: events.PaymentExpired) -> None:
    """The donor left Stripe's page; nothing was charged."""
    if pledge_id := _pledge_of(event.purpose):
        operations.move_pledge(pledge_id=pledge_id, event="payment_expired", at=event.at)


@subscribe(events.PaymentQuarantined)
def quarantine(event: events.PaymentQuarantined) -> None:
    """Stripe's amount is not ours: a person must look."""
    if pledge_id := _pledge_of(event.purpose):
        operations.move_pledge(pledge_id=pledge_id, event="payment_quarantined", at=event.at)


@subscribe(events.PaymentReturned)
def give_back(event: events.PaymentReturned) -> None:
    """Wrong money went back to the donor, who may pay again."""
    if pledge_id := _pledge_of(event.purpose):
        operations.move_pledge(pledge_id=pledge_id, event="payment_returned", at=event.at)


@subscribe(events.SecondPaymentReturned)
def tell_paid_twice(event: events.SecondPaymentReturned) -> None:
    """A second payment of the same pledge went back: its donor hears why money moved."""
    if pledge_id := _pledge_of(event.purpose):
        enqueue(
            "pledges.tell_paid_twice",
            pledge_id=str(pledge_id),
            payment=event.payment,
            number=event.number,
            amount_minor=event.amount.minor,
        )


@subscribe(events.MoneySentBack)
def book_refund(event: events.MoneySentBack) -> None:
    """Money left for the donor: book it, and tell them."""
    if pledge_id := _pledge_of(event.purpose):
        returning.book_refund(
            pledge_id=pledge_id, refund=event.refund, amount=event.amount, at=event.at
        )
        enqueue("pledges.tell_refunded", pledge_id=str(pledge_id), refund_id=event.refund)


@subscribe(events.MoneyCameBack)
def undo_refund(event: events.MoneyCameBack) -> None:
    """The donor's bank sent the money back: undo the refund, and ask them to get in touch."""
    if pledge_id := _pledge_of(event.purpose):
        returning.undo_refund(
            pledge_id=pledge_id, refund=event.refund, amount=event.amount, at=event.at
        )
        enqueue("pledges.tell_refund_failed", pledge_id=str(pledge_id), refund_id=event.refund)


@subscribe(events.MoneyThereAndBack)
def book_there_and_back(event: events.MoneyThereAndBack) -> None:
    """A refund left and came back unseen: the book tells of both."""
    if pledge_id := _pledge_of(event.purpose):
        returning.book_there_and_back(
            pledge_id=pledge_id, refund=event.refund, amount=event.amount, at=event.at
        )


@subscribe(events.DisputeMoved)
def book_dispute_movement(event: events.DisputeMoved) -> None:
    """A dispute took money or brought it back."""
    if pledge_id := _pledge_of(event.purpose):
        returning.book_dispute_movement(
            pledge_id=pledge_id,
            movement=event.movement,
            amount=event.amount,
            fee=event.fee,
            at=event.at,
        )


@subscribe(events.DisputeChanged)
def show_dispute(event: events.DisputeChanged) -> None:
    """A dispute was opened or decided; the committee hears of an open one at once."""
    if pledge_id := _pledge_of(event.purpose):
        returning.show_dispute(pledge_id=pledge_id, at=event.at)
        if event.state == dispute_states.OPEN:
            enqueue("pledges.tell_disputed", pledge_id=str(pledge_id), dispute_id=event.dispute)


@subscribe(events.DisputeLost)
def book_lost_dispute(event: events.DisputeLost) -> None:
    """The donor's bank keeps the money."""
    if pledge_id := _pledge_of(event.purpose):
        returning.book_lost_dispute(
            pledge_id=pledge_id,
            dispute=event.dispute,
            taken=event.taken,
            beyond=event.beyond,
            at=event.at,
        )


@subscribe(AddressProved)
def join(event: AddressProved) -> None:
    """Pledges made as guest with this address now belong to the person."""
    operations.join_pledges(donor_id=event.user_id, proven_email=event.email)
