"""Legal."""

from typing import Any

from django.http import HttpRequest, HttpResponse


def terms(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    """Not written yet."""
    return HttpResponse(status=501)


def privacy(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    """Not written yet."""
    return HttpResponse(status=501)


def legal_notice(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    """Not written yet."""
    return HttpResponse(status=501)


def contact(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    """Not written yet."""
    return HttpResponse(status=501)
