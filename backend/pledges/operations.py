"""What can be done with a pledge.

Every function here is one whole step: it checks, writes and records in a single transaction, and
raises a PledgeRefused whose text can be shown to the citizen. Opening Stripe's page is the
exception: it is not atomic, and says so.
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
from django.db.models import F
from django.db.models.functions import Lower
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backend.common.crashpoints import crashpoint
from backend.common.translated import text_in
from backend.jobs.queue import enqueue
from backend.ledger.operations import EntryLine, credit, debit, post
from backend.money import Money
from backend.money.currencies import multiple
from backend.money.display import format_money, not_whole
from backend.payments.operations import (
    AlreadyPaid,
    Order,
    PaymentRefused,
    StartUnderWay,
    let_card_go,
    open_checkout,
)
from backend.payments.queries import (
    cover_for,
    latest_payment,
    open_checkout_for,
    unfinished_purposes,
)
from backend.pledges import states
from backend.pledges.address_codes import ask_for_code, is_needed
from backend.pledges.brakes import OF_NETWORK, count_attempt, count_pledge, is_rushed
from backend.pledges.consent import CONSENT_VERSION, consent_words, deadline_in_words
from backend.pledges.limits import limits_of
from backend.pledges.models import (
    AddressCode,
    Pledge,
    PledgeTransition,
    PledgeVersion,
    Receipt,
    ReceiptBook,
)
from backend.pledges.names import BadName, check_name
from backend.pledges.queries import unthanked_pledges
from backend.pledges.waiting import PledgesWait, why_pledges_wait
from backend.projects.models import Project
from backend.projects.operations import add_to_promised, add_to_totals
from backend.throttles.operations import TooOften

# Longer than a payment without a page is looked for.
FORGOTTEN_AFTER = timedelta(minutes=55)
MOST_AT_ONCE = 200
# What a page tells of itself; where a card stands for the pledge, that is nothing new.
PAGE_EVENTS = ("checkout_opened", "payment_expired", "payment_failed")


class PledgeRefused(Exception):
    """The pledge cannot be made or changed, for a reason the citizen may read.

    `field` names the part of the request that is wrong, or is empty.
    """

    field = ""


class ProjectClosed(PledgeRefused):
    """The project takes no pledges at this moment."""


class AccountWaits(PledgeRefused):
    """Stripe takes no payments for the committee now, or its bank account has just changed."""

    def __init__(self, wait: PledgesWait, retry_seconds: int) -> None:
        """Keep which of the two it is, and when it ends by itself."""
        super().__init__(wait.text)
        self.code = wait.code
        self.retry_seconds = retry_seconds


class WrongCurrency(PledgeRefused):
    """The project raises money in another currency."""

    field = "currency"


class AmountOutOfRange(PledgeRefused):
    """Less or more than one pledge may be."""

    field = "amount_minor"


class AmountNotWhole(AmountOutOfRange):
    """A part of the smallest unit that Stripe charges in this currency."""


class NameRefused(PledgeRefused):
    """The name cannot be shown in public or written into a mail."""

    field = "name"


class TooManyPledges(PledgeRefused):
    """So many pledges came from this network or person that no more are taken for a while."""

    def __init__(self, text: str, retry_seconds: int) -> None:
        """Keep when the next one is taken."""
        super().__init__(text)
        self.retry_seconds = retry_seconds


class TooManyAttempts(TooManyPledges):
    """So many pages were opened for this pledge or network that no more open for a while."""


class AddressUnproved(PledgeRefused):
    """Whoever pledges has to prove their address first: a code is on its way to it."""

    def __init__(self, text: str, pledge: Pledge) -> None:
        """Keep the pledge, whose page takes the code."""
        super().__init__(text)
        self.pledge = pledge


class ConsentMissing(PledgeRefused):
    """A card may be saved only by its holder's word."""

    field = "save_card"


class KeyReused(PledgeRefused):
    """The same idempotency key came with another request."""


class NotPayable(PledgeRefused):
    """There is nothing left to pay on this pledge."""


class PaymentUnderWay(PledgeRefused):
    """Another request is opening Stripe's page for the same pledge at this moment."""


class PaymentNotStarted(PledgeRefused):
    """Stripe's page could not be opened; nothing was charged and the pledge is kept."""

    def __init__(self, text: str, pledge: Pledge) -> None:
        """Keep the pledge, so that the person can try again."""
        super().__init__(text)
        self.pledge = pledge


