"""A person's own page: their pledges, how each is shown, and a copy of what we keep."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from backend.common.keyset import BadCursor
from backend.giving.queries import gifts_of
from backend.mail.queries import choices_of
from backend.organisations.queries import committees_answered_for
from backend.pledges.operations import show_pledge_as
from backend.pledges.queries import (
    NoSuchPledge,
    own_pledge,
    page_of_pledges,
    pledges_of,
    refund_desk,
)
from backend.projects.queries import campaigns_to_decide
from frontend.forms.pledges import VisibilityForm

SHOWN = 24


@never_cache
@login_required
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """List the person's pledges."""
    try:
        page = page_of_pledges(_own_id(request), cursor=request.GET.get("page"), size=SHOWN)
    except BadCursor:
        return redirect("pages:account")
    committees = committees_answered_for(_own_id(request))
    context = {
        "pledges": page.rows,
        "gifts": gifts_of(_own_id(request))[:SHOWN],
        "gives_refunds": _gives_refunds(request),
        "campaigns": campaigns_to_decide([committee.pk for committee in committees])[:SHOWN],
        "committees": committees,
        "ways_to_show": VisibilityForm.base_fields["visibility"].choices,  # type: ignore[attr-defined]  # of a ChoiceField
        "previous_href": f"?page={page.previous}" if page.previous else "",
        "next_href": f"?page={page.next}" if page.next else "",
    }
    return render(request, "pages/account.html", context)


@never_cache
@login_required
@require_POST
def show_as(request: HttpRequest, token: str) -> HttpResponse:
    """Change how one of the person's pledges is shown in public."""
    try:
        pledge = own_pledge(_own_id(request), token)
    except NoSuchPledge as unknown:
        raise Http404 from unknown
    form = VisibilityForm(request.POST)
    if form.is_valid():
        show_pledge_as(pledge_id=pledge.pk, visibility=form.cleaned_data["visibility"])
        messages.success(request, _("Saved. The project’s page shows it within seconds."))
    return redirect("pages:account")


@never_cache
@login_required
@require_safe
def own_data(request: HttpRequest) -> HttpResponse:
    """Give the person a copy of what the account and its pledges hold about them."""
    user: Any = request.user
    own = pledges_of(_own_id(request))
    copy = {
        "email": user.email,
        "name": user.name,
        "language": user.language,
        "account_made_at": user.date_joined,
        "letters_declined": [
            choice.category for choice in choices_of(user.email) if not choice.is_wanted
        ],
        "pledges": [_row(pledge) for pledge in own],
        "monthly_gifts": [_monthly(gift) for gift in gifts_of(_own_id(request))],
    }
    response = JsonResponse(copy, json_dumps_params={"ensure_ascii": False, "indent": 2})
    day = timezone.now().date().isoformat()
    response["Content-Disposition"] = f'attachment; filename="twinfund-{day}.json"'
    return response


def _row(pledge: Any) -> dict[str, object]:
    return {
        "project": pledge.project.slug,
        "state": pledge.state,
        "made_at": pledge.made_at,
        "settled_at": pledge.settled_at,
        "currency": pledge.currency,
        "gift_minor": pledge.gift_minor,
        "cover_minor": pledge.cover_minor,
        "email": pledge.email,
        "name": pledge.name,
        "visibility": pledge.visibility,
        "ledger_reference": pledge.public_reference,
    }


def _monthly(gift: Any) -> dict[str, object]:
    return {
        "committee": gift.committee.slug,
        "twinning": gift.twinning.slug if gift.twinning else None,
        "state": gift.state,
        "made_at": gift.made_at,
        "begun_at": gift.begun_at,
        "ended_at": gift.ended_at,
        "currency": gift.currency,
        "gift_minor": gift.gift_minor,
        "cover_minor": gift.cover_minor,
        "email": gift.email,
        "name": gift.name,
    }


def _gives_refunds(request: HttpRequest) -> bool:
    user: Any = request.user
    return refund_desk(person_id=_own_id(request), is_steward=user.is_staff).is_open


def _own_id(request: HttpRequest) -> UUID:
    return UUID(str(request.user.pk))
