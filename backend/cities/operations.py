"""What can be done with cities and their ties, one at a time; whole lists are in list_import.py.

Every function is one whole step: it refuses or it writes in a single transaction, and a second call
changes nothing.
"""

from datetime import date, datetime

from django.db import connection, transaction
from django.utils.translation import gettext as _

from backend.cities.gazetteer import shipped_gazetteer
from backend.cities.models import City, Twinning
from backend.cities.places import PlaceRefused, read_place
from backend.cities.register import CityRegister

PATIENCE_SECONDS = 60


class CityRefused(Exception):
    """The city cannot be added, for a reason that people may read."""


class TieRefused(Exception):
    """The cities cannot be tied, for a reason that people may read."""


class TiedToItself(TieRefused):
    """Both ends are the same city."""


@transaction.atomic
def add_city(*, name: str, country: str, latitude: float, longitude: float, at: datetime) -> City:
    """Return the city of that name at that point, added if we do not have it yet.

    `country` is a code or an English name; latitude and longitude are degrees.

    Raises CityRefused.
    """
    try:
        place = read_place(name, country, str(latitude), str(longitude)).place
    except PlaceRefused as refusal:
        raise CityRefused(str(refusal)) from None
    register = locked_register()
    register.add_places([place], at=at)
    for city in register.added:
        city.save(force_insert=True)
    return register.city_of(place)


@transaction.atomic
def tie_cities(
    *,
    city: City,
    twin: City,
    kind: str,
    state: str,
    source: str,
    at: datetime,
    since_on: date | None = None,
    note: dict[str, str] | None = None,
) -> Twinning:
    """Return the tie of the two cities, written down if it was not.

    What is known of a standing tie only grows: an announced one becomes confirmed, never the other
    way round, and a note or a day that is there stays.

    Raises TiedToItself.
    """
    if city.pk == twin.pk:
        raise TiedToItself(_("%(city)s cannot be tied to itself.") % {"city": city.name})
    a, b = sorted((city, twin), key=lambda end: end.pk)
    tie, is_new = Twinning.objects.select_for_update().get_or_create(
        city_a=a,
        city_b=b,
        defaults={
            "slug": twinning_slug(a, b),
            "kind": kind,
            "state": state,
            "source": source,
            "since_on": since_on,
            "note": note or {},
            "added_at": at,
        },
    )
    if not is_new:
        if tie.is_announced and state == Twinning.State.CONFIRMED:
            tie.kind, tie.state, tie.source = kind, state, source
        tie.since_on = tie.since_on or since_on
        tie.note = tie.note or note or {}
        tie.save(update_fields=["kind", "state", "source", "since_on", "note"])
    return tie


def twinning_slug(city: City, twin: City) -> str:
    """Return the tie's part of an address: both cities' slugs by alphabet."""
    return "--".join(sorted((city.slug, twin.slug)))


def locked_register() -> CityRegister:
    """Return the register of all cities; until we commit, nobody else can add one."""
    with connection.cursor() as cursor:
        # PostgreSQL's own upkeep takes seconds to make way on a slow machine; an import can wait.
        cursor.execute(f"SET LOCAL lock_timeout = '{PATIENCE_SECONDS}s'")
        cursor.execute(f"LOCK TABLE {City._meta.db_table} IN SHARE ROW EXCLUSIVE MODE")
    return CityRegister(City.objects.all(), shipped_gazetteer())
