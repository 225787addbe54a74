"""Public figures: what the pages tell of money, counted from what was booked.

Amounts of different currencies never meet in one sum: every total is a list, one per currency.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core.cache import cache, caches
from django.db.models import Q, QuerySet, Sum

from backend.money import Money
from backend.pledges.models import Pledge, SourceClass
from backend.pledges.queries import KEPT, SourceShare, source_shares
from backend.pledges.states import PAID
from backend.projects.models import Project

PRIVATE_SOURCES = frozenset(
    {
        SourceClass.CITIZEN,
        SourceClass.COMPANY,
        SourceClass.LOCAL_INSTITUTION,
        SourceClass.FOUNDATION,
    }
)
FIGURES_KEY = "reports.site-figures"
FIGURES_SECONDS = 600
# How long one process goes without asking the shared cache; shares are kept by their totals.
NEAR_SECONDS = 10
SHARES_SECONDS = 60


@dataclass(frozen=True, slots=True)
class PrivateShare:
    """How much of the money in one currency came from private givers, in whole per cent."""

    currency: str
    percent: int


@dataclass(frozen=True, slots=True)
class SiteFigures:
    """What the whole site has done so far, as it was at `counted_at`."""

    raised: tuple[Money, ...]
    projects: int
    open_projects: int
    cities: int
    countries: tuple[str, ...]
    private_shares: tuple[PrivateShare, ...]
    counted_at: datetime


@dataclass(frozen=True, slots=True)
class TwoWayMoney:
    """Confirmed money between two cities: one total per currency, empty where nothing came."""

    a_to_b: tuple[Money, ...]
    b_to_a: tuple[Money, ...]


def site_figures(*, at: datetime) -> SiteFigures:
    """Return the figures of the whole site; a job counts them every minute, not the visitor."""
    near = caches["pages"]
    known: SiteFigures | None = near.get(FIGURES_KEY)
    if known is None:
        known = cache.get(FIGURES_KEY) or refresh_site_figures(at=at)
        near.set(FIGURES_KEY, known, NEAR_SECONDS)
    return known


def refresh_site_figures(*, at: datetime) -> SiteFigures:
    """Count the figures of the whole site and keep them for the pages."""
    figures = _counted(at)
    cache.set(FIGURES_KEY, figures, FIGURES_SECONDS)
    return figures


def _counted(at: datetime) -> SiteFigures:
    public = Project.objects.public()
    ends = [
        set(public.order_by().values_list(f"{end}_id", f"{end}__country").distinct())
        for end in ("home_city", "twin_city")
    ]
    cities = ends[0] | ends[1]
    return SiteFigures(
        raised=_sums(public.values_list("currency").annotate(Sum("raised_minor"))),
        projects=public.count(),
        open_projects=Project.objects.open_at(at).count(),
        cities=len(cities),
        countries=tuple(sorted({country for _, country in cities})),
        private_shares=private_shares(Pledge.objects.all()),
        counted_at=at,
    )


def _sums(rows: Iterable[tuple[str, int]]) -> tuple[Money, ...]:
    """Return the totals that are more than nothing, in the order of their currencies."""
    return tuple(Money(int(minor), currency) for currency, minor in sorted(rows) if minor)


def shares_of_project(project: Project) -> list[SourceShare]:
    """Return what each class of givers gave; kept while the project's totals stay the same."""
    near = caches["pages"]
    key = f"reports.shares:{project.pk}:{project.raised_minor}:{project.supporters}"
    known: list[SourceShare] | None = near.get(key)
    if known is None:
        known = source_shares(project.pk, project.currency)
        near.set(key, known, SHARES_SECONDS)
    return known


def private_shares_of_committee(committee_id: UUID) -> tuple[PrivateShare, ...]:
    """Return the private share of what a committee's projects received, by currency."""
    return private_shares(Pledge.objects.filter(project__committee_id=committee_id))


def private_shares_of_tie(city_a_id: int, city_b_id: int) -> tuple[PrivateShare, ...]:
    """Return the private share of what the projects of two cities received, by currency."""
    between = _between(city_a_id, city_b_id).order_by().values("pk")
    return private_shares(Pledge.objects.filter(project_id__in=between))


def private_shares(pledges: QuerySet[Pledge]) -> tuple[PrivateShare, ...]:
    """Return the private share of what is left of the paid `pledges`, by currency."""
    rows = (
        pledges.filter(state__in=PAID)
        .order_by()
        .values_list("currency", "source_class")
        .annotate(total=Sum(KEPT))
        .filter(total__gt=0)
    )
    by_currency: dict[str, dict[str, int]] = {}
    for currency, source, total in rows:
        by_currency.setdefault(currency, {})[source] = int(total)
    return tuple(
        PrivateShare(currency, private_percent(sums))
        for currency, sums in sorted(by_currency.items())
    )


def private_percent(minor_by_source: Mapping[str, int]) -> int:
    """Return the whole per cent that private givers gave, rounded down: 99.9 is not yet 100.

    Raises ZeroDivisionError if nobody gave anything.
    """
    private = sum(minor for source, minor in minor_by_source.items() if source in PRIVATE_SOURCES)
    return private * 100 // sum(minor_by_source.values())


def two_way_money(city_a_id: int, city_b_id: int) -> TwoWayMoney:
    """Return the confirmed money from each city to the other, from the totals of the book.

    A project's money goes from its home city to its twin.
    """
    rows = (
        _between(city_a_id, city_b_id)
        .order_by()
        .values_list("home_city_id", "currency")
        .annotate(Sum("raised_minor"))
    )
    sums: dict[int, list[tuple[str, int]]] = {city_a_id: [], city_b_id: []}
    for home_id, currency, minor in rows:
        sums[home_id].append((currency, minor))
    return TwoWayMoney(a_to_b=_sums(sums[city_a_id]), b_to_a=_sums(sums[city_b_id]))


def _between(city_a_id: int, city_b_id: int) -> QuerySet[Project]:
    return Project.objects.filter(
        Q(home_city_id=city_a_id, twin_city_id=city_b_id)
        | Q(home_city_id=city_b_id, twin_city_id=city_a_id)
    )


def raised_by_city(city_id: int) -> tuple[Money, ...]:
    """Return what the projects of a city as home have received, by currency."""
    rows = Project.objects.filter(home_city_id=city_id).order_by().values_list("currency")
    return _sums(rows.annotate(Sum("raised_minor")))


def raised_for_city(city_id: int) -> tuple[Money, ...]:
    """Return what the projects of a city as twin have received, by currency."""
    rows = Project.objects.filter(twin_city_id=city_id).order_by().values_list("currency")
    return _sums(rows.annotate(Sum("raised_minor")))
