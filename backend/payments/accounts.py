"""A committee's own account at Stripe: opened once, made ready, paused, lost.

As with a payment: the row with its key is committed, Stripe is called outside any transaction, and
what Stripe says becomes a fact in a second one. Stripe's events about an account are pointers too:
what is true of it now is fetched.

An account is ready when Stripe takes card payments on it. A committee's pledges go there from
that moment on, or, while cards are saved on the account before, from the moment when none is.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from backend.common.crashpoints import crashpoint
from backend.common.ids import uuid7
from backend.events.bus import announce
from backend.jobs.queue import enqueue
from backend.organisations.models import Organisation
from backend.payments import account_states as states
from backend.payments.events import AccountLost
from backend.payments.gateways.stripe import (
    NotAtStripe,
    NotConnected,
    Standing,
    StripeBroken,
    StripeRefused,
    StripeUnreachable,
    create_account,
    fetch_standing,
    find_account,
    open_onboarding,
    refuse_inside_transaction,
)
from backend.payments.models import StripeAccount, StripeAccountTransition
from backend.payments.queries import account_of_committee

logger = structlog.get_logger(__name__)
# Where Stripe opens accounts for our committees, and pays out to their banks.
COUNTRIES = frozenset({
    "AT", "BE", "BG", "CA", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GR", "HR",
    "HU", "IE", "IS", "IT", "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI",
    "SK", "US",
})  # fmt: skip
PAUSE = timedelta(hours=72)
# Without the event that says so, a connection is taken for ended after so long.
LOST_AFTER = timedelta(hours=72)
KEY_KEPT_FOR = timedelta(hours=23)
ASK_AGAIN_AFTER = timedelta(minutes=2)
ASK_SELDOM_AFTER = timedelta(hours=1)
MOST_AT_ONCE = 200
NO_ACCESS = "no_access"
# What Stripe says of an account that goes its usual way; the rest is kept as it said it.
USUAL = ("active", "pending", "restricted")


class AccountRefused(Exception):
    """The account cannot be opened, for a reason that the committee may read."""


class NotVerified(AccountRefused):
    """Nobody has checked yet who stands behind the committee."""


class CountryNotServed(AccountRefused):
    """Stripe opens no accounts for us in the committee's country."""


class StripeSaysNo(AccountRefused):
    """Stripe refused to open the account or its page."""


class StripeSilent(AccountRefused):
    """Stripe did not answer; trying again goes on with the same account."""


def open_account(*, organisation_id: UUID, opened_by: UUID, at: datetime) -> StripeAccount:
    """Open the committee's account at Stripe, or return the one that it has.

    Not atomic: record, call, apply. Two who ask at once get the same account. Raises
    NotVerified, CountryNotServed, StripeSaysNo or StripeSilent.
    """
    refuse_inside_transaction()
    account = _record_account(organisation_id=organisation_id, opened_by=opened_by, at=at)
    crashpoint("after_account_row")
    return carry_out_opening(account=account, at=at)


@transaction.atomic
def _record_account(*, organisation_id: UUID, opened_by: UUID, at: datetime) -> StripeAccount:
    """Write the row with its key, or return the one alive. The committee's row is the lock."""
    committees = Organisation.objects.select_related("city").select_for_update(of=("self",))
    committee = committees.get(pk=organisation_id, kind=Organisation.Kind.COMMITTEE)
    alive = StripeAccount.objects.filter(organisation=committee, state__in=states.LIVE).first()
    if alive:
        return alive
    if committee.verified_on is None:
        raise NotVerified(_("Your committee has to be verified first; write to us."))
    if committee.city.country not in COUNTRIES:
        raise CountryNotServed(_("Stripe opens no accounts for committees in your country."))
    number = StripeAccount.objects.filter(organisation=committee).count() + 1
    key = f"account:{committee.pk}:{number}"
    account = StripeAccount.objects.create(
        organisation=committee,
        key=key,
        request=_account_request(committee, key),
        opened_by=opened_by,
        created_at=at,
    )
    return move_account(account, "asked_for", at=at)


