"""What can be done with a project."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet, Sum
from django.utils.translation import gettext as _

from backend.common.translated import LANGUAGES
from backend.events.bus import announce
from backend.money import CurrencyMismatch, Money
from backend.projects import states
from backend.projects.deadlines import last_possible
from backend.projects.events import CampaignExtended, GiftsToPayBack, ProjectMoved
from backend.projects.models import Extension, Project, ProjectTransition, Promise
from backend.projects.promising import digest_of, promised_by
from backend.projects.search import search_text_of


class ProjectRefused(Exception):
    """The project cannot be changed that way, for a reason the committee may read."""


class BudgetDoesNotAddUp(ProjectRefused):
    """Lines or milestones do not sum to the goal, or required lines not to the minimum."""


class CommitteeNotVerified(ProjectRefused):
    """Nobody has checked yet who stands behind the committee."""


class CampaignDecided(ProjectRefused):
    """The campaign is decided: nothing can be promised to it or withdrawn any more."""


class ExtensionRefused(ProjectRefused):
    """A deadline moves once, by at most thirty days, before it has come, and with a reason."""


class ReasonMissing(ProjectRefused):
    """What is decided in public is decided with a reason."""


class NotPossibleNow(ProjectRefused):
    """The state graph has no such edge from where the project is."""


def add_to_totals(*, project_id: UUID, raised: Money, supporters: int) -> None:
    """Roll settled money up into the project's row: the last statement of its transaction.

    Raises CurrencyMismatch when the project raises money in another currency.
    """
    changed = Project.objects.filter(pk=project_id, currency=raised.currency).update(
        raised_minor=F("raised_minor") + raised.minor, supporters=F("supporters") + supporters
    )
    if not changed:
        raise CurrencyMismatch(f"{project_id} does not raise money in {raised.currency}")


def add_to_promised(*, project_id: UUID, promised: Money, promises: int) -> None:
    """Roll money that cards are saved for up into the project's row, as its last statement.

    A negative sum takes it out again: it has arrived, or will not come. Raises CurrencyMismatch.
    """
    changed = _add_to_promised(Project.objects.filter(pk=project_id), promised, promises)
    if not changed:
        raise CurrencyMismatch(f"{project_id} does not raise money in {promised.currency}")


def change_promised(*, project_id: UUID, promised: Money, promises: int) -> None:
    """Do the same while the campaign is undecided; the row's lock makes that one moment for all.

    Raises CampaignDecided: then nothing that goes with it may happen either.
    """
    undecided = Project.objects.filter(pk=project_id, state__in=states.UNDECIDED)
    if not _add_to_promised(undecided, promised, promises):
        raise CampaignDecided(_("This campaign has ended."))


def _add_to_promised(projects: QuerySet[Project], promised: Money, promises: int) -> int:
    return projects.filter(currency=promised.currency).update(
        promised_minor=F("promised_minor") + promised.minor, promises=F("promises") + promises
    )


@transaction.atomic
def move_project(*, project_id: UUID, event: str, by: str, at: datetime) -> Project:
    """Take the edge `event` of the state graph. Raises NotPossibleNow."""
    project = Project.objects.select_for_update(of=("self",)).get(pk=project_id)
    try:
        new = states.next_state(project.state, event)
    except states.NoSuchEdge as problem:
        raise NotPossibleNow(
            _("A project in the state “%(state)s” cannot be changed that way.")
            % {"state": project.state}
        ) from problem
    ProjectTransition.objects.create(
        project=project, old=project.state, event=event, new=new, at=at, by=by
    )
    project.state = new
    if new == states.PUBLISHED and project.published_at is None:
        project.published_at = at
    project.save(update_fields=["state", "published_at"])
    announce(ProjectMoved(project_id, new, at))
    return project


@transaction.atomic
def suspend_campaigns(*, committee_id: UUID, reason: dict[str, str], by: str, at: datetime) -> int:
    """Suspend the committee's campaigns that are open, with a reason in public; return how many."""
    open_ones = Project.objects.select_for_update(of=("self",)).filter(
        committee_id=committee_id, state=states.PUBLISHED
    )
    suspended = 0
    for project in open_ones.order_by("id"):
        move_project(project_id=project.pk, event="suspended", by=by, at=at)
        Project.objects.filter(pk=project.pk).update(state_reason=reason)
        suspended += 1
    return suspended


@transaction.atomic
def publish_project(*, project_id: UUID, by: str, at: datetime) -> Project:
    """Show a drafted project of a verified committee to everybody, and freeze what it promises.

    Raises CommitteeNotVerified, BudgetDoesNotAddUp or NotPossibleNow.
    """
    projects = Project.objects.select_related("committee").select_for_update(of=("self",))
    project = projects.get(pk=project_id)
    if project.committee.verified_on is None:
        raise CommitteeNotVerified(
            _("The committee “%(name)s” is not verified yet.") % {"name": project.committee.name}
        )
    refuse_unsound_budget(project)
    if project.state == states.DRAFT:
        move_project(project_id=project_id, event="submitted", by=by, at=at)
    index_project(project_id=project_id)
    published = move_project(project_id=project_id, event="published", by=by, at=at)
    freeze_promise(project_id=project_id, at=at)
    return published


