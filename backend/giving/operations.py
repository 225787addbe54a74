"""What can be done with a monthly gift, until it has begun.

Every function here is one whole step: it checks, writes and records in a single transaction, and
raises a MonthlyRefused whose text can be shown to the donor. Opening Stripe's page is the
exception: it is not atomic, and says so. What Stripe tells comes in at the end of this module.
"""

import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.db.models.functions import Lower
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backend.cities.models import Twinning
from backend.giving import states
from backend.giving.models import MonthlyGift, MonthlyGiftTransition, Wish
from backend.giving.queries import currency_of, is_home_of
from backend.jobs.queue import enqueue
from backend.money import Money
from backend.money.display import format_money
from backend.organisations.models import Organisation
from backend.payments.events import MonthlySeen
from backend.payments.operations import (
    AlreadyPaid,
    Order,
    PaymentRefused,
    StartUnderWay,
    open_checkout,
)
from backend.payments.queries import (
    account_waits,
    cover_for,
    many_are_refused,
    open_checkout_for,
    unfinished_purposes,
)
from backend.pledges.brakes import OF_NETWORK, count_pledge
from backend.pledges.limits import limits_of
from backend.pledges.names import BadName, check_name
from backend.throttles.operations import TooOften

# Longer than a payment without a page is looked for.
FORGOTTEN_AFTER = timedelta(minutes=55)
# A page of Stripe for a monthly gift has no deadline of ours; Stripe's own longest counts.
PAGE_OPEN_FOR = timedelta(days=1)
MOST_AT_ONCE = 200


class MonthlyRefused(Exception):
    """The gift cannot be made or changed, for a reason the donor may read.

    `field` names the part of the request that is wrong, or is empty.
    """

    field = ""


class CommitteeTakesNone(MonthlyRefused):
    """The committee is not verified, cannot be paid now, or is not of this twinning."""


class AmountOutOfRange(MonthlyRefused):
    """Less or more than one month may be, or another currency."""

    field = "amount"


class NameRefused(MonthlyRefused):
    """The name cannot be written into a mail."""

    field = "name"


class TooManyGifts(MonthlyRefused):
    """So many gifts came from this network or person that no more are taken for a while."""

    def __init__(self, text: str, retry_seconds: int) -> None:
        """Keep when the next one is taken."""
        super().__init__(text)
        self.retry_seconds = retry_seconds


class PageNotOpened(MonthlyRefused):
    """Stripe's page could not be opened; nothing was charged and the gift is kept."""


class SignInFirst(PageNotOpened):
    """Banks refuse many cards at this site, so guests begin no monthly gift for a while."""


class KeyReused(MonthlyRefused):
    """The same idempotency key came with another request."""


class NotPayable(MonthlyRefused):
    """The gift has begun, or is being begun: there is no page to open."""


@dataclass(frozen=True, slots=True)
class Made:
    """A monthly gift, and whether this call made it or an earlier one with the same key."""

    gift: MonthlyGift
    is_new: bool


def takes_monthly_gifts(
    *, committee: Organisation, twinning: Twinning | None = None, at: datetime
) -> bool:
    """Whether the committee may be given to every month, and Stripe can charge for it.

    It is verified, and of a city of the twinning.
    """
    is_home = twinning is None or is_home_of(committee, twinning)
    return (
        committee.kind == Organisation.Kind.COMMITTEE
        and committee.verified_on is not None
        and is_home
        and account_waits(committee.stripe_account, at=at) is None
    )


def make_monthly_gift(  # noqa: PLR0913  # these are the fields of the form, no more
    *,
    committee: Organisation,
    twinning: Twinning | None,
    amount: Money,
    email: str,
    name: str,
    cover_fee: bool,
    language: str,
    donor_id: UUID | None,
    idempotency_key: str | None,
    at: datetime,
    network: str = "",
) -> Made:
    """Record that somebody wants to give `amount` every month; the same key gives the first.

    From one `network` (empty where nobody asks over the net) and for one address only so many new
    gifts are taken, pledges counted in: both make pages on which cards can be tried. Raises
    KeyReused, CommitteeTakesNone, AmountOutOfRange, NameRefused, SignInFirst or TooManyGifts.
    """
    digest = _digest(committee, twinning, amount, email, name, cover_fee, language)
    if idempotency_key and (earlier := _gift_of_key(idempotency_key, digest)):
        return Made(earlier, is_new=False)
    if not takes_monthly_gifts(committee=committee, twinning=twinning, at=at):
        raise CommitteeTakesNone(
            _("%(committee)s takes no monthly gifts now.") % {"committee": committee.name}
        )
    refuse_amount(amount, currency_of(committee))
    tidy_name = _checked_name(name)
    cover = cover_for(amount) if cover_fee else Money(0, amount.currency)
    if network:
        _refuse_guests_in_bad_weather(donor_id, at=at)
        _count(network=network, email=email, at=at)
    try:
        with transaction.atomic():
            gift = MonthlyGift.objects.create(
                committee=committee,
                twinning=twinning,
                donor_id=donor_id,
                email=email,
                name=tidy_name,
                language=language,
                currency=amount.currency,
                gift_minor=amount.minor,
                cover_minor=cover.minor,
                idempotency_key=idempotency_key,
                request_digest=digest,
                token=secrets.token_urlsafe(32),
                made_at=at,
            )
            Wish.objects.create(
                gift=gift,
                number=1,
                act=Wish.Act.BEGIN,
                state=Wish.State.DONE,
                gift_minor=amount.minor,
                cover_minor=cover.minor,
                asked_at=at,
                ended_at=at,
            )
    except IntegrityError:
        # Another request with this key was a moment faster.
        if idempotency_key and (earlier := _gift_of_key(idempotency_key, digest)):
            return Made(earlier, is_new=False)
        raise
    return Made(gift, is_new=True)