@dataclass(frozen=True, slots=True)
class Made:
    """A pledge, and whether this call made it or an earlier one with the same key."""

    pledge: Pledge
    is_new: bool


def make_pledge(  # noqa: PLR0913  # these are the fields of the form, no more
    *,
    project: Project,
    amount: Money,
    email: str,
    name: str,
    visibility: str,
    cover_fee: bool,
    language: str,
    donor_id: UUID | None,
    idempotency_key: str | None,
    at: datetime,
    network: str = "",
    save_card: bool = False,
) -> Made:
    """Record that somebody promises `amount` to `project`; the same key again gives the first.

    From one `network` (empty where nobody asks over the net) and for one address only so many new
    pledges are taken; what is refused for another reason, or came before, does not count.
    `save_card` is the word that an all-or-nothing campaign needs: the card may be saved and
    charged at the deadline. Raises KeyReused, ProjectClosed, AccountWaits, WrongCurrency,
    AmountOutOfRange, NameRefused, ConsentMissing or TooManyPledges.
    """
    digest = _digest(project, amount, email, name, visibility, cover_fee, language)
    if idempotency_key and (earlier := _pledge_of_key(idempotency_key, digest)):
        return Made(earlier, is_new=False)
    _refuse_closed(project, at)
    refuse_waiting(project=project, at=at)
    refuse_amount(project, amount)
    tidy_name = _checked_name(name)
    if project.is_all_or_nothing and not save_card:
        raise ConsentMissing(
            _("Agree that your card may be saved; without that the pledge cannot be taken.")
        )
    account = project.committee.stripe_account
    cover = cover_for(amount, account=account) if cover_fee else Money(0, amount.currency)
    if network:
        _count(network=network, email=email, at=at)
    try:
        with transaction.atomic():
            pledge = Pledge.objects.create(
                project=project,
                donor_id=donor_id,
                email=email,
                name=tidy_name,
                visibility=visibility,
                language=language,
                currency=amount.currency,
                gift_minor=amount.minor,
                cover_minor=cover.minor,
                idempotency_key=idempotency_key,
                request_digest=digest,
                token=secrets.token_urlsafe(32),
                public_reference=secrets.token_hex(16),
                made_at=at,
            )
            pledge.refresh_from_db(fields=["account"])
            if project.is_all_or_nothing:
                note_version(pledge=pledge, at=at)
            if network and is_rushed(project_id=project.pk, at=at) and donor_id is None:
                AddressCode.objects.create(pledge=pledge)
    except IntegrityError:
        # Another request with this key was a moment faster.
        if idempotency_key and (earlier := _pledge_of_key(idempotency_key, digest)):
            return Made(earlier, is_new=False)
        raise
    return Made(pledge, is_new=True)


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
        raise TooManyPledges(text, seconds) from often


def note_version(*, pledge: Pledge, at: datetime) -> PledgeVersion:
    """Keep what is promised now, and the words that were agreed to; earlier ones stay."""
    with translation.override(pledge.language):
        words = consent_words(pledge.project, pledge.gross, pledge.language)
    return PledgeVersion.objects.create(
        pledge=pledge,
        number=PledgeVersion.objects.filter(pledge=pledge).count() + 1,
        gift_minor=pledge.gift_minor,
        cover_minor=pledge.cover_minor,
        consent_version=CONSENT_VERSION,
        consent=words,
        language=pledge.language,
        made_at=at,
    )


def _refuse_closed(project: Project, at: datetime) -> None:
    if project.takes_pledges(at):
        return
    title = text_in(project.title, translation.get_language() or "en").text
    if at >= project.closes_at:
        raise ProjectClosed(
            _("“%(title)s” closed on %(moment)s.")
            % {"title": title, "moment": deadline_in_words(project)}
        )
    raise ProjectClosed(_("“%(title)s” is not taking pledges now.") % {"title": title})


def refuse_waiting(*, project: Project, at: datetime, account: str | None = None) -> None:
    """Raise AccountWaits where nobody can begin a pledge on the account (see why_pledges_wait)."""
    wait = why_pledges_wait(project, at=at, account=account)
    if wait:
        raise AccountWaits(wait, wait.seconds_from(at))


