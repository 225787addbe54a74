"""Which pages may be kept for everybody.

A public page is the same for every visitor without a session, so its answer may be kept for
some seconds: by this process, and by a proxy that honours Cache-Control. A view says so itself;
nothing is public by default.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

SECONDS = 5
View = Callable[..., HttpResponse]


def public_page(view: View) -> View:
    """Mark the view's answers as the same for everybody who has no session."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        if is_anonymous(request) and response.status_code == 200:
            response["Cache-Control"] = f"public, max-age=0, s-maxage={SECONDS}"
            response.is_public_page = True  # type: ignore[attr-defined]  # read by AnonymousPageCache
        return response

    return answer


def is_anonymous(request: HttpRequest) -> bool:
    """Tell whether the visitor carries none of our cookies."""
    return (
        settings.SESSION_COOKIE_NAME not in request.COOKIES
        and settings.CSRF_COOKIE_NAME not in request.COOKIES
    )