@transaction.atomic
def freeze_promise(*, project_id: UUID, at: datetime) -> Promise:
    """Keep goal, lines, dates, results and risks as they are now; the first promise stays."""
    project = Project.objects.select_for_update(of=("self",)).get(pk=project_id)
    kept = Promise.objects.filter(project=project).first()
    if kept:
        return kept
    words = promised_by(project)
    return Promise.objects.create(
        project=project, words=words, digest=digest_of(words), frozen_at=at
    )


def refuse_unsound_budget(project: Project) -> None:
    """Raise BudgetDoesNotAddUp unless lines = goal, required lines = minimum, milestones = goal."""
    lines = project.budget_lines.all()
    sums = {
        _("The budget lines"): (_sum(lines), project.goal_minor),
        _("The required lines"): (_sum(lines.filter(is_required=True)), project.minimum_minor),
        _("The milestones"): (_sum(project.milestones.all()), project.goal_minor),
    }
    for what, (found, wanted) in sums.items():
        if found != wanted:
            raise BudgetDoesNotAddUp(
                _("%(what)s sum to %(found)d instead of %(wanted)d (in minor units).")
                % {"what": what, "found": found, "wanted": wanted}
            )


def _sum(rows) -> int:  # type: ignore[no-untyped-def]  # any rows with an amount
    return int(rows.aggregate(total=Sum("amount_minor", default=0))["total"])


@transaction.atomic
def index_project(*, project_id: UUID) -> None:
    """Write the words by which the project is found: texts, cities and countries, folded."""
    project = Project.objects.select_related("home_city", "twin_city", "committee").get(
        pk=project_id
    )
    Project.objects.filter(pk=project_id).update(search_text=search_text_of(project, LANGUAGES))


@transaction.atomic
def close_due_projects(*, at: datetime) -> int:
    """Close the flexible campaigns whose moment has come; return how many.

    With the minimum reached the project goes ahead; under it, the committee decides in public.
    """
    due = Project.objects.select_for_update(skip_locked=True).filter(
        state=states.PUBLISHED, campaign=Project.Campaign.FLEXIBLE, closes_at__lte=at
    )
    closed = 0
    for project in due:
        reached = project.raised_minor >= project.minimum_minor
        event = "closed_with_minimum" if reached else "closed_under_minimum"
        move_project(project_id=project.pk, event=event, by="", at=at)
        closed += 1
    return closed


@transaction.atomic
def extend_campaign(
    *, project_id: UUID, closes_at: datetime, reason: dict[str, str], by: str, at: datetime
) -> Extension:
    """Move the deadline to `closes_at`; everybody whose card is saved is told in a mail.

    Once, before the deadline, by at most thirty days. What was promised at publishing stays as
    it was frozen. Raises ExtensionRefused or ReasonMissing.
    """
    project = Project.objects.select_for_update(of=("self",)).get(pk=project_id)
    if not any(reason.values()):
        raise ReasonMissing(_("Say in public why the campaign goes on longer."))
    if not project.takes_pledges(at):
        raise ExtensionRefused(_("Only a campaign that is open can be extended."))
    if Extension.objects.filter(project=project).exists():
        raise ExtensionRefused(_("This campaign was extended already; that can happen only once."))
    latest = last_possible(project.closes_at, project.home_city.time_zone)
    if not project.closes_at < closes_at <= latest:
        raise ExtensionRefused(_("A campaign can go on for at most 30 days more."))
    extension = Extension.objects.create(
        project=project,
        old_closes_at=project.closes_at,
        new_closes_at=closes_at,
        reason=reason,
        extended_at=at,
        by=by,
    )
    Project.objects.filter(pk=project_id).update(closes_at=closes_at)
    announce(CampaignExtended(project_id, project.closes_at, closes_at, at))
    return extension


@transaction.atomic
def decide_short(
    *, project_id: UUID, goes_ahead: bool, reason: dict[str, str], by: str, at: datetime
) -> Project:
    """Go ahead with less than the minimum, or pay every gift back: the committee says why.

    Raises ReasonMissing or NotPossibleNow.
    """
    if not any(reason.values()):
        raise ReasonMissing(_("Say in public why you decide so."))
    event = "committee_goes_ahead" if goes_ahead else "committee_refunds"
    project = move_project(project_id=project_id, event=event, by=by, at=at)
    project.state_reason = reason
    project.save(update_fields=["state_reason"])
    if not goes_ahead:
        announce(GiftsToPayBack(project_id, by, at))
    return project
