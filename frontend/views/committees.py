"""A committee's own account at Stripe: open it, go on with it, see how it stands.

For the committee's chair and treasurer, with a second factor given in the last quarter of an hour.
To everybody else the page does not exist. Opening it asks Stripe nothing: only what is posted does.
"""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from backend.accounts.stewards import asks_for_recent_factor
from backend.organisations.queries import NoSuchCommittee, committee_answered_for
from backend.payments.accounts import (
    AccountRefused,
    StripeSilent,
    ask_again,
    look_again,
    onboarding_address,
    open_account,
)
from backend.payments.queries import account_of_committee
from frontend.drawing.stripe_account import stripe_account_drawn


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def stripe_account(request: HttpRequest, slug: str) -> HttpResponse:
    """Say how the account stands; open it, go on at Stripe, or look again where that is posted."""
    committee = _committee_or_404(request, slug)
    if first := asks_for_recent_factor(request):
        return first
    if request.method != "POST":
        came_from = request.GET.get("from", "")
        if came_from == "stripe":
            ask_again(organisation_id=committee.pk)
        return _page(request, committee, came_from=came_from)
    try:
        return _act(request, committee)
    except StripeSilent as silence:
        return _page(request, committee, problem=str(silence), status=503)
    except AccountRefused as refusal:
        return _page(request, committee, problem=str(refusal), status=422)


def _act(request: HttpRequest, committee: Any) -> HttpResponse:
    """Do what was posted. Raises AccountRefused."""
    page = settings.COMMITTEE_STRIPE_ADDRESS.format(language=get_language(), slug=committee.slug)
    if "look" in request.POST:
        look_again(organisation_id=committee.pk, at=timezone.now())
        messages.success(request, _("We have asked Stripe. This is how it stands."))
        return redirect(page)
    account = open_account(
        organisation_id=committee.pk, opened_by=UUID(str(request.user.pk)), at=timezone.now()
    )
    return redirect(onboarding_address(account=account, page=f"{settings.SITE_URL}{page}"))


def _page(
    request: HttpRequest,
    committee: Any,
    *,
    came_from: str = "",
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    account = account_of_committee(committee.pk)
    context = {
        "committee": committee,
        "drawn": stripe_account_drawn(
            account,
            committee,
            language=get_language() or "en",
            own_key_serves=not settings.STRIPE_CONNECT_ONLY,
            at=timezone.now(),
        ),
        "came_from": came_from,
        "problem": problem,
        "operator": settings.OPERATOR,
    }
    return render(request, "pages/committee_stripe.html", context, status=status)


def _committee_or_404(request: HttpRequest, slug: str) -> Any:
    try:
        return committee_answered_for(UUID(str(request.user.pk)), slug)
    except NoSuchCommittee as unknown:
        raise Http404 from unknown
