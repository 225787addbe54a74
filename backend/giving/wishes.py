"""What a donor wishes of a gift that has begun: another sum, a pause, to go on, an end.

Three steps as for a payment: the wish with its key is committed, Stripe is called outside any
transaction, and what Stripe then says becomes a fact. One wish is under way at a time, so an
older one that comes late can never undo a newer one; when Stripe is silent it stays asked, and
the sweep goes on with it.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from backend.common.crashpoints import crashpoint
from backend.giving import states
from backend.giving.models import MonthlyGift, Wish
from backend.giving.operations import MonthlyRefused, line_of, locked_gift, refuse_amount
from backend.jobs.queue import enqueue
from backend.money import Money
from backend.payments import monthly
from backend.payments.gateways.stripe import StripeBroken, StripeRefused, StripeUnreachable
from backend.payments.models import Payment
from backend.payments.queries import cover_for, monthly_page

logger = structlog.get_logger(__name__)
# Longer than any call takes: who asked is dead by then, or was told that Stripe is silent.
FIRST_CALL_TAKES = timedelta(minutes=1)
MOST_AT_ONCE = 200
Act = Wish.Act
# From which states a wish makes sense; to pause what is paused already is no wish.
POSSIBLE_IN = {
    Act.CHANGE: (states.ACTIVE, states.PAST_DUE, states.PAUSED),
    Act.PAUSE: (states.ACTIVE, states.PAST_DUE),
    Act.RESUME: (states.PAUSED,),
    Act.STOP: states.LIVING,
}


class NotPossible(MonthlyRefused):
    """The gift does not stand so that this can be done: it has ended, or it is so already."""


class WishUnderWay(MonthlyRefused):
    """Another wish waits for Stripe's answer."""


class StripeSilent(MonthlyRefused):
    """Stripe gave no answer. The wish is kept and carried out as soon as Stripe answers."""


class CardPageNotOpened(MonthlyRefused):
    """Stripe's page for the card could not be opened; nothing has changed."""


def change_sum(*, gift_id: UUID, amount: Money, cover_fee: bool, at: datetime) -> MonthlyGift:
    """Give `amount` from the next month on.

    Not atomic. Raises AmountOutOfRange, NotPossible, WishUnderWay or StripeSilent.
    """
    refuse_amount(amount, MonthlyGift.objects.get(pk=gift_id).currency)
    cover = cover_for(amount) if cover_fee else Money(0, amount.currency)
    return _wish(gift_id, Act.CHANGE, at=at, amount=amount, cover=cover)


def pause_gift(*, gift_id: UUID, at: datetime) -> MonthlyGift:
    """Have nothing collected until the donor goes on.

    Not atomic. Raises NotPossible, WishUnderWay or StripeSilent.
    """
    return _wish(gift_id, Act.PAUSE, at=at)


def resume_gift(*, gift_id: UUID, at: datetime) -> MonthlyGift:
    """Have the gift collected again from the next month on.

    Not atomic. Raises NotPossible, WishUnderWay or StripeSilent.
    """
    return _wish(gift_id, Act.RESUME, at=at)


def stop_gift(*, gift_id: UUID, at: datetime) -> MonthlyGift:
    """Have nothing collected any more, what is owed neither.

    Not atomic. Raises NotPossible, WishUnderWay or StripeSilent.
    """
    return _wish(gift_id, Act.STOP, at=at)


def _wish(
    gift_id: UUID,
    act: Wish.Act,
    *,
    at: datetime,
    amount: Money | None = None,
    cover: Money | None = None,
) -> MonthlyGift:
    wish = _ask(gift_id, act, amount=amount, cover=cover, at=at)
    if wish:
        crashpoint("after_pledge_row")
        wish = carry_out(wish=wish, at=at)
        if wish.state == Wish.State.REFUSED:
            raise NotPossible(_("Stripe refused this change. Nothing has changed."))
        if wish.state == Wish.State.ASKED:
            raise StripeSilent(
                _("Stripe does not answer just now. We have your wish and carry it out.")
            )
    return MonthlyGift.objects.get(pk=gift_id)


@transaction.atomic
def _ask(
    gift_id: UUID, act: Wish.Act, *, amount: Money | None, cover: Money | None, at: datetime
) -> Wish | None:
    """Write the wish with its key, or return None where it is so already."""
    gift = locked_gift(gift_id)
    waiting = Wish.objects.select_related("gift__committee").filter(
        gift=gift, state=Wish.State.ASKED
    )
    earlier = waiting.first()
    if earlier:
        if earlier.act == act and (amount is None or earlier.gift_minor == amount.minor):
            return earlier
        raise WishUnderWay(
            _("An earlier change waits for Stripe’s answer. Try again in some minutes.")
        )
    if gift.is_sample or gift.state not in POSSIBLE_IN[act]:
        if act == Act.STOP and gift.state in states.ENDED:
            return None
        raise NotPossible(_("This monthly gift does not stand so that this can be done."))
    number = Wish.objects.filter(gift=gift).count() + 1
    return Wish.objects.create(
        gift=gift,
        number=number,
        act=act,
        gift_minor=amount.minor if amount else gift.gift_minor,
        cover_minor=cover.minor if cover else (0 if amount else gift.cover_minor),
        asked_at=at,
    )


