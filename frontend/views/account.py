"""A person's own page: their pledges, and the ways into their account."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from backend.pledges.queries import pledges_of


@never_cache
@login_required
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """List the person's pledges."""
    context = {"pledges": pledges_of(UUID(str(request.user.pk)))}
    return render(request, "pages/account.html", context)
