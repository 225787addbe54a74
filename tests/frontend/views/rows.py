"""Rows for tests of pages, which live by the clock: a page cannot be told what time it is."""

from datetime import timedelta

from django.utils import timezone

from backend.money import Money
from backend.pledges.operations import move_pledge, settle_pledge
from tests.api.rows import a_project_open_now
from tests.factories import a_pledge, an_open_project

__all__ = ["a_closed_project", "a_pending_pledge", "a_project_open_now", "a_settled_pledge"]


def a_closed_project(**fields):
    """A project whose campaign ended yesterday."""
    now = timezone.now()
    return an_open_project(
        **{
            "opens_at": now - timedelta(days=31),
            "published_at": now - timedelta(days=31),
            "closes_at": now - timedelta(days=1),
            **fields,
        }
    )


def a_pending_pledge(project=None, **fields):
    """A pledge whose payer is on Stripe's page."""
    project = project or a_project_open_now()
    pledge = a_pledge(project, **{"at": timezone.now(), **fields})
    return move_pledge(pledge_id=pledge.pk, event="checkout_opened", at=timezone.now())


def a_settled_pledge(project=None, *, fee_minor=63, **fields):
    """A pledge whose money has arrived, with the fee that Stripe kept."""
    pledge = a_pending_pledge(project, **fields)
    fee = Money(fee_minor, pledge.gross.currency)
    return settle_pledge(pledge_id=pledge.pk, amount=pledge.gross, fee=fee, at=timezone.now())
