"""Cards that banks refuse on Stripe's page: counted, stopped after some, and watched together.

Who tries out stolen cards is refused often; a donor mistypes once or twice. After the third
refusal a page is closed and its pledge may begin again. When a large part of all attempts is
refused an alarm holds for a while and ends by itself; others ask whether it does.
"""

from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction

from backend.jobs.queue import enqueue
from backend.payments import states
from backend.payments.models import Decline, DeclinesAlarm, Payment, PaymentTransition

logger = structlog.get_logger(__name__)
DECLINE_EVENTS = ("payment_intent.payment_failed", "setup_intent.setup_failed")
# In these, what fails is the card on the page; a debit that its bank sends back is no decline.
ON_THE_PAGE = (states.NEW, states.OPEN, states.EXPIRED)
WENT_WELL = (states.SUCCEEDED, states.SAVED, states.PROCESSING)


@transaction.atomic
def note_decline(*, event_id: str, payment: Payment, at: datetime) -> None:
    """Count a refusal once, close the page after the last that it has, and look at all of them."""
    payment = Payment.objects.select_for_update().get(pk=payment.pk)
    if payment.kind == Payment.Kind.CHARGE or payment.state not in ON_THE_PAGE:
        return
    Decline.objects.get_or_create(pk=event_id, defaults={"payment": payment, "at": at})
    if is_refused_too_often(payment) and payment.state != states.EXPIRED:
        logger.warning("payment.refused_too_often", payment=payment.key)
        enqueue("payments.close_page", payment_id=str(payment.pk))
    _look_at_all(at)


def is_refused_too_often(payment: Payment) -> bool:
    """Tell whether as many cards were refused on the page as it takes."""
    most = settings.DECLINES_PER_PAGE * settings.THROTTLES_TIMES
    return payment.declines.count() >= most


def _look_at_all(at: datetime) -> None:
    """Raise the alarm, or let it hold longer, when too large a part of attempts is refused."""
    rule = settings.DECLINES_ALARM
    since = at - timedelta(seconds=rule["seconds"])
    refused = Decline.objects.filter(at__gt=since, at__lte=at).count()
    taken = PaymentTransition.objects.filter(
        at__gt=since, at__lte=at, new__in=WENT_WELL, payment__kind__in=["page", "card"]
    ).count()
    attempts = refused + taken
    enough = attempts >= rule["attempts"] * settings.THROTTLES_TIMES
    part, whole = settings.DECLINES_PART
    if enough and refused * whole > part * attempts:
        until = at + timedelta(seconds=rule["holds_seconds"])
        logger.error("payments.declines_alarm", refused=refused, attempts=attempts)
        DeclinesAlarm.objects.update_or_create(pk=1, defaults={"until": until})
