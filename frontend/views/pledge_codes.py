"""Proving the address of a pledge by the code of a letter, before Stripe's page opens."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from backend.accounts.networks import network_of
from backend.pledges.address_codes import (
    CodeRefused,
    TooManyCodes,
    prove_address,
    send_another_code,
    waits_for_code,
)
from backend.pledges.operations import PledgeRefused, start_payment
from backend.pledges.queries import NoSuchPledge, pledge_by_token
from frontend.forms.pledges import CodeForm


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest, token: str) -> HttpResponse:
    """Ask for the code; take it and go to Stripe; send another one."""
    pledge = _pledge_or_404(token)
    if not waits_for_code(pledge):
        return redirect("pages:pledge_status", token=token)
    sent = request.POST if request.method == "POST" and "again" not in request.POST else None
    form = CodeForm(sent, auto_id="%s")
    context: dict[str, Any] = {"pledge": pledge, "project": pledge.project, "form": form}
    status = 200
    if "again" in request.POST:
        status = _sent_again(request, pledge, context)
    elif form.is_valid():
        try:
            prove_address(pledge_id=pledge.pk, code=form.cleaned_data["code"], at=timezone.now())
            return _gone_to_stripe(request, pledge)
        except CodeRefused as refusal:
            form.add_error("code", str(refusal))
    response = render(
        request, "pages/pledge_code.html", context, status=422 if form.errors else status
    )
    response["Referrer-Policy"] = "same-origin"
    return response


def _sent_again(request: HttpRequest, pledge: Any, context: dict[str, Any]) -> int:
    """Send another code, or say why not; return the status of the page that says so."""
    try:
        send_another_code(pledge=pledge, network=network_of(request), at=timezone.now())
    except TooManyCodes as refusal:
        context["problem"] = str(refusal)
        return 429
    context["was_sent"] = True
    return 200


def _gone_to_stripe(request: HttpRequest, pledge: Any) -> HttpResponse:
    try:
        return redirect(
            start_payment(pledge=pledge, at=timezone.now(), network=network_of(request))
        )
    except PledgeRefused:
        # Paid already, or Stripe is silent: the pledge's own page says which.
        return redirect("pages:pledge_status", token=pledge.token)


def _pledge_or_404(token: str) -> Any:
    try:
        return pledge_by_token(token)
    except NoSuchPledge as unknown:
        raise Http404 from unknown
