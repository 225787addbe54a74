"""Payments and sessions for tests, each with only what matters named."""

import secrets
from datetime import timedelta

from django.utils import timezone

from backend.common.ids import uuid7
from backend.ledger.invariants import check_invariants
from backend.ledger.queries import balances, chain_lines
from backend.money import Money
from backend.payments import inbox
from backend.payments.gateways import stripe as gateway
from backend.payments.gateways.stripe import Charged, Session
from backend.payments.models import Payment
from backend.pledges.models import Pledge
from backend.pledges.operations import move_pledge, start_payment
from backend.pledges.returning import refund_pledge
from tests.factories import NOON, a_committee, a_pledge, an_open_project
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


def pull_and_apply(account=""):
    inbox.pull_events(account=account, at=timezone.now())
    return do_jobs()


def a_paid_pledge(sandbox, *, on_balance=True, currency="EUR", minor=2500, method="card", **fields):
    """A settled pledge on an account of its own, whose balance can pay it out, or cannot yet."""
    account = sandbox.control("accounts", {"currency": currency.lower()})["id"]
    if on_balance:
        top_up(sandbox, account, currency)
    project = a_project_now(currency=currency, committee=a_committee(stripe_account=account))
    pledge = a_row_of_a_pledge(project, minor, **fields)
    start_payment(pledge=pledge, at=timezone.now())
    payment = Payment.objects.get(purpose=pledge.purpose)
    paid = sandbox.complete(payment.session_id, method=method)
    if paid["payment_status"] != "paid":
        sandbox.control(f"payment_intents/{paid['payment_intent']}/settle", {})
    pull_and_apply(account)
    return Pledge.objects.get(pk=pledge.pk), Payment.objects.get(pk=payment.pk)


def a_slow_pledge(sandbox, **way):
    """A pledge whose bank answers later, and where the sandbox takes that answer."""
    pledge, payment = a_pledge_on_stripes_page()
    answer = sandbox.complete(payment.session_id, **(way or {"method": "sepa_debit"}))
    pull_and_apply()
    return Pledge.objects.get(pk=pledge.pk), f"payment_intents/{answer['payment_intent']}"


def a_row_of_a_pledge(project, minor, **fields):
    """A pledge in any currency, whatever a form would say of it."""
    return Pledge.objects.create(
        **{
            "project": project,
            "email": "guest@example.org",
            "language": "en",
            "currency": project.currency,
            "account": project.committee.stripe_account,
            "gift_minor": minor,
            "token": secrets.token_urlsafe(32),
            "public_reference": secrets.token_hex(16),
            "made_at": timezone.now(),
            **fields,
        }
    )


def top_up(sandbox, account, currency="EUR", minor=9_000_000):
    added = {"amount_minor": minor, "currency": currency.lower(), "account": account}
    sandbox.control("balance", added)


def refund(pledge, minor, refund_id=None, *, at=None):
    """What a treasurer's confirmed form does."""
    return refund_pledge(
        pledge_id=pledge.pk,
        amount=Money(minor, pledge.currency),
        reason="The trip was called off",
        asked_by=uuid7(),
        refund_id=refund_id or uuid7(),
        at=at or timezone.now(),
    )


def refund_in_the_dashboard(payment, minor):
    """What a committee does in Stripe's own pages: a refund that names nothing of ours."""
    made = gateway._client().v1.refunds.create(
        {"charge": payment.charge_id, "amount": minor}, gateway._options(payment.account)
    )
    return made.id


def book_of(pledge):
    """The balances of the project's accounts, in minor units, those with nothing left out."""
    chain = pledge.project.chain
    stripe = f"stripe:{pledge.project.committee_id}:{pledge.currency}"
    found = {row.account: row.money.minor for row in [*balances(f"{chain}:"), *balances(stripe)]}
    names = {f"{chain}:gifts": "gifts", f"{chain}:fees": "fees", stripe: "stripe"}
    names |= {f"{chain}:disputed": "disputed", f"{chain}:platform:fees": "platform"}
    return {names[account]: minor for account, minor in found.items() if minor}


def kinds_of(pledge):
    """What the lines of the project's book are, the first first."""
    return [line["kind"] for line in chain_lines(pledge.project.chain)]


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
