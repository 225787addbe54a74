"""Terms, privacy, legal notice and contact: who runs the site and what it promises.

The operator's name and address come from the settings; production does not start without them.
"""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from backend.cities.queries import country_name
from frontend.caching import public_page


@public_page
@require_safe
def terms(request: HttpRequest) -> HttpResponse:
    """Say what holds between donor, committee and operator."""
    return _page(request, "pages/terms.html")


@public_page
@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """Say what is kept of people, why, how long, and who sees it."""
    return _page(request, "pages/privacy.html")


@public_page
@require_safe
def legal_notice(request: HttpRequest) -> HttpResponse:
    """Say who runs the site."""
    return _page(request, "pages/legal_notice.html")


@public_page
@require_safe
def contact(request: HttpRequest) -> HttpResponse:
    """Say whom to write to about what."""
    return _page(request, "pages/contact.html")


def _page(request: HttpRequest, template: str) -> HttpResponse:
    operator = settings.OPERATOR
    country = country_name(str(operator["country"]), get_language() or "en")
    return render(request, template, {"operator": operator, "country": country})
