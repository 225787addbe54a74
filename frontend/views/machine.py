"""Robots, sitemap, health."""

from typing import Any

from django.http import HttpRequest, HttpResponse


def robots(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    """Not written yet."""
    return HttpResponse(status=501)


def sitemap(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    """Not written yet."""
    return HttpResponse(status=501)


def health(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    """Not written yet."""
    return HttpResponse(status=501)
