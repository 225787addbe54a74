"""Days and moments in words, with the zone named: "16 December 2030, 18:00 (Brussels time)"."""

from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time, get_timezone_location
from django.utils.translation import gettext as _

KEPT = 2000


@lru_cache(maxsize=KEPT)
def day_in_words(day: date, language: str) -> str:
    """Return "16 December 2030" as the language writes it."""
    return format_date(day, "long", Locale.parse(language))


@lru_cache(maxsize=KEPT)
def zone_in_words(zone: str, language: str) -> str:
    """Return what people call the zone: its main city, such as "Brussels"."""
    return get_timezone_location(ZoneInfo(zone), locale=Locale.parse(language), return_city=True)


def moment_in_words(when: datetime, zone: str, language: str) -> str:
    """Return day and time in `zone` (IANA), with the zone's name."""
    local = when.astimezone(ZoneInfo(zone))
    day = day_in_words(local.date(), language)
    time = format_time(local, "short", locale=Locale.parse(language))
    if zone == "UTC":
        return f"{day}, {time} UTC"
    return _("%(day)s, %(time)s (%(city)s time)") % {
        "day": day,
        "time": time,
        "city": zone_in_words(zone, language),
    }