def refuse_amount(amount: Money, currency: str) -> None:
    """Raise AmountOutOfRange unless one month may be so much."""
    least, most = limits_of(currency)
    if amount.currency != currency or not least <= amount <= most:
        language = translation.get_language() or "en"
        raise AmountOutOfRange(
            _("Amount must be between %(least)s and %(most)s.")
            % {
                "least": format_money(least, language, short=True),
                "most": format_money(most, language, short=True),
            }
        )


def _checked_name(name: str) -> str:
    try:
        return check_name(name)
    except BadName as bad:
        texts = {
            "length": _("A name has at most 80 characters."),
            "invisible": _("This name has characters that cannot be shown."),
            "address": _("A name cannot contain a web or e-mail address."),
        }
        raise NameRefused(texts[str(bad)]) from bad


def _count(*, network: str, email: str, at: datetime) -> None:
    try:
        count_pledge(network=network, email=email, at=at)
    except TooOften as often:
        seconds = ceil((often.again_at - at).total_seconds())
        minutes = ceil(seconds / 60)
        text = _("That is more pledges than we take for one address in a week.")
        if often.limit is OF_NETWORK:
            text = ngettext(
                "Too many pledges came from your network. Try again in %(count)s minute.",
                "Too many pledges came from your network. Try again in %(count)s minutes.",
                minutes,
            ) % {"count": minutes}
        raise TooManyGifts(text, seconds) from often


def _refuse_guests_in_bad_weather(donor_id: UUID | None, *, at: datetime) -> None:
    if donor_id is None and many_are_refused(at=at):
        raise SignInFirst(
            _(
                "Somebody seems to be trying out stolen cards here. Sign in to give every month, or"
                " come back in half an hour. Nothing was charged."
            )
        )


def _digest(committee: Organisation, twinning: Twinning | None, amount: Money, *rest: Any) -> str:
    of = [str(committee.pk), twinning.pk if twinning else None]
    sent = json.dumps([*of, amount.minor, amount.currency, *rest])
    return hashlib.sha256(sent.encode()).hexdigest()


def _gift_of_key(key: str, digest: str) -> MonthlyGift | None:
    gifts = MonthlyGift.objects.select_related("committee", "twinning")
    earlier = gifts.filter(idempotency_key=key).first()
    if earlier and earlier.request_digest != digest:
        raise KeyReused(_("This Idempotency-Key was used with another request."))
    return earlier


def start_monthly_gift(*, gift: MonthlyGift, at: datetime) -> str:
    """Open Stripe's page for the gift and return its address; open already, the same address.

    Not atomic: the gift's row is committed before. Raises NotPayable, CommitteeTakesNone,
    PageNotOpened or SignInFirst.
    """
    begun = _("This monthly gift has begun, or its page is being opened at this moment.")
    if gift.state not in states.PAYABLE:
        raise NotPayable(begun)
    waiting = open_checkout_for(gift.purpose)
    if waiting and at < waiting.expires_at:
        return waiting.url
    if not takes_monthly_gifts(committee=gift.committee, twinning=gift.twinning, at=at):
        raise CommitteeTakesNone(
            _("%(committee)s takes no monthly gifts now.") % {"committee": gift.committee.name}
        )
    _refuse_guests_in_bad_weather(gift.donor_id, at=at)
    try:
        payment = open_checkout(order=_order_of(gift, at=at), at=at)
    except (AlreadyPaid, StartUnderWay) as busy:
        raise NotPayable(begun) from busy
    except PaymentRefused as refusal:
        raise PageNotOpened(
            _("Stripe’s page did not open. Nothing was charged. Try again in a moment.")
        ) from refusal
    return payment.session_url


def _order_of(gift: MonthlyGift, *, at: datetime) -> Order:
    """Return what Stripe's page is to show and do for the gift."""
    address = settings.MONTHLY_GIFT_ADDRESS.format(language=gift.language, token=gift.token)
    return Order(
        purpose=gift.purpose,
        lines=((line_of(gift), gift.gross),),
        account=gift.committee.stripe_account,
        email=gift.email,
        language=gift.language,
        success_url=f"{settings.SITE_URL}{address}?from=paid",
        cancel_url=f"{settings.SITE_URL}{address}?from=back",
        closes_at=at + PAGE_OPEN_FOR,
        is_monthly=True,
    )


