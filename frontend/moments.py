"""Days and moments in words, with the zone named: "16 December 2030, 18:00 (Brussels time)"."""

from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time, get_timezone_location
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

KEPT = 2000


@lru_cache(maxsize=KEPT)
def day_in_words(day: date, language: str) -> str:
    """Return "16 December 2030" as the language writes it."""
    return format_date(day, "long", Locale.parse(language))


@lru_cache(maxsize=KEPT)
def short_day_in_words(day: date, language: str) -> str:
    """Return "16 Dec 2030" as the language writes it."""
    return format_date(day, "medium", Locale.parse(language))


@lru_cache(maxsize=KEPT)
def month_in_words(day: date, language: str) -> str:
    """Return "December 2030" as the language writes it."""
    return format_skeleton("yMMMM", day, locale=Locale.parse(language))


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


def moment(when: datetime, zone: str, language: str) -> SafeString:
    """Return day and time in `zone` as a time element that names the zone."""
    stamp = when.astimezone(ZoneInfo(zone)).isoformat(timespec="minutes")
    words = moment_in_words(when, zone, language)
    return format_html('<time datetime="{}">{}</time>', stamp, words)
