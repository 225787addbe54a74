"""Taking whole lists of ties into our book.

The one rule: a list is taken in one transaction, and taking it twice is the same as once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

from django.db import connection, transaction

from backend.cities.copying import copy_rows
from backend.cities.distance import distance_km
from backend.cities.models import City, Twinning
from backend.cities.operations import (
    TiedToItself,
    locked_register,
    tie_cities,
    twinning_slug,
)
from backend.cities.places import Place
from backend.cities.register import CityRegister
from backend.cities.twinning_rows import PairRow, Remark
from backend.common.progress import Follow, silently

# The report of 2001 rounds its coordinates, and names cities rather than points.
SAME_CITY_IN_THE_REPORT_KM = 25.0
WIKIPEDIA = "Wikipedia, lists of twin towns and sister cities"
REPORT = "Meeting of Mayors, Brussels 2001 (A/CONF.191/L.11), paragraph {paragraph}"
_REPORT_NOTES = {
    "en": "Report of the Meeting of Mayors (2001), paragraph {paragraph}: {what}.",
    "fr": "Rapport de la Réunion des maires (2001), paragraphe {paragraph} : {what}.",
    "es": "Informe de la Reunión de Alcaldes (2001), párrafo {paragraph}: {what}.",
}
_SAID_OF_A_TIE = {
    "partnership model presented": {
        "fr": "modèle de partenariat présenté",
        "es": "modelo de asociación presentado",
    },
    "possible cooperation agreement announced": {
        "fr": "possible accord de coopération annoncé",
        "es": "posible acuerdo de cooperación anunciado",
    },
    "possible agreement announced": {
        "fr": "possible accord annoncé",
        "es": "posible acuerdo anunciado",
    },
    "contact established": {"fr": "contact établi", "es": "contacto establecido"},
    "solidarity fund founded together": {
        "fr": "fonds de solidarité fondé ensemble",
        "es": "fondo de solidaridad fundado en común",
    },
}


class _Confirmed(TypedDict):
    """What a list says of each of its ties."""

    kind: str
    state: str
    source: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of the rows of a list; `imported` rows are those whose tie now stands."""

    imported: int
    twinnings: int
    cities: int
    new_twinnings: int
    new_cities: int
    refused: list[Remark]
    flagged: list[Remark]

    @property
    def rows(self) -> int:
        """How many lines with something on them the list has after its header."""
        return self.imported + len(self.refused)

    @property
    def repeated(self) -> int:
        """How many rows name a tie that another row names too, mostly from its other end."""
        return self.imported - self.twinnings


@transaction.atomic
def import_twinnings(
    *,
    readings: Sequence[PairRow | Remark],
    at: datetime,
    source: str = WIKIPEDIA,
    follow: Follow = silently,
) -> ImportReport:
    """Add the cities and confirmed ties of a list that `read_rows` has read.

    `follow` is told how far the work has come, such as `backend.common.progress.progress`.
    """
    rows, refused = _parted(readings)
    _allow_minutes()
    register = locked_register()
    places = [place for row in rows for place in (row.a, row.b)]
    register.add_places(places, at=at, follow=follow)
    copy_rows(register.added)
    city_of = {place: register.city_of(place) for place in set(places)}
    ties: dict[tuple[int, int], tuple[City, City]] = {}
    flagged: list[Remark] = []
    for row in follow(rows, len(rows), "Tying cities"):
        a, b = sorted((city_of[row.a], city_of[row.b]), key=lambda city: city.pk)
        if a.pk == b.pk:
            refused.append(Remark(row.line, f"{a.name} ({a.country}) is tied to itself"))
            continue
        ties[a.pk, b.pk] = (a, b)
        flagged += _flags(row, register)
    return ImportReport(
        imported=len(readings) - len(refused),
        twinnings=len(ties),
        cities=len({pk for pair in ties for pk in pair}),
        new_twinnings=_confirm_all(ties, source, at),
        new_cities=len(register.added),
        refused=sorted(refused, key=lambda remark: remark.line),
        flagged=flagged,
    )


