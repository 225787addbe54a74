"""All letters of the site as people get them, for stewards with a second factor.

What is shown is made of samples: nothing of anybody's is read, and nothing is saved.
"""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from backend.accounts.stewards import asks_for_recent_factor
from backend.mail.categories import NAMES, Category, UnknownKind
from backend.mail.previews import all_previews, previews_of


@never_cache
@login_required
@require_safe
def previews(request: HttpRequest) -> HttpResponse:
    """List every kind of letter by what it is about."""
    _stewards_only(request)
    if first := asks_for_recent_factor(request):
        return first
    shown = all_previews(get_language() or "en")
    groups = [
        (NAMES[category][0], [preview for preview in shown if preview.category == category])
        for category in Category
    ]
    return render(request, "pages/letter_previews.html", {"groups": groups})


@never_cache
@login_required
@require_safe
def preview(request: HttpRequest, kind: str) -> HttpResponse:
    """Show one kind in every language, as text and as HTML."""
    _stewards_only(request)
    if first := asks_for_recent_factor(request):
        return first
    try:
        shown = previews_of(kind)
    except UnknownKind as unknown:
        raise Http404 from unknown
    context = {"kind": kind, "name": NAMES[shown[0].category][0], "previews": shown}
    return render(request, "pages/letter_preview.html", context)


def _stewards_only(request: HttpRequest) -> None:
    user: Any = request.user
    if not user.is_staff:
        raise Http404