def refuse_amount(project: Project, amount: Money) -> None:
    """Raise WrongCurrency, AmountOutOfRange or AmountNotWhole unless one pledge may be so much."""
    if amount.currency != project.currency:
        raise WrongCurrency(
            _("This project raises money in %(currency)s.") % {"currency": project.currency}
        )
    least, most = limits_of(amount.currency)
    if not least <= amount <= most:
        language = translation.get_language() or "en"
        raise AmountOutOfRange(
            _("Amount must be between %(least)s and %(most)s.")
            % {
                "least": format_money(least, language, short=True),
                "most": format_money(most, language, short=True),
            }
        )
    if amount.minor % multiple(amount.currency):
        raise AmountNotWhole(not_whole(amount.currency, translation.get_language() or "en"))


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


def _digest(project: Project, amount: Money, *rest: Any) -> str:
    sent = json.dumps([str(project.pk), amount.minor, amount.currency, *rest])
    return hashlib.sha256(sent.encode()).hexdigest()


def _pledge_of_key(key: str, digest: str) -> Pledge | None:
    pledges = Pledge.objects.select_related("project__committee")
    earlier = pledges.filter(idempotency_key=key).first()
    if earlier and earlier.request_digest != digest:
        raise KeyReused(_("This Idempotency-Key was used with another request."))
    return earlier


def start_payment(*, pledge: Pledge, at: datetime, network: str = "") -> str:
    """Open Stripe's page for the pledge and return its address; open already, the same address.

    Not atomic: the pledge's row is committed before. From one `network` (empty where nobody asks
    over the net), and for one pledge, only so many further pages open. Raises NotPayable,
    ProjectClosed, AccountWaits, AddressUnproved, TooManyAttempts, PaymentUnderWay or
    PaymentNotStarted.
    """
    if pledge.state not in states.PAYABLE or pledge.is_processing:
        raise NotPayable(_("This pledge is paid, or its payment is on its way."))
    waiting = open_checkout_for(pledge.purpose)
    if waiting and at < waiting.expires_at:
        return waiting.url
    _refuse_closed(pledge.project, at)
    refuse_waiting(project=pledge.project, at=at, account=pledge.account)
    if is_needed(pledge, at=at):
        ask_for_code(pledge=pledge, at=at)
        raise AddressUnproved(
            _("We have sent a code to your address. Type it on the pledge’s page to go on."),
            pledge,
        )
    if network and latest_payment(pledge.purpose):
        count_another_attempt(pledge=pledge, network=network, at=at)
    try:
        payment = open_checkout(order=order_of(pledge), at=at)
    except AlreadyPaid as paid:
        raise NotPayable(_("This pledge is paid, or its payment is on its way.")) from paid
    except StartUnderWay as busy:
        raise PaymentUnderWay(_("This pledge is being made. Ask again in a second.")) from busy
    except PaymentRefused as refusal:
        raise PaymentNotStarted(
            _("Stripe’s page did not open. Nothing was charged; your pledge is kept. Try again."),
            pledge,
        ) from refusal
    return payment.session_url


def count_another_attempt(*, pledge: Pledge, network: str, at: datetime) -> None:
    """Count another page for a pledge that had one. Raises TooManyAttempts."""
    try:
        count_attempt(pledge_id=pledge.pk, network=network, at=at)
    except TooOften as often:
        seconds = ceil((often.again_at - at).total_seconds())
        raise TooManyAttempts(
            _("Too many payments were begun here. Nothing was charged; try again later."), seconds
        ) from often


def order_of(
    pledge: Pledge, *, saves_card: bool | None = None, closes_at: datetime | None = None
) -> Order:
    """Return what Stripe's page is to show and do for the pledge, by its campaign's rule."""
    project = pledge.project
    with translation.override(pledge.language):
        title = text_in(project.title, pledge.language, project.default_language).text
        lines = [(title, pledge.gift)]
        if pledge.cover_minor:
            lines.append((_("To cover the payment fees"), pledge.cover))
    address = settings.PLEDGE_STATUS_ADDRESS.format(language=pledge.language, token=pledge.token)
    return Order(
        purpose=pledge.purpose,
        lines=tuple(lines),
        account=pledge.account,
        email=pledge.email,
        language=pledge.language,
        success_url=f"{settings.SITE_URL}{address}?from=paid",
        cancel_url=f"{settings.SITE_URL}{address}?from=back",
        closes_at=closes_at or project.closes_at,
        saves_card=project.is_all_or_nothing if saves_card is None else saves_card,
    )


