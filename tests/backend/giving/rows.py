"""Monthly gifts for tests, at the sandbox and without it."""

from django.utils import timezone

from backend.giving.models import MonthlyGift
from backend.giving.operations import make_monthly_gift, start_monthly_gift
from backend.ledger.queries import balances
from backend.money import Money
from backend.payments.models import Payment
from tests.backend.payments.rows import pull_and_apply
from tests.factories import NOON, a_committee
from tests.sandbox.steps import client_of

GOOD = "4242424242424242"


def a_monthly_gift(committee=None, *, minor=1000, **fields):
    """The row of a gift, of which Stripe has not heard."""
    committee = committee or a_committee()
    return make_monthly_gift(
        **{
            "committee": committee,
            "twinning": None,
            "amount": Money(minor, "EUR"),
            "email": "giver@example.org",
            "name": "",
            "cover_fee": False,
            "language": "en",
            "donor_id": None,
            "idempotency_key": None,
            "at": NOON,
            **fields,
        }
    ).gift


def on_stripes_page(sandbox, committee=None, **fields):
    """A gift whose page is open, at the sandbox on an account of its own, and the page."""
    if committee is None:
        account = sandbox.control("accounts", {"country": "FR", "currency": "eur"})["id"]
        committee = a_committee(stripe_account=account)
    gift = a_monthly_gift(committee, at=timezone.now(), **fields)
    start_monthly_gift(gift=gift, at=timezone.now())
    return gift, Payment.objects.get(purpose=gift.purpose)


def a_living_gift(sandbox, *, card=GOOD, **fields):
    """A gift that has begun at the sandbox, with its first month booked."""
    gift, page = on_stripes_page(sandbox, **fields)
    sandbox.complete(page.session_id, card=card)
    pull(gift)
    return as_it_is(gift)


def pull(gift):
    """Fetch the events of the committee's account and apply them, with all that follows."""
    return pull_and_apply(gift.committee.stripe_account)


def month_passes(sandbox, months=1):
    """Let renewals come due at Stripe; a draft stands an hour before it is collected."""
    sandbox.control("clock/advance", {"days": 31 * months, "hours": 2})


def days_pass(sandbox, days):
    sandbox.control("clock/advance", {"days": days})


def as_it_is(gift):
    return MonthlyGift.objects.select_related("committee__city").get(pk=gift.pk)


def stripe_of(sandbox, gift):
    """Stripe's own client on the committee's account: its dashboard, or the truth."""
    return client_of(sandbox, account=gift.committee.stripe_account)


def subscription_of(sandbox, gift):
    page = Payment.objects.get(purpose=gift.purpose, kind="monthly", subscription_id__gt="")
    return stripe_of(sandbox, gift).v1.subscriptions.retrieve(page.subscription_id)


def charges_of(sandbox, gift):
    """What Stripe charged on the account, in minor units, the first first."""
    charges = stripe_of(sandbox, gift).v1.charges.list({"limit": 100}).data
    return [charge.amount for charge in charges if charge.paid][::-1]


def uses_card(sandbox, gift, card):
    """Let the gift be paid by another card from now on, as the portal does."""
    client, subscription = stripe_of(sandbox, gift), subscription_of(sandbox, gift)
    method = client.v1.payment_methods.attach(card, {"customer": subscription.customer})
    client.v1.subscriptions.update(subscription.id, {"default_payment_method": method.id})


def book_of(gift):
    """The balances of the committee's accounts, in minor units, those with nothing left out."""
    stripe = f"stripe:{gift.committee_id}:{gift.currency}"
    rows = [*balances(f"{gift.chain}:"), *balances(stripe)]
    found = {row.account: row.money.minor for row in rows}
    return {code.split(":")[-1 if code != stripe else 0]: m for code, m in found.items() if m}


def months_of(gift):
    """The months of a gift as (sum, state), the first first."""
    rows = gift.instalments.order_by("charged_at", "id")
    return list(rows.values_list("amount_minor", "state"))