def _account_request(committee: Organisation, key: str) -> dict[str, object]:
    """Return the parameters of the account.

    Source: docs.stripe.com/connect/accounts-v2. Stripe's whole dashboard is the committee's, and
    Stripe carries fees and losses: the platform holds no money and owes none.
    """
    return {
        "display_name": committee.name,
        "contact_email": committee.contact_email,
        "dashboard": "full",
        "identity": {
            "country": committee.city.country.lower(),
            "entity_type": "non_profit",
            "business_details": {"registered_name": committee.legal_name},
        },
        "defaults": {
            "responsibilities": {"fees_collector": "stripe", "losses_collector": "stripe"}
        },
        "configuration": {"merchant": {"capabilities": {"card_payments": {"requested": True}}}},
        "metadata": {"account": key},
    }


def carry_out_opening(*, account: StripeAccount, at: datetime) -> StripeAccount:
    """Have Stripe open the account, wherever that was broken off; return it as it is then.

    Not atomic. Raises StripeSaysNo or StripeSilent.
    """
    if account.state != states.OPENING:
        return account
    try:
        account_id = _created_or_found(account, at=at)
    except StripeUnreachable as silence:
        raise StripeSilent(_("Stripe does not answer just now. Please try again.")) from silence
    except StripeRefused as refusal:
        _note_refused(account, problem=str(refusal), at=at)
        raise StripeSaysNo(str(refusal)) from refusal
    crashpoint("after_account_before_commit")
    return _note_opened(account, account_id, at=at)


def _created_or_found(account: StripeAccount, *, at: datetime) -> str:
    """Return the account's id; where an answer was lost, look for what it made.

    A key is worth nothing after a day, so then the look comes first.
    """
    if at >= account.created_at + KEY_KEPT_FOR:
        found = find_account(account_key=account.key)
        if found:
            return found
    try:
        return create_account(request=account.request, key=account.stripe_key)
    except StripeUnreachable as silence:
        found = find_account(account_key=account.key)
        if found:
            return found
        if isinstance(silence, StripeBroken):
            StripeAccount.objects.filter(pk=account.pk, attempt=account.attempt).update(
                attempt=account.attempt + 1
            )
        raise


@transaction.atomic
def _note_opened(account: StripeAccount, account_id: str, *, at: datetime) -> StripeAccount:
    account = StripeAccount.objects.select_for_update().get(pk=account.pk)
    if account.state != states.OPENING:
        return account
    account.account_id = account_id
    account.save(update_fields=["account_id"])
    enqueue("payments.look_at_account", account_id=account_id)
    return move_account(account, "opened", at=at)


@transaction.atomic
def _note_refused(account: StripeAccount, *, problem: str, at: datetime) -> None:
    account = StripeAccount.objects.select_for_update().get(pk=account.pk)
    if account.state == states.OPENING:
        account.problem = problem[:300]
        account.save(update_fields=["problem"])
        move_account(account, "refused", at=at)


def onboarding_address(*, account: StripeAccount, page: str) -> str:
    """Return Stripe's page where the committee tells what is missing; it is good for minutes.

    `page` is ours, to which Stripe sends people back. Raises StripeSaysNo or StripeSilent.
    """
    try:
        return open_onboarding(
            account_id=account.account_id or "",
            return_url=f"{page}?from=stripe",
            refresh_url=f"{page}?from=expired",
            key=f"onboarding:{uuid7()}",
        )
    except StripeUnreachable as silence:
        raise StripeSilent(_("Stripe does not answer just now. Please try again.")) from silence
    except StripeRefused as refusal:
        raise StripeSaysNo(str(refusal)) from refusal


def look_at_account(*, account_id: str, at: datetime, is_ended: bool = False) -> None:
    """Fetch how the account stands and make it a fact; twice is harmless.

    Not atomic. `is_ended` says that Stripe told of the end of the connection: then having no
    access any more is believed at once. Raises StripeUnreachable or StripeRefused.
    """
    refuse_inside_transaction()
    account = StripeAccount.objects.filter(account_id=account_id).first()
    if account is None or account.state not in states.CONNECTED:
        return
    crashpoint("before_refetch")
    try:
        standing = fetch_standing(account_id=account_id)
    except (NotAtStripe, NotConnected):
        note_no_access(account=account, is_ended=is_ended, at=at)
        return
    crashpoint("after_refetch_before_apply")
    apply_standing(account=account, standing=standing, at=at)


