"""What the frame of every page needs to know.

It runs on every page, so it asks the database nothing for a visitor without a session.
"""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language, get_language_bidi

ROOMS = frozenset({"projects", "cities", "twinnings", "account"})


@dataclass(frozen=True, slots=True)
class Language:
    """The same page in another language: `path` keeps the query, `address` is absolute without."""

    code: str
    name: str
    path: str
    address: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Site:
    """The frame's texts and addresses; `room` is the main section that the page belongs to."""

    name: str
    language: str
    direction: str
    is_demo: bool
    origin: str
    canonical: str
    default_address: str
    languages: tuple[Language, ...]
    room: str
    signed_in: bool


def site(request: HttpRequest) -> dict[str, Site]:
    """Return the variable `site` for the templates."""
    language = get_language() or settings.LANGUAGE_CODE
    origin = settings.SITE_URL
    rest = _path_without_language(request.path)
    shown = request.path if request.path != rest else f"/{language}{rest}"
    return {
        "site": Site(
            name=settings.SITE_NAME,
            language=language,
            direction="rtl" if get_language_bidi() else "ltr",
            is_demo=settings.IS_DEMO,
            origin=origin,
            canonical=origin + shown,
            default_address=origin + rest,
            languages=_languages(rest, request.META.get("QUERY_STRING", ""), origin, language),
            room=_room(rest),
            signed_in=_signed_in(request),
        )
    }


def _path_without_language(path: str) -> str:
    """Return `/projects/` for `/fr/projects/`; all pages differ only in this first part."""
    code, _, rest = path[1:].partition("/")
    return f"/{rest}" if code in dict(settings.LANGUAGES) else path


def _languages(rest: str, query: str, origin: str, current: str) -> tuple[Language, ...]:
    tail = f"?{query}" if query else ""
    return tuple(
        Language(code, name, f"/{code}{rest}{tail}", f"{origin}/{code}{rest}", code == current)
        for code, name in settings.LANGUAGES
    )


def _room(rest: str) -> str:
    first = rest[1:].partition("/")[0].replace("accounts", "account")
    return first if first in ROOMS else ""


def _signed_in(request: HttpRequest) -> bool:
    """Look at the session only if there is one: a page that does not look can be cached for all."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return False
    return bool(request.user.is_authenticated)
