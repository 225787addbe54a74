"""Giving a pledge's money back: find it, say how much and why, confirm, see what became of it.

For the treasurer of the project's committee and for stewards, with a second factor given in the
last quarter of an hour. To everybody else these pages do not exist.
"""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from backend.accounts.stewards import asks_for_recent_factor
from backend.common.translated import text_in
from backend.money import Money
from backend.money.display import currency_symbol, plain_amount
from backend.payments.queries import has_open_dispute, left_to_refund, refunds_for
from backend.pledges.operations import PledgeRefused
from backend.pledges.queries import (
    NoSuchPledge,
    RefundDesk,
    find_refundable,
    refund_desk,
    refundable_pledge,
)
from backend.pledges.returning import TooManyRefunds, check_refund, refund_pledge
from frontend.forms.refunds import RefundForm, SearchForm

SHOWN = 20


@never_cache
@login_required
@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """Find a pledge by what its donor can tell; at first, show those that gave back last."""
    desk = _desk_or_404(request)
    if first := asks_for_recent_factor(request):
        return first
    form = SearchForm(request.GET if "words" in request.GET else None, auto_id="%s")
    words = form.cleaned_data["words"].strip() if form.is_valid() else ""
    context = {
        "form": form,
        "words": words,
        "rows": [_row(pledge) for pledge in find_refundable(desk, words, number=SHOWN)],
    }
    return render(request, "pages/refunds.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def refund(request: HttpRequest, reference: str) -> HttpResponse:
    """Show the form, then what will happen, then what happened."""
    pledge = _pledge_or_404(request, reference)
    if first := asks_for_recent_factor(request):
        return first
    left = left_to_refund(pledge.purpose) or Money(0, pledge.currency)
    language = get_language() or "en"
    form = RefundForm(
        request.POST or None,
        currency=pledge.currency,
        initial={"amount": plain_amount(left, language)},
        auto_id="%s",
    )
    status, wait = 200, 0
    if request.method == "POST" and "again" not in request.POST:
        if form.is_valid():
            try:
                return _next_step(request, pledge, form, left=left)
            except TooManyRefunds as refusal:
                form.add_error(None, str(refusal))
                wait = refusal.retry_seconds
            except PledgeRefused as refusal:
                form.add_error(refusal.field or None, str(refusal))
        status = 429 if wait else 422
    made = refunds_for(pledge.purpose)
    context = {
        **_row(pledge),
        "form": form,
        "left": left,
        "mark": currency_symbol(pledge.currency, language),
        "is_disputed": has_open_dispute(pledge.purpose),
        "refunds": made,
        "done": made[-1] if made and "done" in request.GET else None,
    }
    response = render(request, "pages/refund.html", context, status=status)
    if wait:
        response["Retry-After"] = str(wait)
    return response


def _next_step(request: HttpRequest, pledge: Any, form: RefundForm, *, left: Money) -> HttpResponse:
    """Ask once more, or give the money back once that is confirmed. Raises PledgeRefused."""
    amount: Money = form.cleaned_data["amount"]
    if "confirmed" in request.POST:
        refund_pledge(
            pledge_id=pledge.pk,
            amount=amount,
            reason=form.cleaned_data["reason"],
            asked_by=UUID(str(request.user.pk)),
            refund_id=form.cleaned_data["key"],
            at=timezone.now(),
            by_committee=not request.user.is_staff,
            by_hand=True,
        )
        return redirect(f"{reverse('pages:refund', args=[pledge.public_reference])}?done")
    check_refund(pledge_id=pledge.pk, amount=amount, by_committee=not request.user.is_staff)
    context = {
        **_row(pledge),
        "form": form,
        "amount": amount,
        "rest": left - amount,
        "fee": Money(pledge.fee_minor, pledge.currency) if pledge.fee_minor else None,
        "raised": pledge.project.raised - amount,
    }
    return render(request, "pages/refund_confirm.html", context)


def _row(pledge: Any) -> dict[str, Any]:
    """Return a pledge with its project's title, as these pages name it."""
    project = pledge.project
    title = text_in(project.title, get_language() or "en", project.default_language)
    return {"pledge": pledge, "project": project, "title": title}


def _desk_or_404(request: HttpRequest) -> RefundDesk:
    user: Any = request.user
    desk = refund_desk(person_id=UUID(str(user.pk)), is_steward=user.is_staff)
    if not desk.is_open:
        raise Http404
    return desk


def _pledge_or_404(request: HttpRequest, reference: str) -> Any:
    try:
        return refundable_pledge(_desk_or_404(request), reference)
    except NoSuchPledge as unknown:
        raise Http404 from unknown