@transaction.atomic
def apply_standing(*, account: StripeAccount, standing: Standing, at: datetime) -> StripeAccount:
    """Make what Stripe says of the account a fact here, and tell whom it concerns."""
    account = StripeAccount.objects.select_for_update().get(pk=account.pk)
    if account.state not in states.CONNECTED:
        return account
    _note_banks(account, standing.banks, at=at)
    account.missing = list(standing.missing)
    account.no_access_since = None
    account.checked_at = at
    account.problem = "" if standing.status in USUAL else standing.status
    account.save(update_fields=["missing", "no_access_since", "checked_at", "problem"])
    state = _state_by(standing, account)
    if account.state != state:
        account = _change(account, state, at=at)
    if account.state == states.READY:
        _send_pledges_there(account)
    return account


def _state_by(standing: Standing, account: StripeAccount) -> str:
    if standing.status == "active":
        return states.READY
    is_with_stripe = standing.status == "restricted" and not standing.missing
    if standing.status == "pending" or is_with_stripe:
        return states.IN_REVIEW
    return states.RESTRICTED if account.ready_at else states.NEEDS_INFORMATION


def _change(account: StripeAccount, state: str, *, at: datetime) -> StripeAccount:
    if state == states.READY and account.ready_at is None:
        account.ready_at = at
        account.save(update_fields=["ready_at"])
    account = move_account(account, states.event_between(account.state, state), at=at)
    if state in (states.READY, states.RESTRICTED):
        _tell(account, state)
    return account


def _note_banks(account: StripeAccount, banks: tuple[str, ...], *, at: datetime) -> None:
    """Pause new pledges when a bank account has come that was not there; the first is expected."""
    has_new = not set(banks) <= set(account.banks)
    if account.banks and has_new:
        account.bank_changed_at = at
        account.paused_until = at + PAUSE
        logger.warning("account.bank_changed", account=account.account_id)
        _tell(account, "bank_changed")
    account.banks = list(banks) or account.banks
    account.save(update_fields=["banks", "bank_changed_at", "paused_until"])


def _tell(account: StripeAccount, letter: str) -> None:
    """Write to those who answer for the committee's money, in a job of this transaction."""
    enqueue("payments.tell_committee", letter=letter, account_id=account.account_id)


def _send_pledges_there(account: StripeAccount) -> None:
    """Let the committee's pledges go to the account from now on.

    While cards are saved on the one before, the database refuses; then a later look tries again.
    """
    others = Organisation.objects.filter(pk=account.organisation_id).exclude(
        stripe_account=account.account_id
    )
    try:
        with transaction.atomic():
            others.update(stripe_account=account.account_id)
    except IntegrityError:
        logger.info("account.waits_for_saved_cards", account=account.account_id)


@transaction.atomic
def note_no_access(*, account: StripeAccount, is_ended: bool, at: datetime) -> StripeAccount:
    """Note that Stripe lets us do nothing on the account.

    Nobody can pledge from then on. That the connection has ended is believed when Stripe told so,
    or when it lasts: a wrong key of ours must not send letters to all supporters.
    """
    account = StripeAccount.objects.select_for_update().get(pk=account.pk)
    if account.state not in states.CONNECTED:
        return account
    account.no_access_since = account.no_access_since or at
    account.missing = [NO_ACCESS]
    account.checked_at = at
    account.save(update_fields=["no_access_since", "missing", "checked_at"])
    if is_ended or at - account.no_access_since >= LOST_AFTER:
        account = move_account(account, "deauthorised", at=at)
        _tell(account, states.DEAUTHORISED)
        announce(AccountLost(account.account_id or "", account.organisation_id, at))
    elif account.state != _state_without_access(account):
        account = move_account(account, "restricted", at=at)
    return account