def line_of(gift: MonthlyGift) -> str:
    """Return what Stripe's page and the card's statement call the gift, in the donor's language."""
    with translation.override(gift.language):
        return _("Monthly gift to %(committee)s") % {"committee": gift.committee.name}


@transaction.atomic
def move_gift(*, gift_id: UUID, event: str, at: datetime) -> MonthlyGift:
    """Take the edge `event`; where the gift is already there or beyond, nothing changes."""
    gift = locked_gift(gift_id)
    leads_to = {edge.new for edge in states.EDGES if edge.event == event}
    if gift.state in leads_to or gift.state not in states.PAYABLE:
        return gift
    return take_edge(gift=gift, event=event, at=at)


def locked_gift(gift_id: UUID) -> MonthlyGift:
    """Return the gift with its committee, its row locked until the transaction ends."""
    rows = MonthlyGift.objects.select_for_update(of=("self",)).select_related("committee")
    return rows.get(pk=gift_id)


def take_edge(*, gift: MonthlyGift, event: str, at: datetime) -> MonthlyGift:
    """Take the edge `event` and write it down; whoever calls has locked the row."""
    old, new = gift.state, states.next_state(gift.state, event)
    gift.state = new
    if event == "begun":
        gift.begun_at = at
    if new in states.ENDED:
        gift.ended_at = at
    gift.save(update_fields=["state", "begun_at", "ended_at"])
    moved = MonthlyGiftTransition.objects.create(gift=gift, old=old, event=event, new=new, at=at)
    if event in ("paused", "resumed", "stopped", "lapsed"):
        enqueue("giving.tell", letter=event, gift_id=str(gift.pk), about=str(moved.pk))
    return gift


@transaction.atomic
def note_standing(*, gift_id: UUID, seen: MonthlySeen) -> MonthlyGift:
    """Take the gift to where Stripe says that it stands, and keep what else Stripe tells.

    The sum is Stripe's too: it changes only through a wish of the donor, which this ends.
    """
    gift = locked_gift(gift_id)
    _note_sum(gift, seen)
    gift.card_label = seen.card_label
    gift.next_at = None if seen.standing in (*states.ENDED, states.PAUSED) else seen.next_on
    gift.ends_at = None if seen.standing in states.ENDED else seen.ends_on
    gift.tried_again_at = seen.tried_again_at
    gift.save(
        update_fields=[
            "gift_minor", "cover_minor", "card_label", "next_at", "ends_at", "tried_again_at",
        ]
    )  # fmt: skip
    if gift.state != seen.standing and gift.state not in states.ENDED:
        event = states.event_to(gift.state, seen.standing)
        gift = take_edge(gift=gift, event=event, at=seen.at)
    if seen.unpaid_invoice and seen.standing == states.PAST_DUE:
        enqueue("giving.tell", letter="failed", gift_id=str(gift.pk), about=seen.unpaid_invoice)
    return gift


def _note_sum(gift: MonthlyGift, seen: MonthlySeen) -> None:
    """Take over the sum that Stripe charges: that of the wish which asked for it."""
    if gift.gross == seen.amount:
        return
    for wish in wishes_for_sums(gift).order_by("-number"):
        if wish.gross == seen.amount:
            gift.gift_minor, gift.cover_minor = wish.gift_minor, wish.cover_minor
            return
    # Changed in Stripe's dashboard: nobody here agreed to it, and I-agreed names what it brings.
    gift.gift_minor, gift.cover_minor = seen.amount.minor, 0


def wishes_for_sums(gift: MonthlyGift) -> QuerySet[Wish]:
    """Return the wishes that named a sum and were not refused."""
    sums = Wish.objects.filter(gift=gift, act__in=[Wish.Act.BEGIN, Wish.Act.CHANGE])
    return sums.exclude(state=Wish.State.REFUSED).select_related("gift")


def look_after_gifts(*, at: datetime) -> None:
    """End the gifts that nobody went on with: who died before their page opened left them."""
    forgotten = MonthlyGift.objects.filter(
        state=states.NEW, is_sample=False, made_at__lt=at - FORGOTTEN_AFTER
    ).order_by("made_at")[:MOST_AT_ONCE]
    going_on = unfinished_purposes([gift.purpose for gift in forgotten])
    for gift in forgotten:
        if gift.purpose not in going_on:
            move_gift(gift_id=gift.pk, event="page_expired", at=at)


@transaction.atomic
def join_gifts(*, donor_id: UUID, proven_email: str) -> int:
    """Give a person the gifts made as guest with an address that they have proved to own."""
    guests = MonthlyGift.objects.alias(address=Lower("email")).filter(donor__isnull=True)
    return guests.filter(address=proven_email.lower()).update(donor_id=donor_id)
