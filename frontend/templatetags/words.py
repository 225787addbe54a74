"""Translated texts, dates, distances and shares as people read them."""

from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal, format_percent
from babel.units import format_unit
from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import get_language

from backend.common.translated import Localised
from backend.common.translated import text_in as choose_text
from frontend.moments import moment as moment_in

register = template.Library()


@lru_cache(maxsize=8)
def _locale_of(language: str) -> Locale:
    return Locale.parse(language.replace("-", "_"))


def _locale() -> Locale:
    return _locale_of(get_language() or "en")


def _localised(texts: Mapping[str, str] | Localised) -> Localised:
    if isinstance(texts, Localised):
        return texts
    return choose_text(texts, get_language() or "en")


@register.filter
def text_in(texts: Mapping[str, str] | Localised) -> str:
    """Show a translated text, and mark its language when it is not the page's."""
    chosen = _localised(texts)
    if chosen.language == get_language():
        return chosen.text
    return format_html('<span lang="{}">{}</span>', chosen.language, chosen.text)


@register.filter
def plain_text_in(texts: Mapping[str, str] | Localised) -> str:
    """Show a translated text without markup, for titles and attributes."""
    return _localised(texts).text


@register.filter
def day(when: date | datetime, zone: str = "") -> str:
    """Show a day; a moment is first taken to `zone` (IANA), or to the site's zone."""
    if isinstance(when, datetime):
        when = timezone.localtime(when, _zone(zone)).date()
    return format_html(
        '<time datetime="{}">{}</time>', when.isoformat(), format_date(when, "long", _locale())
    )


@register.filter
def short_day(when: date | datetime, zone: str = "") -> str:
    """Show a day in few letters, for tables."""
    if isinstance(when, datetime):
        when = timezone.localtime(when, _zone(zone)).date()
    return format_html(
        '<time datetime="{}">{}</time>', when.isoformat(), format_date(when, "medium", _locale())
    )


@register.filter
def moment(when: datetime, zone: str = "") -> str:
    """Show day and time in `zone` (IANA) or the site's zone, and say which zone it is."""
    return moment_in(when, zone or timezone.get_default_timezone_name(), get_language() or "en")


def _zone(name: str) -> ZoneInfo | None:
    return ZoneInfo(name) if name else None


@register.filter
def distance(kilometres: float) -> str:
    """Show a distance: to the kilometre below 100, to ten kilometres above."""
    rounded = round(kilometres) if kilometres < 100 else round(kilometres, -1)
    return format_unit(int(rounded), "length-kilometer", "short", locale=_locale())


@register.filter
def percent(whole: int) -> str:
    """Show 75 as "75%" or "75 %", by language."""
    return format_percent(whole / 100, locale=_locale(), decimal_quantization=False)


@register.filter
def number(count: int) -> str:
    """Show a count with the language's thousands separator."""
    return format_decimal(count, locale=_locale())
