"""Count what is done, and say when it is too much.

The windows are fixed: around the moment when one ends and the next begins, up to twice as many
may pass within the length of a window. That is enough for a brake, takes one statement for all
the counts of an act, and lets the answer name the moment from which it will be taken.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connection
from django.utils.crypto import salted_hmac

from backend.throttles.models import Window

KEPT_FOR = timedelta(days=1)
_COUNT = """
INSERT INTO {table} AS known (key, begins_at, ends_at, count) VALUES {rows}
ON CONFLICT (key, begins_at) DO UPDATE SET count = known.count + 1 RETURNING key, count
"""


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` times in `seconds`, for each subject."""

    name: str
    most: int
    seconds: int


def limit_named(name: str) -> Limit:
    """Return a limit of the table in the settings. Raises KeyError for one that is not there."""
    most, seconds = settings.LIMITS[name]
    return Limit(name, most, seconds)


class TooOften(Exception):
    """The limit is passed; from `again_at` on it begins anew."""

    def __init__(self, limit: Limit, again_at: datetime) -> None:
        """Keep which limit it was and when it ends."""
        super().__init__(limit.name)
        self.limit = limit
        self.again_at = again_at


def note(*, acts: Iterable[tuple[Limit, str]], at: datetime) -> None:
    """Count one more for each limit and subject. Raises TooOften for the one that ends last.

    What is refused is counted too. `THROTTLES_TIMES` stretches every limit.
    """
    windows = {_key(limit, subject): (limit, *_window(limit, at)) for limit, subject in acts}
    over = [
        (end, limit)
        for key, count in _counted(windows)
        for limit, _, end in [windows[key]]
        if count > limit.most * settings.THROTTLES_TIMES
    ]
    if over:
        again_at, limit = max(over, key=lambda one: one[0])
        raise TooOften(limit, again_at)


def forget_windows(*, at: datetime) -> int:
    """Delete the counts of windows that ended a day ago; return how many."""
    deleted, _ = Window.objects.filter(ends_at__lt=at - KEPT_FOR).delete()
    return deleted


def _key(limit: Limit, subject: str) -> str:
    return salted_hmac(limit.name, subject, algorithm="sha256").hexdigest()


def _window(limit: Limit, at: datetime) -> tuple[datetime, datetime]:
    begins = int(at.timestamp()) // limit.seconds * limit.seconds
    return (
        datetime.fromtimestamp(begins, tz=UTC),
        datetime.fromtimestamp(begins + limit.seconds, tz=UTC),
    )


def _counted(windows: dict[str, tuple[Limit, datetime, datetime]]) -> list[tuple[str, int]]:
    """Add one to every window. In the order of the keys, so that two calls never lock crosswise."""
    rows = [(key, begins, ends, 1) for key, (_, begins, ends) in sorted(windows.items())]
    sql = _COUNT.format(
        table=Window._meta.db_table, rows=", ".join(["(%s, %s, %s, %s)"] * len(rows))
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [part for row in rows for part in row])
        counted: list[tuple[str, int]] = cursor.fetchall()
    return counted
