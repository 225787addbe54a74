"""The sample projects as rows: dates from the day of loading, and the history of their state."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.text import slugify

from backend.cities.models import City
from backend.cities.queries import twinning_between
from backend.common.translated import LANGUAGES
from backend.demo import writing
from backend.demo.places import city_in_text
from backend.demo.samples import Sample
from backend.demo.supporters import language_of
from backend.organisations.models import Organisation
from backend.projects import states
from backend.projects.deadlines import deadline_on
from backend.projects.models import (
    BudgetLine,
    Exchange,
    Milestone,
    Project,
    ProjectTransition,
    SuggestedAmount,
)
from backend.projects.operations import freeze_promise
from backend.projects.search import search_text_of

OPENS_AT = time(9)
CLOSES_AT = time(20)
DRAFTED_DAYS_BEFORE = 30
REVIEWED_DAYS_BEFORE = 6
BY = "sample"

# What happened to a published project, and how many days after its closing (suspended: opening).
_AFTERWARDS: dict[str, tuple[tuple[str, int], ...]] = {
    states.SUCCEEDED: (("closed_with_minimum", 0),),
    states.SHORT: (("closed_under_minimum", 0),),
    states.FAILED: (("closed_under_minimum", 0), ("committee_refunds", 28)),
    states.DELIVERED: (("closed_with_minimum", 0), ("delivered", 425)),
}
_AFTER_ALL_OR_NOTHING: dict[str, tuple[tuple[str, int], ...]] = {
    states.CLOSING: (("minimum_reached", 0),),
    states.SUCCEEDED: (("minimum_reached", 0), ("charges_done", 0)),
    states.FAILED: (("minimum_missed", 0),),
}
SUSPENDED_DAYS_AGO = 6


def make_project(
    sample: Sample, *, home: City, twin: City, committees: Mapping[int, Organisation], at: datetime
) -> Project:
    """Write the project of a sample with its budget, milestones, exchanges and amounts."""
    zone = ZoneInfo(home.time_zone)
    opens_at = _moment(sample.opens_in_days, OPENS_AT, zone, at)
    is_public = sample.state in states.PUBLIC_STATES
    project = Project(
        slug=_slug(sample),
        state=sample.state,
        campaign=sample.campaign,
        theme=sample.archetype.theme,
        committee=committees[home.pk],
        twin_committee=committees[twin.pk],
        home_city=home,
        twin_city=twin,
        twinning=twinning_between(home, twin),
        default_language=language_of(home.country),
        title=writing.title_of(sample),
        summary=writing.summary_of(sample),
        story=writing.story_of(sample),
        outcome=sample.outcome,
        state_reason=sample.reason,
        currency=sample.currency,
        goal_minor=sample.goal_money.minor,
        minimum_minor=sample.minimum_money.minor,
        opens_at=opens_at,
        closes_at=_moment(sample.closes_in_days, CLOSES_AT, zone, at),
        published_at=opens_at if is_public else None,
        created_at=min(opens_at, at) - timedelta(days=DRAFTED_DAYS_BEFORE),
        art=sample.archetype.art,
        is_sample=True,
    )
    project.search_text = search_text_of(project, LANGUAGES)
    project.save(force_insert=True)
    _make_parts(project, sample, at.date())
    if project.published_at:
        freeze_promise(project_id=project.pk, at=project.published_at)
    _write_history(project, at)
    return project


def _moment(days: int, hour: time, zone: ZoneInfo, at: datetime) -> datetime:
    day = at.astimezone(zone).date() + timedelta(days=days)
    return deadline_on(day, hour, zone.key)


def _slug(sample: Sample) -> str:
    """Return the English title as an address, with the twin city where the title leaves it out."""
    title, twin = writing.title_of(sample)["en"], city_in_text(sample.twin.name, "en").name
    return slugify(title if twin in title else f"{title} {twin}")[:120].strip("-")


def _make_parts(project: Project, sample: Sample, today: date) -> None:
    labels = writing.budget_labels(sample)
    BudgetLine.objects.bulk_create(
        BudgetLine(
            project=project,
            position=index + 1,
            label=label,
            kind=sample.archetype.kinds[index],
            amount_minor=sample.lines[index].minor,
            is_required=sample.archetype.required[index],
        )
        for index, label in enumerate(labels)
    )
    Milestone.objects.bulk_create(_milestones(project, sample, today))
    Exchange.objects.bulk_create(_exchanges(project, sample))
    SuggestedAmount.objects.bulk_create(
        SuggestedAmount(project=project, amount_minor=units * 100, label=label)
        for units, label in zip(
            sample.archetype.amounts, writing.amount_labels(sample), strict=True
        )
    )


def _milestones(project: Project, sample: Sample, today: date) -> list[Milestone]:
    """The steps before the campaign are reached; the later ones only once all is delivered."""
    rows = []
    for index, label in enumerate(writing.milestone_labels(sample)):
        days = sample.archetype.step_days[index]
        due_on = (project.opens_at if days < 0 else project.closes_at).date() + timedelta(days)
        is_reached = project.state == states.DELIVERED or (days < 0 and due_on < today)
        late = timedelta(days=(7 * index + sample.quantity) % 19 - 6)
        rows.append(
            Milestone(
                project=project,
                position=index + 1,
                label=label,
                amount_minor=sample.steps[index].minor,
                due_on=due_on,
                reached_on=min(due_on + late, today - timedelta(days=1)) if is_reached else None,
            )
        )
    return rows


def _exchanges(project: Project, sample: Sample) -> list[Exchange]:
    ways = [(Exchange.Direction.HOME_TO_TWIN, label) for label in writing.gives_labels(sample)]
    ways += [(Exchange.Direction.TWIN_TO_HOME, label) for label in writing.receives_labels(sample)]
    return [
        Exchange(project=project, position=position, direction=direction, label=label)
        for position, (direction, label) in enumerate(ways, start=1)
    ]


def _write_history(project: Project, at: datetime) -> None:
    """Write the edges that led to the project's state, each at its moment."""
    if project.published_at is None:
        return
    submitted_at = project.published_at - timedelta(days=REVIEWED_DAYS_BEFORE)
    happened = [("submitted", submitted_at), ("published", project.published_at)]
    if project.state == states.SUSPENDED:
        happened.append(("suspended", at - timedelta(days=SUSPENDED_DAYS_AGO)))
    afterwards = _AFTER_ALL_OR_NOTHING if project.is_all_or_nothing else _AFTERWARDS
    happened += [
        (event, project.closes_at + timedelta(days=days))
        for event, days in afterwards.get(project.state, ())
    ]
    state = states.DRAFT
    for event, moment in happened:
        new = states.next_state(state, event)
        ProjectTransition.objects.create(
            project=project, old=state, event=event, new=new, at=moment, by=BY
        )
        state = new