def carry_out(*, wish: Wish, at: datetime) -> Wish:
    """Ask Stripe for what is wished and note what came of it; asked again it is the same call.

    Not atomic. A wish that Stripe does not answer stays asked.
    """
    payment = monthly_page(wish.gift.purpose)
    if wish.state != Wish.State.ASKED or payment is None:
        return wish
    try:
        _CALLS[wish.act](wish, payment, at)
    except StripeBroken:
        # Stripe would replay the broken answer for a day; the next call has a key of its own.
        Wish.objects.filter(pk=wish.pk, attempt=wish.attempt).update(attempt=F("attempt") + 1)
        return wish
    except StripeUnreachable as silence:
        logger.warning("wish.unanswered", wish=wish.key, problem=type(silence).__name__)
        return wish
    except StripeRefused as refusal:
        with suppress(StripeUnreachable, StripeRefused):
            monthly.look_at_monthly(payment=payment, at=at)
        return _end(wish, Wish.State.REFUSED, problem=str(refusal), at=at)
    return _end(wish, Wish.State.DONE, at=at)


def _change(wish: Wish, payment: Payment, at: datetime) -> None:
    monthly.change_monthly(
        payment=payment, name=line_of(wish.gift), amount=wish.gross, key=wish.key, at=at
    )


def _pause(wish: Wish, payment: Payment, at: datetime) -> None:
    monthly.pause_monthly(payment=payment, key=wish.key, at=at)


def _resume(wish: Wish, payment: Payment, at: datetime) -> None:
    monthly.resume_monthly(payment=payment, key=wish.key, at=at)


def _stop(wish: Wish, payment: Payment, at: datetime) -> None:
    monthly.stop_monthly(payment=payment, key=wish.key, at=at)


_CALLS: dict[str, Callable[[Wish, Payment, datetime], None]] = {
    Act.CHANGE: _change,
    Act.PAUSE: _pause,
    Act.RESUME: _resume,
    Act.STOP: _stop,
}


@transaction.atomic
def _end(wish: Wish, state: Wish.State, *, at: datetime, problem: str = "") -> Wish:
    wish = Wish.objects.select_for_update(of=("self",)).select_related("gift").get(pk=wish.pk)
    if wish.state != Wish.State.ASKED:
        return wish
    wish.state, wish.ended_at, wish.problem = state, at, problem[:300]
    wish.save(update_fields=["state", "ended_at", "problem"])
    if wish.act == Act.CHANGE and state == Wish.State.DONE:
        enqueue("giving.tell", letter="changed", gift_id=str(wish.gift_id), about=str(wish.pk))
    return wish


def look_after_wishes(*, at: datetime) -> int:
    """Go on with the wishes that wait for Stripe or for a dead process; return how many."""
    waiting = Wish.objects.select_related("gift__committee").filter(
        state=Wish.State.ASKED, asked_at__lt=at - FIRST_CALL_TAKES
    )
    found = list(waiting.order_by("asked_at", "id")[:MOST_AT_ONCE])
    for wish in found:
        try:
            carry_out(wish=wish, at=at)
        except Exception as problem:  # noted here, and named by the invariants while it lasts
            logger.warning("wish.sweep_failed", wish=wish.key, problem=type(problem).__name__)
    return len(found)


def open_card_page(*, gift: MonthlyGift, at: datetime) -> str:
    """Return an address at Stripe where the donor changes their card.

    Not atomic. Raises NotPossible or CardPageNotOpened.
    """
    payment = monthly_page(gift.purpose)
    if payment is None or gift.state not in states.LIVING:
        raise NotPossible(_("This monthly gift does not stand so that this can be done."))
    address = settings.MONTHLY_GIFT_ADDRESS.format(language=gift.language, token=gift.token)
    try:
        return monthly.open_card_page(
            payment=payment,
            return_url=f"{settings.SITE_URL}{address}?from=card",
            language=gift.language,
            at=at,
        )
    except (StripeUnreachable, StripeRefused) as silence:
        raise CardPageNotOpened(
            _("Stripe’s page did not open. Nothing has changed. Try again in a moment.")
        ) from silence
