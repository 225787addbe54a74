"""Questions about projects."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.postgres.search import SearchQuery
from django.db.models import F, Q, QuerySet

from backend.common.keyset import Order, Page, page_of
from backend.projects import states
from backend.projects.models import Extension, Project, Promise
from backend.projects.search import words_of

PAGE_SIZE = 24
NEWEST_HITS = 500
ORDERS = {
    "newest": Order("published_at", descending=True, is_moment=True),
    "ending": Order("closes_at", descending=False, is_moment=True),
    "nearest_goal": Order("funded_permille", descending=True),
}
CARD_COLUMNS = (
    "id",
    "slug",
    "state",
    "campaign",
    "theme",
    "art",
    "title",
    "summary",
    "default_language",
    "currency",
    "goal_minor",
    "minimum_minor",
    "raised_minor",
    "promised_minor",
    "promises",
    "supporters",
    "funded_permille",
    "opens_at",
    "closes_at",
    "published_at",
    "home_city__name",
    "home_city__slug",
    "home_city__country",
    "home_city__latitude",
    "home_city__longitude",
    "twin_city__name",
    "twin_city__slug",
    "twin_city__country",
    "twin_city__latitude",
    "twin_city__longitude",
)


class NoSuchProject(LookupError):
    """No project that a visitor may see has that slug."""


class NoPromise(LookupError):
    """The project was never published, so it has promised nothing."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a visitor looks for; empty fields ask for nothing."""

    search: str = ""
    city: str = ""
    country: str = ""
    theme: tuple[str, ...] = ()
    state: tuple[str, ...] = ()
    currency: str = ""
    order: str = "newest"


def public_project(slug: str) -> Project:
    """Return the project with that slug with its cities and committee, or raise NoSuchProject."""
    try:
        return (
            Project.objects.public()
            .select_related("home_city", "twin_city", "committee", "twin_committee", "twinning")
            .get(slug=slug)
        )
    except Project.DoesNotExist:
        raise NoSuchProject(slug) from None


def public_card(slug: str) -> dict[str, Any]:
    """Return the row of CARD_COLUMNS of that public project, or raise NoSuchProject."""
    row = Project.objects.public().filter(slug=slug).values(*CARD_COLUMNS).first()
    if row is None:
        raise NoSuchProject(slug)
    return row


def promise_of(project_id: UUID) -> Promise:
    """Return what the project promised when it was published, or raise NoPromise."""
    try:
        return Promise.objects.get(project_id=project_id)
    except Promise.DoesNotExist:
        raise NoPromise(str(project_id)) from None


def extension_of(project_id: UUID) -> Extension | None:
    """Return how the project's deadline was moved, if it was."""
    return Extension.objects.filter(project_id=project_id).first()


def campaigns_to_decide(committees: Iterable[UUID]) -> QuerySet[Project]:
    """Return the committees' campaigns of which something can be decided, the most urgent first.

    Those below their minimum wait for a word; those still open can be given a later deadline.
    """
    rows = Project.objects.filter(
        committee_id__in=committees, state__in=[states.SHORT, states.PUBLISHED]
    )
    return rows.order_by("-state", "closes_at", "id")


def project_cards(
    wanted: Wanted, *, cursor: str | None = None, size: int = PAGE_SIZE
) -> Page[dict[str, Any]]:
    """Return a page of public projects as plain rows of CARD_COLUMNS. Raises BadCursor."""
    found = projects_wanted(wanted).values(*CARD_COLUMNS)
    return page_of(found, order=ORDERS[wanted.order], size=size, cursor=cursor)


def projects_wanted(wanted: Wanted) -> QuerySet[Project]:
    """Return the public projects that a visitor looks for, in no order yet.

    A search keeps to the newest hits, so that a common word costs no more than a rare one.
    """
    rows = Project.objects.filter(state__in=wanted.state or states.PUBLIC_STATES)
    if wanted.order == "ending" and not wanted.state:
        rows = rows.filter(state=states.PUBLISHED)
    if wanted.theme:
        rows = rows.filter(theme__in=wanted.theme)
    if wanted.currency:
        rows = rows.filter(currency=wanted.currency)
    if wanted.country:
        rows = rows.filter(
            Q(home_city__country=wanted.country) | Q(twin_city__country=wanted.country)
        )
    if wanted.city:
        rows = rows.filter(Q(home_city__slug=wanted.city) | Q(twin_city__slug=wanted.city))
    if wanted.search:
        hits = _hits(wanted.search)
        if hits is None:
            return rows.none()
        rows = rows.filter(pk__in=list(hits.values_list("pk", flat=True)[:NEWEST_HITS]))
    return rows


def _hits(text: str) -> QuerySet[Project] | None:
    """Return the newest public projects with every word of `text`, the last as a beginning."""
    words = words_of(text)
    if not words:
        return None
    expression = " & ".join([*words[:-1], f"{words[-1]}:*"])
    query = SearchQuery(expression, config="simple", search_type="raw")
    return Project.objects.public().filter(search_vector=query).order_by("-published_at", "-id")


def similar_projects(project: Project, *, at: datetime, number: int = 3) -> list[dict[str, Any]]:
    """Return open projects of the same theme or cities, the nearest to their goal first."""
    rows = (
        Project.objects.open_at(at)
        .exclude(pk=project.pk)
        .filter(
            Q(theme=project.theme)
            | Q(home_city_id__in=[project.home_city_id, project.twin_city_id])
        )
    )
    return list(rows.order_by("-funded_permille", "-id").values(*CARD_COLUMNS)[:number])


def projects_of_city(city_id: int, *, number: int = PAGE_SIZE) -> list[dict[str, Any]]:
    """Return the newest public projects that a city is part of."""
    rows = Project.objects.public().filter(Q(home_city_id=city_id) | Q(twin_city_id=city_id))
    return list(rows.order_by("-published_at", "-id").values(*CARD_COLUMNS)[:number])


def projects_between(
    city_a_id: int, city_b_id: int, *, number: int = PAGE_SIZE
) -> list[dict[str, Any]]:
    """Return the newest public projects of two cities, whichever is the home."""
    rows = Project.objects.public().filter(
        Q(home_city_id=city_a_id, twin_city_id=city_b_id)
        | Q(home_city_id=city_b_id, twin_city_id=city_a_id)
    )
    return list(rows.order_by("-published_at", "-id").values(*CARD_COLUMNS)[:number])


def featured_projects(*, at: datetime, number: int = 3) -> list[dict[str, Any]]:
    """Return open projects for the home page: ending soon, near their goal, new; each once."""
    open_now = Project.objects.open_at(at)
    unfinished = open_now.filter(raised_minor__lt=F("goal_minor"))
    chosen: dict[UUID, dict[str, Any]] = {}
    for rows in (
        unfinished.order_by("closes_at", "id"),
        unfinished.order_by("-funded_permille", "-id"),
        open_now.order_by("-published_at", "-id"),
    ):
        for row in rows.values(*CARD_COLUMNS)[:number]:
            if row["id"] not in chosen:
                chosen[row["id"]] = row
                break
    return list(chosen.values())[:number]
