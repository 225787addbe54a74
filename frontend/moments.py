"""Days and moments in words for pages; with their zone they come from backend.common.moments."""

from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_skeleton
from django.utils.html import format_html
from django.utils.safestring import SafeString

from backend.common.moments import KEPT, day_in_words, moment_in_words, zone_in_words

__all__ = [
    "day_in_words",
    "moment",
    "moment_in_words",
    "month_in_words",
    "short_day_in_words",
    "zone_in_words",
]


@lru_cache(maxsize=KEPT)
def short_day_in_words(day: date, language: str) -> str:
    """Return "16 Dec 2030" as the language writes it."""
    return format_date(day, "medium", Locale.parse(language))


@lru_cache(maxsize=KEPT)
def month_in_words(day: date, language: str) -> str:
    """Return "December 2030" as the language writes it."""
    return format_skeleton("yMMMM", day, locale=Locale.parse(language))


def moment(when: datetime, zone: str, language: str) -> SafeString:
    """Return day and time in `zone` as a time element that names the zone."""
    stamp = when.astimezone(ZoneInfo(zone)).isoformat(timespec="minutes")
    words = moment_in_words(when, zone, language)
    return format_html('<time datetime="{}">{}</time>', stamp, words)