@transaction.atomic
def move_pledge(*, pledge_id: UUID, event: str, at: datetime) -> Pledge:
    """Take the edge `event`; when the pledge is already where it leads, nothing changes.

    Nor does money that is there, or is looked into, change by what becomes of another attempt.
    """
    pledge = Pledge.objects.select_for_update(of=("self",)).get(pk=pledge_id)
    leads_to = {edge.new for edge in states.EDGES if edge.event == event}
    if pledge.state in leads_to or _stands(pledge, event):
        return pledge
    was_promised = pledge.state in states.PROMISED
    pledge = take_edge(pledge=pledge, event=event, at=at)
    if was_promised and pledge.state not in states.PROMISED:
        add_to_promised(project_id=pledge.project_id, promised=-pledge.gross, promises=-1)
    return pledge


def _stands(pledge: Pledge, event: str) -> bool:
    if pledge.state == states.QUARANTINED:
        return event != "payment_returned"
    if pledge.state in states.BEYOND_PAGES and event in PAGE_EVENTS:
        return True
    return pledge.state in states.PAID


@transaction.atomic
def note_processing(*, pledge_id: UUID) -> Pledge:
    """Note that a slow method is under way: the donor has done their part."""
    pledge = Pledge.objects.select_for_update(of=("self",)).get(pk=pledge_id)
    if pledge.state in (states.PENDING, states.CHARGING, states.FAILING):
        pledge.is_processing = True
        pledge.save(update_fields=["is_processing"])
    return pledge


@transaction.atomic
def settle_pledge(
    *,
    pledge_id: UUID,
    amount: Money,
    fee: Money | None,
    at: datetime,
    platform_fee: Money | None = None,
) -> Pledge:
    """Book the money that arrived for the pledge, give it a receipt, raise the project's total.

    `amount` is gross; of it Stripe keeps `fee` and the platform `platform_fee`. Settling twice is
    harmless.
    """
    pledge = (
        Pledge.objects.select_for_update(of=("self",))
        .select_related("project__committee")
        .get(pk=pledge_id)
    )
    if pledge.state in states.PAID:
        return pledge
    was_promised = pledge.state in states.PROMISED
    pledge.settled_at = at
    pledge.is_processing = False
    pledge.fee_minor = fee.minor if fee is not None else None
    pledge.platform_fee_minor = platform_fee.minor if platform_fee else 0
    pledge = take_edge(pledge=pledge, event="payment_settled", at=at)
    if was_promised:
        # Before the book: from there on, all who are settled for this project wait for each other.
        let_card_go(purpose=pledge.purpose, at=at)
    book_settlement(pledge=pledge, amount=amount, fee=fee, platform_fee=platform_fee, at=at)
    issue_receipt(pledge=pledge, at=at)
    crashpoint("after_ledger_before_rollup")
    add_to_totals(project_id=pledge.project_id, raised=amount, supporters=1)
    if was_promised:
        add_to_promised(project_id=pledge.project_id, promised=-pledge.gross, promises=-1)
    return pledge


def book_settlement(
    *,
    pledge: Pledge,
    amount: Money,
    fee: Money | None,
    at: datetime,
    platform_fee: Money | None = None,
) -> None:
    """Write the settlement to the ledger: what Stripe holds, the fees, against the gift."""
    project = pledge.project
    fees = _fee_entries(project, fee, platform_fee)
    kept = Money(sum(entry.debit_minor for entry in fees), amount.currency)
    lines = [
        *moved(stripe_account_code(project), amount - kept),
        *fees,
        credit(f"{project.chain}:gifts", amount),
    ]
    post(
        kind="pledge_settled",
        reference=pledge.purpose,
        chain=project.chain,
        lines=lines,
        at=at,
        public_reference=pledge.public_reference,
    )


def _fee_entries(
    project: Project, fee: Money | None, platform_fee: Money | None
) -> list[EntryLine]:
    """Return what Stripe kept and what the platform kept, each on an account of its own."""
    return [
        *(moved(f"{project.chain}:fees", fee) if fee else []),
        *(moved(f"{project.chain}:platform:fees", platform_fee) if platform_fee else []),
    ]


def moved(account: str, amount: Money) -> list[EntryLine]:
    """Return the entry by which `account` gets `amount`, or loses it if less than nothing."""
    if not amount:
        return []
    return [debit(account, amount) if amount.minor > 0 else credit(account, -amount)]


def stripe_account_code(project: Project) -> str:
    """Return the ledger's code for what Stripe holds for the project's committee."""
    return f"stripe:{project.committee_id}:{project.currency}"


