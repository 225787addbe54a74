"""All-or-nothing campaigns for tests, with cards saved at the sandbox."""

import json
from datetime import timedelta

from django.utils import timezone

from backend.payments import inbox
from backend.payments.models import Payment
from backend.pledges.closing import close_campaign
from backend.pledges.models import Pledge
from backend.pledges.operations import start_payment
from backend.projects.models import Project
from tests.backend.payments.rows import a_project_now
from tests.factories import a_committee, a_pledge
from tests.jobs import do_jobs

GOOD = "4242424242424242"
ASKS_ONCE = "4000002500003155"
ASKS_ALWAYS = "4000002760003184"
DECLINED_LATER = "4000000000000341"


def a_campaign(sandbox=None, **fields):
    """A campaign that needs 50.00 of 100.00 euros; at the sandbox on an account of its own."""
    if sandbox:
        account = sandbox.control("accounts", {"country": "FR", "currency": "eur"})["id"]
        fields["committee"] = a_committee(stripe_account=account)
    return a_project_now(
        **{
            "campaign": "all_or_nothing",
            "goal_minor": 10_000,
            "minimum_minor": 5_000,
            **fields,
        }
    )


def a_card_page(project, **fields):
    """A pledge whose page for saving a card is open."""
    pledge = a_pledge(project, at=timezone.now(), **fields)
    start_payment(pledge=pledge, at=timezone.now())
    return pledge, Payment.objects.get(purpose=pledge.purpose)


def a_secured_pledge(sandbox, project, *, card=GOOD, **fields):
    """A pledge for which a card is saved."""
    pledge, page = a_card_page(project, **fields)
    sandbox.complete(page.session_id, card=card)
    pull(project)
    return Pledge.objects.select_related("project").get(pk=pledge.pk)


def past_deadline(project):
    """Let the campaign's deadline have come a second ago."""
    Project.objects.filter(pk=project.pk).update(closes_at=timezone.now() - timedelta(seconds=1))


def close(project):
    """Let the deadline come, decide, and do all that follows at once; return the decision."""
    past_deadline(project)
    decision = close_campaign(project_id=project.pk, at=timezone.now())
    do_jobs()
    if project.committee.stripe_account:
        pull(project)
    return decision


def pull(project):
    """Fetch the events of the campaign's account and apply them."""
    inbox.pull_events(account=project.committee.stripe_account, at=timezone.now())
    return do_jobs()


def state_of(row):
    row.refresh_from_db()
    return row.state


def charges_of(sandbox, pledge):
    """What the sandbox charged for the pledge, by its own record."""
    record = sandbox.folder / "record.jsonl"
    lines = record.read_text().splitlines() if record.exists() else []
    return [
        line["amount_minor"]
        for line in map(json.loads, lines)
        if line["kind"] == "charge" and line["metadata"].get("purpose") == pledge.purpose
    ]
