"""A deadline is a moment, named by a day and an hour of the home city's clock.

Its end is exclusive: a pledge in that very moment is too late. In the night when the clock goes
forward some hours do not exist, and when it goes back one comes twice: an hour that is not there
means the moment at which it is skipped, and of two the deadline is the second, so that nobody
comes too late who looked at the clock on the town hall.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LONGEST_EXTENSION_DAYS = 30


def deadline_on(day: date, hour: time, time_zone: str) -> datetime:
    """Return the moment at which it is `hour` on `day` in the zone, in UTC.

    In UTC, because Python compares two times of one zone by their clocks, and one that comes
    twice with no time of any other zone.
    """
    zone = ZoneInfo(time_zone)
    second = datetime.combine(day, hour, tzinfo=zone).replace(fold=1)
    moment = second.astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == second.replace(tzinfo=None):
        return moment
    # Skipped: the clock jumps at the moment before which the old offset still holds.
    return _jump_near(second, zone)


def _jump_near(skipped: datetime, zone: ZoneInfo) -> datetime:
    before, after = (skipped.replace(fold=fold).utcoffset() for fold in (0, 1))
    moment = skipped.replace(fold=0).astimezone(UTC)
    width = (after or timedelta()) - (before or timedelta())
    low, high = moment - width, moment
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        if middle.astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)


def last_possible(closes_at: datetime, time_zone: str) -> datetime:
    """Return the latest moment to which the deadline may be moved: the same hour, 30 days on."""
    local = closes_at.astimezone(ZoneInfo(time_zone))
    day = local.date() + timedelta(days=LONGEST_EXTENSION_DAYS)
    return deadline_on(day, local.time(), time_zone)