@transaction.atomic
def book_late_fee(
    *, pledge_id: UUID, fee: Money, at: datetime, platform_fee: Money | None = None
) -> Pledge:
    """Book fees that Stripe told only after the money had been booked."""
    pledge = (
        Pledge.objects.select_for_update(of=("self",)).select_related("project").get(pk=pledge_id)
    )
    if pledge.fee_minor is not None or pledge.state not in states.PAID:
        return pledge
    pledge.fee_minor = fee.minor
    pledge.platform_fee_minor = platform_fee.minor if platform_fee else 0
    pledge.save(update_fields=["fee_minor", "platform_fee_minor"])
    if fees := _fee_entries(pledge.project, fee, platform_fee):
        kept = Money(sum(entry.debit_minor for entry in fees), fee.currency)
        post(
            kind="stripe_fee",
            reference=pledge.purpose,
            chain=pledge.project.chain,
            lines=[*fees, credit(stripe_account_code(pledge.project), kept)],
            at=at,
            public_reference=pledge.public_reference,
        )
    return pledge


@transaction.atomic
def issue_receipt(*, pledge: Pledge, at: datetime) -> Receipt:
    """Give the pledge the committee's next number of the year; it keeps the first it got."""
    existing = Receipt.objects.filter(pledge=pledge).first()
    if existing:
        return existing
    committee_id, year = pledge.project.committee_id, at.year
    ReceiptBook.objects.get_or_create(organisation_id=committee_id, year=year)
    book = ReceiptBook.objects.select_for_update().get(organisation_id=committee_id, year=year)
    book.last_number = F("last_number") + 1
    book.save(update_fields=["last_number"])
    book.refresh_from_db(fields=["last_number"])
    return Receipt.objects.create(
        pledge=pledge,
        organisation_id=committee_id,
        year=year,
        number=book.last_number,
        issued_at=at,
    )


def look_after_pledges(*, at: datetime) -> None:
    """End the pledges that nobody went on with, and thank again where no letter was written.

    Who died between the pledge's row and its payment left it without one; a receipt's job that
    was lost or failed too often left its donor without a letter.
    """
    forgotten = Pledge.objects.filter(
        state=states.NEW, is_sample=False, made_at__lt=at - FORGOTTEN_AFTER
    ).order_by("made_at")[:MOST_AT_ONCE]
    going_on = unfinished_purposes([pledge.purpose for pledge in forgotten])
    for pledge in forgotten:
        if pledge.purpose not in going_on:
            move_pledge(pledge_id=pledge.pk, event="payment_expired", at=at)
    for pledge_id in unthanked_pledges(at=at)[:MOST_AT_ONCE]:
        enqueue("pledges.send_receipt", pledge_id=str(pledge_id), once=f"receipt:{pledge_id}")


@transaction.atomic
def show_pledge_as(*, pledge_id: UUID, visibility: str) -> Pledge:
    """Change how the pledge is shown in public; it always stays in the list and in the total."""
    pledge = Pledge.objects.select_for_update(of=("self",)).get(pk=pledge_id)
    pledge.visibility = Pledge.Visibility(visibility)
    pledge.save(update_fields=["visibility"])
    return pledge


@transaction.atomic
def join_pledges(*, donor_id: UUID, proven_email: str) -> int:
    """Give a person the pledges made as guest with an address that they have proved to own."""
    guests = Pledge.objects.alias(address=Lower("email")).filter(donor__isnull=True)
    return guests.filter(address=proven_email.lower()).update(donor_id=donor_id)


def take_edge(*, pledge: Pledge, event: str, at: datetime) -> Pledge:
    """Take the edge `event` and write it down; whoever calls has locked the row."""
    old, new = pledge.state, states.next_state(pledge.state, event)
    pledge.state = new
    if new != states.PENDING:
        pledge.is_processing = False
    moved = Pledge.objects.filter(pk=pledge.pk, state=old).update(
        state=new,
        settled_at=pledge.settled_at,
        fee_minor=pledge.fee_minor,
        platform_fee_minor=pledge.platform_fee_minor,
        returned_minor=pledge.returned_minor,
        is_processing=pledge.is_processing,
        failing_since=pledge.failing_since,
        needs_authentication=pledge.needs_authentication,
    )
    if not moved:
        raise states.NoSuchEdge(f"pledge {pledge.pk} is no longer {old}")
    PledgeTransition.objects.create(pledge=pledge, old=old, event=event, new=new, at=at)
    return pledge
