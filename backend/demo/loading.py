"""Filling a new installation with the demonstration.

The one rule: all sample rows are written in one transaction, so they are there or they are not,
and a second call writes nothing.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import count
from pathlib import Path

from django.db import transaction

import backend.cities.data
from backend.cities.gazetteer import shipped_gazetteer
from backend.cities.list_import import import_ties, import_twinnings
from backend.cities.models import City, Twinning
from backend.cities.places import Place
from backend.cities.register import CityRegister
from backend.cities.twinning_rows import PairRow, Remark, read_header, read_lines, read_rows
from backend.common.progress import Follow, silently
from backend.demo.booking import book_gifts, gifts_of, issue_receipts
from backend.demo.committees import make_committees
from backend.demo.monthly import book_monthly_gifts
from backend.demo.projects import make_project
from backend.demo.promises import book_promises
from backend.demo.samples import Sample, SampleCity, samples
from backend.demo.sign_ins import demo_citizen
from backend.organisations.models import Organisation
from backend.projects.models import Project

LISTS = Path(backend.cities.data.__file__).parent
# One gift in so many projects is that of the citizen who can sign in.
PROJECTS_PER_CITIZENS_GIFT = 20

Pair = tuple[City, City]


class NotTwinned(Exception):
    """A sample's cities have no tie in our book; the sample would be a lie."""


def load_cities(*, at: datetime, follow: Follow = silently) -> bool:
    """Import the shipped lists of twin towns, unless ties are there; tell whether it did."""
    if Twinning.objects.exists():
        return False
    import_twinnings(readings=_readings("twin_cities.csv.gz"), at=at, follow=follow)
    import_ties(readings=_readings("ties_2001.csv", ("paragraph", "what")), at=at)
    return True


def _readings(file_name: str, more: tuple[str, ...] = ()) -> list[PairRow | Remark]:
    lines = read_lines(str(LISTS / file_name))
    return list(read_rows(lines, read_header(lines, more)))


@transaction.atomic
def load_samples(
    *, at: datetime, wanted: Sequence[Sample] | None = None, follow: Follow = silently
) -> int:
    """Write committees, projects and their supporters, unless there are some; return the number.

    All samples are loaded unless some are `wanted`. Raises NotTwinned.
    """
    if Project.objects.filter(is_sample=True).exists():
        return 0
    wanted = samples() if wanted is None else wanted
    pairs = _pairs_of(wanted)
    committees = make_committees(pairs, at=at)
    giver, numbers, pledges = demo_citizen(), count(1), []
    rows = list(zip(wanted, pairs, strict=True))
    for index, (sample, (home, twin)) in enumerate(
        follow(rows, len(rows), "Loading sample projects")
    ):
        project = make_project(sample, home=home, twin=twin, committees=committees, at=at)
        gifts = gifts_of(sample, project, numbers=numbers, at=at)
        if gifts:
            is_citizens_turn = index % PROJECTS_PER_CITIZENS_GIFT == 0
            book = book_promises if project.is_all_or_nothing else book_gifts
            pledges += book(project, gifts, giver=giver if is_citizens_turn else None)
    if rows:
        _book_monthly_gifts(pairs[0], committees, at=at)
    issue_receipts(pledge for pledge in pledges if pledge.settled_at)
    return len(rows)


def _book_monthly_gifts(pair: Pair, committees: dict[int, Organisation], *, at: datetime) -> None:
    """Let the first pair's committee be given to every month."""
    home, twin = pair
    tie = Twinning.objects.get(city_a_id=min(home.pk, twin.pk), city_b_id=max(home.pk, twin.pk))
    book_monthly_gifts(committees[home.pk], tie, giver=demo_citizen(), at=at)


def _pairs_of(wanted: Sequence[Sample]) -> list[Pair]:
    """Return the two cities of each sample. Raises NotTwinned."""
    register = CityRegister(City.objects.all(), shipped_gazetteer())
    pairs = [(_city(register, s.home), _city(register, s.twin)) for s in wanted]
    tied = set(Twinning.objects.values_list("city_a_id", "city_b_id"))
    for home, twin in pairs:
        if (min(home.pk, twin.pk), max(home.pk, twin.pk)) not in tied:
            raise NotTwinned(f"{home} and {twin}")
    return pairs


def _city(register: CityRegister, named: SampleCity) -> City:
    place = Place(named.name, named.country, named.latitude, named.longitude)
    city = register.find(place)
    if city is None:
        raise NotTwinned(f"{named.name} ({named.country}) is not among our cities")
    return city
