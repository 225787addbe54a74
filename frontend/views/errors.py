"""The pages for what went wrong. Each says what to do next; the 500 page needs nothing at all."""

import sys

from django.conf import settings
from django.db import Error, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import REASON_NO_CSRF_COOKIE
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import get_language

from backend.projects.queries import featured_projects
from frontend.drawing.cards import Card
from frontend.drawing.project_cards import cards_of

RETRY_SECONDS = 5


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Say that the request could not be read."""
    return render(request, "pages/400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Say who can let the visitor in."""
    return render(request, "pages/403.html", {"operator": settings.OPERATOR}, status=403)


def too_many(request: HttpRequest) -> HttpResponse:
    """Say that somebody tried too often; allauth calls this."""
    return render(request, "pages/429.html", status=429)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say how to send a form again that came without its token."""
    context = {"without_cookie": reason == REASON_NO_CSRF_COOKIE}
    return render(request, "pages/403_form.html", context, status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Offer a search and three live projects."""
    return render(request, "pages/404.html", {"cards": _live_projects()}, status=404)


def _live_projects() -> list[Card]:
    at = timezone.now()
    try:
        rows = featured_projects(at=at)
    except Error:
        return []
    return cards_of(rows, language=get_language() or "en", at=at)


def broken(request: HttpRequest) -> HttpResponse:
    """Say that the fault is ours, or that the database is away: then it is soon back.

    Django calls this while the fault is being handled, from whatever layer it came; nothing here
    may need the database or the frame of the pages.
    """
    if isinstance(sys.exc_info()[1], (OperationalError, InterfaceError)):
        return _away()
    return HttpResponse(render_to_string("pages/500.html", _bare_context()), status=500)


def _away() -> HttpResponse:
    response = HttpResponse(render_to_string("pages/503.html", _bare_context()), status=503)
    response["Retry-After"] = str(RETRY_SECONDS)
    return response


def _bare_context() -> dict[str, object]:
    return {
        "language": get_language() or "en",
        "name": settings.SITE_NAME,
        "operator": settings.OPERATOR,
    }
