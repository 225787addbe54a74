"""What is done about all-or-nothing campaigns from minute to minute, read from the rows alone."""

from datetime import datetime
from uuid import UUID

import structlog

from backend.payments.gateways.stripe import StripeRefused, StripeUnreachable
from backend.pledges import states
from backend.pledges.closing import (
    NotDue,
    close_campaign,
    due_campaigns,
    finish_campaign,
    go_on_with,
)
from backend.pledges.models import Pledge
from backend.pledges.paying_back import go_on_paying_back
from backend.pledges.recovery import look_after_failing
from backend.projects import states as project_states
from backend.projects.models import Project

logger = structlog.get_logger(__name__)


def look_after_campaigns(*, at: datetime) -> None:
    """Decide what is due, go on with what is decided, remind, give up, finish, pay back.

    One campaign or pledge of which Stripe does not tell must not hold up the others.
    """
    for project in due_campaigns(at=at):
        try:
            close_campaign(project_id=project.pk, at=at)
        except (NotDue, StripeRefused, StripeUnreachable) as problem:
            logger.warning("campaign.not_closed", slug=project.slug, problem=type(problem).__name__)
    _look_after_failing(at=at)
    for project_id in _with_work_left():
        go_on_with(project_id)
    for project in Project.objects.filter(state=project_states.CLOSING):
        finish_campaign(project_id=project.pk, at=at)
    go_on_paying_back()


def _with_work_left() -> list[UUID]:
    """Return the decided campaigns with cards to charge, or to let go."""
    waiting = Pledge.objects.filter(
        project__state__in=[project_states.CLOSING, project_states.FAILED],
        state__in=[states.SECURED, states.CHARGING],
        is_processing=False,
    )
    return list(waiting.order_by().values_list("project_id", flat=True).distinct())


def _look_after_failing(*, at: datetime) -> None:
    failing = Pledge.objects.filter(state=states.FAILING).order_by("failing_since", "id")
    for pledge in failing:
        try:
            look_after_failing(pledge=pledge, at=at)
        except (StripeRefused, StripeUnreachable) as problem:
            logger.warning("pledge.not_given_up", problem=type(problem).__name__)
