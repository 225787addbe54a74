"""When a saved card fails: a week in which its holder may help, and what happens after it.

Two ways: the bank asks its customer about the very same charge, or another card is used on
Stripe's page. Never both at once: a page opens only when the charge is seen cancelled.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from backend.jobs.queue import enqueue
from backend.payments import states as payment_states
from backend.payments.charging import confirm_before_holder
from backend.payments.gateways.stripe import StripeRefused, StripeUnreachable
from backend.payments.models import Payment
from backend.payments.operations import (
    AlreadyPaid,
    PaymentRefused,
    cancel_charge,
    close_page,
    let_card_go,
    open_checkout,
)
from backend.payments.queries import latest_payment, open_checkout_for
from backend.pledges import states
from backend.pledges.models import Pledge
from backend.pledges.operations import (
    NotPayable,
    PaymentNotStarted,
    count_another_attempt,
    order_of,
    take_edge,
)
from backend.projects.operations import add_to_promised

WINDOW = timedelta(days=7)
REMINDED_EVERY = timedelta(hours=48)


@transaction.atomic
def note_declined(*, pledge_id: UUID, needs_authentication: bool, at: datetime) -> Pledge:
    """Begin the week in which the holder of a card that failed may help, and write to them."""
    pledge = Pledge.objects.select_for_update(of=("self",)).get(pk=pledge_id)
    if pledge.state == states.CHARGING:
        pledge.failing_since = at
        pledge.needs_authentication = needs_authentication
        pledge = take_edge(pledge=pledge, event="charge_declined", at=at)
        enqueue("pledges.tell", letter="card_failed", pledge_id=str(pledge_id), number=0)
    elif pledge.state == states.FAILING:
        pledge.needs_authentication = needs_authentication
        pledge.is_processing = False
        pledge.save(update_fields=["needs_authentication", "is_processing"])
    return pledge


def ask_bank(*, pledge: Pledge, at: datetime) -> str:
    """Charge the same card with its holder before the page; return the bank's page, or nothing.

    Not atomic. Raises NotPayable or PaymentNotStarted.
    """
    payment = latest_payment(pledge.purpose)
    if payment is None or not can_ask_bank(pledge, payment):
        raise NotPayable(_("This pledge is paid, or its payment is on its way."))
    try:
        return confirm_before_holder(
            payment=payment, return_url=f"{_page_of(pledge)}?from=bank", at=at
        )
    except AlreadyPaid as paid:
        raise NotPayable(_("This pledge is paid, or its payment is on its way.")) from paid
    except (StripeRefused, StripeUnreachable) as silence:
        raise _not_started(pledge) from silence


def can_ask_bank(pledge: Pledge, payment: Payment | None) -> bool:
    """Tell whether the bank may say yes to the charge that it refused with its customer away."""
    return (
        pledge.state == states.FAILING
        and not pledge.is_processing
        and pledge.needs_authentication
        and payment is not None
        and payment.kind == Payment.Kind.CHARGE
        and payment.state in (payment_states.FAILED, payment_states.OPEN)
    )


def pay_otherwise(*, pledge: Pledge, at: datetime, network: str = "") -> str:
    """Cancel the charge that failed and open Stripe's page, for another card; return its address.

    Not atomic. Raises NotPayable, TooManyAttempts or PaymentNotStarted.
    """
    if pledge.state != states.FAILING or pledge.is_processing or pledge.failing_since is None:
        raise NotPayable(_("This pledge is paid, or its payment is on its way."))
    waiting = open_checkout_for(pledge.purpose)
    if waiting and at < waiting.expires_at:
        return waiting.url
    if network:
        count_another_attempt(pledge=pledge, network=network, at=at)
    try:
        _cancel_last_charge(pledge, at=at)
        order = order_of(pledge, saves_card=False, closes_at=pledge.failing_since + WINDOW)
        return open_checkout(order=order, at=at).session_url
    except AlreadyPaid as paid:
        raise NotPayable(_("This pledge is paid, or its payment is on its way.")) from paid
    except (PaymentRefused, StripeRefused, StripeUnreachable) as refusal:
        raise _not_started(pledge) from refusal


def _cancel_last_charge(pledge: Pledge, *, at: datetime) -> None:
    payment = latest_payment(pledge.purpose)
    if payment and payment.kind == Payment.Kind.CHARGE:
        cancel_charge(payment=payment, at=at)


def _not_started(pledge: Pledge) -> PaymentNotStarted:
    return PaymentNotStarted(
        _("Stripe’s page did not open. Nothing was charged; your pledge is kept. Try again."),
        pledge,
    )


def _page_of(pledge: Pledge) -> str:
    address = settings.PLEDGE_STATUS_ADDRESS.format(language=pledge.language, token=pledge.token)
    return f"{settings.SITE_URL}{address}"


def look_after_failing(*, pledge: Pledge, at: datetime) -> None:
    """Write again after every two days; after the week, give the pledge up.

    Not atomic. Raises StripeUnreachable or StripeRefused.
    """
    if pledge.failing_since is None or pledge.is_processing:
        return
    if at >= pledge.failing_since + WINDOW:
        give_up(pledge=pledge, at=at)
        return
    number = (at - pledge.failing_since) // REMINDED_EVERY
    if number:
        enqueue("pledges.tell", letter="card_failed", pledge_id=str(pledge.pk), number=number)


def give_up(*, pledge: Pledge, at: datetime) -> Pledge:
    """Drop a pledge that nobody helped; money that came in the last moment is taken instead.

    Not atomic. Raises StripeUnreachable or StripeRefused.
    """
    payment = latest_payment(pledge.purpose)
    if payment and payment.kind == Payment.Kind.CHARGE:
        payment = cancel_charge(payment=payment, at=at)
    elif payment:
        payment = close_page(payment=payment, at=at)
    if payment and payment.state in (*payment_states.UNFINISHED, payment_states.SUCCEEDED):
        return Pledge.objects.get(pk=pledge.pk)
    return _drop(pledge.pk, at=at)


@transaction.atomic
def _drop(pledge_id: UUID, *, at: datetime) -> Pledge:
    pledge = Pledge.objects.select_for_update(of=("self",)).get(pk=pledge_id)
    if pledge.state != states.FAILING:
        return pledge
    take_edge(pledge=pledge, event="given_up", at=at)
    let_card_go(purpose=pledge.purpose, at=at)
    enqueue("pledges.tell", letter="dropped", pledge_id=str(pledge_id))
    add_to_promised(project_id=pledge.project_id, promised=-pledge.gross, promises=-1)
    return pledge
