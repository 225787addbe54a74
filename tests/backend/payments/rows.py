"""Payments and sessions for tests, each with only what matters named."""

from datetime import timedelta

from django.utils import timezone

from backend.ledger.invariants import check_invariants
from backend.money import Money
from backend.payments import inbox
from backend.payments.gateways.stripe import Charged, Session
from backend.payments.models import Payment
from backend.pledges.models import Pledge
from backend.pledges.operations import move_pledge, start_payment
from tests.factories import NOON, a_pledge, an_open_project
from tests.jobs import do_jobs

CHARGED = Charged("ch_1", 2500, "EUR", 63, "txn_1")


def a_project_now(**fields):
    now = timezone.now()
    return an_open_project(
        **{"opens_at": now - timedelta(days=1), "closes_at": now + timedelta(days=30), **fields}
    )


def a_pledge_on_stripes_page(project=None, **fields):
    """A pledge whose page is open at the sandbox."""
    pledge = a_pledge(project or a_project_now(), at=timezone.now(), **fields)
    start_payment(pledge=pledge, at=timezone.now())
    return Pledge.objects.get(pk=pledge.pk), Payment.objects.get(purpose=pledge.purpose)


def pull_and_apply():
    inbox.pull_events(account="", at=timezone.now())
    return do_jobs()


def broken_invariants():
    return [outcome.name for outcome in check_invariants() if not outcome.holds]


def a_payment(purpose="pledge:0", **fields):
    """A row as it stands, without Stripe."""
    attempt = fields.setdefault("attempt", 1)
    return Payment.objects.create(
        **{
            "purpose": purpose,
            "key": f"{purpose}:{attempt}",
            "amount_minor": 2500,
            "currency": "EUR",
            "state": "open",
            "request": {},
            "session_id": f"cs_{attempt}",
            "session_url": f"https://checkout.example/cs_{attempt}",
            "session_expires_at": NOON + timedelta(hours=23),
            "created_at": NOON,
            "settled_at": NOON if fields.get("state") == "succeeded" else None,
            **fields,
        }
    )


def a_pledge_with_a_page(**fields):
    """A pledge that waits for its donor, and its payment, without Stripe."""
    pledge = a_pledge(an_open_project(), amount=Money(2500, "EUR"))
    move_pledge(pledge_id=pledge.pk, event="checkout_opened", at=NOON)
    return pledge, a_payment(pledge.purpose, **fields)


def a_session(payment, **changes):
    """What Stripe tells of the payment's session: open, and nothing charged."""
    return Session(
        **{
            "id": payment.session_id or "cs_1",
            "url": "https://checkout.example/cs_1",
            "status": "open",
            "payment_status": "unpaid",
            "amount_minor": 2500,
            "currency": "EUR",
            "livemode": False,
            "expires_at": NOON + timedelta(hours=23),
            "payment_key": payment.key,
            "intent_id": "",
            "intent_status": "",
            "charged": None,
            **changes,
        }
    )


def a_paid_session(payment, **changes):
    """What Stripe tells of the payment's session once it is paid."""
    paid = {
        "status": "complete",
        "payment_status": "paid",
        "intent_id": "pi_1",
        "intent_status": "succeeded",
        "charged": CHARGED,
    }
    return a_session(payment, **{**paid, **changes})
