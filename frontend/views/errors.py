"""Error pages."""

from typing import Any

from django.http import HttpRequest, HttpResponse


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Not written yet."""
    return HttpResponse(status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Not written yet."""
    return HttpResponse(status=403)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Not written yet."""
    return HttpResponse(status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Not written yet."""
    return HttpResponse(status=404)


def broken(request: HttpRequest) -> HttpResponse:
    """Not written yet."""
    return HttpResponse(status=500)