@transaction.atomic
def import_ties(*, readings: Sequence[PairRow | Remark], at: datetime) -> ImportReport:
    """Add the ties of the mayors' report as announced; ties that stand keep their state.

    Every row has the columns `paragraph` and `what` besides its places.
    """
    rows, refused = _parted(readings)
    cities_before, ties_before = City.objects.count(), Twinning.objects.count()
    register = locked_register()
    ties: list[Twinning] = []
    for row in rows:
        try:
            ties.append(_announce(row, register, at))
        except TiedToItself as refusal:
            refused.append(Remark(row.line, str(refusal)))
    return ImportReport(
        imported=len(ties),
        twinnings=len({tie.pk for tie in ties}),
        cities=len({pk for tie in ties for pk in (tie.city_a_id, tie.city_b_id)}),
        new_twinnings=Twinning.objects.count() - ties_before,
        new_cities=City.objects.count() - cities_before,
        refused=refused,
        flagged=[Remark(row.line, "; ".join(row.remarks)) for row in rows if row.remarks],
    )


def _allow_minutes() -> None:
    """Lift the limits that keep a web request short, until the end of this transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '10min'")
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = '10min'")


def _parted(readings: Iterable[PairRow | Remark]) -> tuple[list[PairRow], list[Remark]]:
    rows = [reading for reading in readings if isinstance(reading, PairRow)]
    return rows, [reading for reading in readings if isinstance(reading, Remark)]


def _flags(row: PairRow, register: CityRegister) -> list[Remark]:
    remarks = list(row.remarks)
    for place in (row.a, row.b):
        city = register.city_of(place)
        if not register.point_is_certain(place):
            remarks.append(_about_the_point(place, city))
    return [Remark(row.line, "; ".join(dict.fromkeys(remarks)))] if remarks else []


def _about_the_point(place: Place, city: City) -> str:
    remark = f"the point of {place.name} ({place.country}) lies elsewhere"
    if not city.point_is_certain:
        return remark
    return f"{remark}, taken for {city.slug} {distance_km(place, city):,.0f} km away"


def _confirm_all(ties: dict[tuple[int, int], tuple[City, City]], source: str, at: datetime) -> int:
    """Write the missing ties, confirm the announced ones, and return how many were missing."""
    announced = Twinning.objects.filter(state=Twinning.State.ANNOUNCED)
    for tie in announced.select_related("city_a", "city_b"):
        if (tie.city_a_id, tie.city_b_id) in ties:
            tie_cities(city=tie.city_a, twin=tie.city_b, at=at, **_confirmed(source))
    standing = set(Twinning.objects.values_list("city_a_id", "city_b_id"))
    missing = [
        Twinning(
            slug=twinning_slug(a, b),
            city_a_id=a.pk,
            city_b_id=b.pk,
            added_at=at,
            **_confirmed(source),
        )
        for pair, (a, b) in ties.items()
        if pair not in standing
    ]
    copy_rows(missing)
    return len(missing)


def _confirmed(source: str) -> _Confirmed:
    return {
        "kind": Twinning.Kind.TWIN_TOWN,
        "state": Twinning.State.CONFIRMED,
        "source": source,
    }


def _announce(row: PairRow, register: CityRegister, at: datetime) -> Twinning:
    a, b = (_reported_city(place, register, at) for place in (row.a, row.b))
    return tie_cities(
        city=a,
        twin=b,
        kind=Twinning.Kind.PARTNERSHIP,
        state=Twinning.State.ANNOUNCED,
        source=REPORT.format(paragraph=row.more["paragraph"]),
        note=_report_note(row.more["paragraph"], row.more["what"]),
        at=at,
    )


def _reported_city(place: Place, register: CityRegister, at: datetime) -> City:
    city = register.find(place, within_km=SAME_CITY_IN_THE_REPORT_KM)
    if city is None:
        city = register.add(place, at=at)
        city.save(force_insert=True)
    return city


def _report_note(paragraph: str, what: str) -> dict[str, str]:
    said = {"en": what} | _SAID_OF_A_TIE.get(what, {})
    return {
        language: _REPORT_NOTES[language].format(paragraph=paragraph, what=words)
        for language, words in said.items()
    }
