"""A pledge whose card is saved: changed, withdrawn, or helped when the card failed."""

from contextlib import suppress
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from backend.money.display import currency_symbol
from backend.pledges.consent import consent_words
from backend.pledges.operations import AmountOutOfRange, PaymentNotStarted, PledgeRefused
from backend.pledges.queries import NoSuchPledge, card_of, pledge_by_token
from backend.pledges.recovery import ask_bank
from backend.pledges.securing import TooLate, can_change, change_pledge, withdraw_pledge
from frontend.drawing.money_box import plain_amount
from frontend.forms.pledges import ChangeForm


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, token: str) -> HttpResponse:
    """Show the form for another sum, with the way to withdraw below it; take the new sum."""
    pledge = _pledge_or_404(token)
    now = timezone.now()
    if not can_change(pledge, now):
        return redirect("pages:pledge_status", token=token)
    language = get_language() or "en"
    form = ChangeForm(
        request.POST or None,
        currency=pledge.currency,
        consent=consent_words(pledge.project, None, language),
        initial={"amount": plain_amount(pledge.gift), "cover_fee": bool(pledge.cover_minor)},
        auto_id="%s",
    )
    if request.method == "POST" and form.is_valid() and _changed(pledge, form, at=now):
        return redirect("pages:pledge_status", token=token)
    context = {
        "pledge": pledge,
        "project": pledge.project,
        "form": form,
        "card": card_of(pledge),
        "mark": currency_symbol(pledge.currency, language),
    }
    response = render(
        request, "pages/pledge_change.html", context, status=422 if form.errors else 200
    )
    response["Referrer-Policy"] = "same-origin"
    return response


def _changed(pledge: Any, form: ChangeForm, *, at: Any) -> bool:
    """Change the pledge; what is refused is written into the form."""
    answers = form.cleaned_data
    try:
        change_pledge(
            pledge_id=pledge.pk,
            amount=answers["amount"],
            cover_fee=answers["cover_fee"],
            save_card=answers["save_card"],
            at=at,
        )
    except TooLate:
        return True
    except PledgeRefused as refusal:
        field = "amount" if isinstance(refusal, AmountOutOfRange) else None
        form.add_error(field, str(refusal))
        return False
    return True


@require_POST
def withdraw(request: HttpRequest, token: str) -> HttpResponse:
    """Take the promise back; where it is too late, the pledge's page says what is."""
    pledge = _pledge_or_404(token)
    with suppress(TooLate):
        withdraw_pledge(pledge_id=pledge.pk, at=timezone.now())
    return redirect("pages:pledge_status", token=token)


@require_POST
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Go to the bank's page, on which the holder of the card confirms the charge."""
    pledge = _pledge_or_404(token)
    try:
        bank = ask_bank(pledge=pledge, at=timezone.now())
    except PaymentNotStarted as refusal:
        context = {"pledge": pledge, "project": pledge.project, "problem": str(refusal)}
        return render(request, "pages/pledge_not_started.html", context, status=503)
    except PledgeRefused:
        return redirect("pages:pledge_status", token=token)
    return redirect(bank) if bank else redirect("pages:pledge_status", token=token)


def _pledge_or_404(token: str) -> Any:
    try:
        return pledge_by_token(token)
    except NoSuchPledge as unknown:
        raise Http404 from unknown