def _state_without_access(account: StripeAccount) -> str:
    return states.RESTRICTED if account.ready_at else account.state


@transaction.atomic
def move_account(account: StripeAccount, event: str, *, at: datetime) -> StripeAccount:
    """Take the edge `event`, and only if the row is still where we saw it."""
    new = states.next_state(account.state, event)
    moved = StripeAccount.objects.filter(pk=account.pk, state=account.state).update(state=new)
    if not moved:
        raise states.NoSuchEdge(f"{account.key} is no longer {account.state}")
    StripeAccountTransition.objects.create(
        account=account, old=account.state, event=event, new=new, at=at
    )
    account.state = new
    return account


def look_after_accounts(*, at: datetime) -> int:
    """Ask Stripe about accounts whose events may have been lost; return how many were asked about.

    One of which Stripe does not tell must not hold up the others.
    """
    asked = 0
    for account in _waiting_accounts(at):
        asked += 1
        try:
            if account.state == states.OPENING:
                carry_out_opening(account=account, at=at)
            else:
                look_at_account(account_id=account.account_id or "", at=at)
        except (AccountRefused, StripeRefused, StripeUnreachable) as problem:
            logger.warning("account.not_asked", account=account.key, problem=type(problem).__name__)
    for committee in _entered_accounts():
        asked += 1
        try:
            _take_over(committee, at=at)
        except (StripeRefused, StripeUnreachable) as problem:
            name = type(problem).__name__
            logger.warning("account.unknown", account=committee.stripe_account, problem=name)
    return asked


def _waiting_accounts(at: datetime) -> Iterator[StripeAccount]:
    unasked = Q(checked_at=None) | Q(checked_at__lt=at - ASK_SELDOM_AFTER)
    opening = Q(state=states.OPENING, created_at__lt=at - ASK_AGAIN_AFTER)
    connected = Q(state__in=states.CONNECTED) & unasked
    rows = StripeAccount.objects.filter(opening | connected)
    yield from rows.order_by("checked_at", "created_at")[:MOST_AT_ONCE]


def _entered_accounts() -> list[Organisation]:
    """Return the committees whose account a steward wrote down and of which nothing is known."""
    known = StripeAccount.objects.exclude(account_id=None).values("account_id")
    entered = Organisation.objects.exclude(stripe_account="").exclude(stripe_account__in=known)
    return list(entered.order_by("id")[:MOST_AT_ONCE])


def _take_over(committee: Organisation, *, at: datetime) -> None:
    standing = fetch_standing(account_id=committee.stripe_account)
    account = _record_entered(committee, at=at)
    if account:
        apply_standing(account=account, standing=standing, at=at)


@transaction.atomic
def _record_entered(committee: Organisation, *, at: datetime) -> StripeAccount | None:
    """Write the row of an account that was there already; None where another is being opened."""
    Organisation.objects.select_for_update().get(pk=committee.pk)
    if StripeAccount.objects.filter(organisation=committee, state__in=states.LIVE).exists():
        return None
    account = StripeAccount.objects.create(
        organisation=committee,
        key=f"account:{committee.stripe_account}",
        request={},
        account_id=committee.stripe_account,
        created_at=at,
    )
    return move_account(account, "entered", at=at)


def ask_again(*, organisation_id: UUID) -> None:
    """Have a job ask Stripe how the committee's account stands, if it has one."""
    account = account_of_committee(organisation_id)
    if account and account.account_id:
        name = account.account_id
        enqueue("payments.look_at_account", account_id=name, once=f"look:{name}")


def look_again(*, organisation_id: UUID, at: datetime) -> None:
    """Ask Stripe how the committee's account stands. Not atomic. Raises StripeSilent."""
    account = account_of_committee(organisation_id)
    if account is None or account.account_id is None:
        return
    try:
        look_at_account(account_id=account.account_id, at=at)
    except (StripeRefused, StripeUnreachable) as silence:
        raise StripeSilent(_("Stripe does not answer just now. Please try again.")) from silence
