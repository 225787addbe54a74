"""Committees' own accounts for tests, as their chairs and treasurers come by them."""

from django.utils import timezone

from backend.organisations.models import Membership
from backend.payments import accounts
from backend.payments.models import StripeAccount
from tests.backend.payments.rows import pull_and_apply
from tests.factories import NOON, a_citizen, a_committee


def a_committee_with_people(**fields):
    """A committee with a chair, a treasurer and an editor."""
    committee = a_committee(**fields)
    for role in ("chair", "treasurer", "editor"):
        Membership.objects.create(
            organisation=committee,
            user=a_citizen(email=f"{role}.{committee.slug}@example.org", name=role),
            role=role,
            since=NOON,
        )
    return committee


def an_account(committee, *, at=None):
    """The account that the committee's treasurer opens now; nothing is told Stripe yet."""
    treasurer = committee.memberships.get(role="treasurer").user_id
    return accounts.open_account(
        organisation_id=committee.pk, opened_by=treasurer, at=at or timezone.now()
    )


def onboard(sandbox, account, outcome="active", **told):
    """Let the committee tell Stripe what it asks for; the events arrive."""
    sandbox.control(f"accounts/{account.account_id}/onboard", {"outcome": outcome, **told})
    return hear(account)


def hear(account):
    """Fetch and apply the account's events."""
    pull_and_apply(account.account_id)
    account.refresh_from_db()
    account.organisation.refresh_from_db()
    return account


def a_ready_account(sandbox, committee=None):
    committee = committee or a_committee_with_people()
    return onboard(sandbox, an_account(committee))


def ways_of(account: StripeAccount) -> list[str]:
    """The states that the account has come by."""
    return list(account.transitions.order_by("id").values_list("new", flat=True))
