"""Giving to a committee every month, and the page of such a gift: changed, paused, stopped."""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from backend.accounts.networks import network_of
from backend.cities.queries import NoSuchTwinning, twinning_by_slug
from backend.giving.operations import (
    MonthlyRefused,
    PageNotOpened,
    TooManyGifts,
    make_monthly_gift,
    start_monthly_gift,
    takes_monthly_gifts,
)
from backend.giving.queries import (
    NoSuchCommittee,
    NoSuchGift,
    committee_to_support,
    currency_of,
    gift_by_token,
    instalments_of,
    is_home_of,
    is_out_of_reach,
    receipt_of_month,
    suggested_sums,
    sum_with_fees,
    wish_under_way,
)
from backend.giving.wishes import (
    CardPageNotOpened,
    change_sum,
    open_card_page,
    pause_gift,
    resume_gift,
    stop_gift,
)
from backend.money import Money
from backend.money.display import NotAnAmount, currency_symbol, parse_amount
from backend.payments.queries import cover_for
from backend.pledges.limits import limits_of
from frontend.drawing.money_box import plain_amount
from frontend.drawing.qr import qr_code
from frontend.forms.monthly import MonthlyForm, SumForm

LIVING = ("active", "past_due", "paused")
# Twenty years of months; who gives for longer asks the committee.
MOST_MONTHS = 240
# What people do not see: a margin for the job that applies what was pulled.
TIME_TO_APPLY = timedelta(seconds=60)
ACTS = {"pause": pause_gift, "resume": resume_gift, "stop": stop_gift}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the form; take it and go to Stripe; say why if the gift is refused."""
    try:
        committee = committee_to_support(slug)
    except NoSuchCommittee as unknown:
        raise Http404 from unknown
    twinning = _twinning(request, committee)
    currency, language = currency_of(committee), get_language() or "en"
    amount = _asked_amount(request, currency)
    form = MonthlyForm(
        request.POST or None,
        currency=currency,
        initial=_initial(request, amount),
        auto_id="%s",
    )
    wait = 0
    if request.method == "POST" and form.is_valid():
        try:
            return _give_and_pay(request, committee, twinning, form, at=timezone.now())
        except TooManyGifts as refusal:
            form.add_error(None, str(refusal))
            wait = refusal.retry_seconds
        except MonthlyRefused as refusal:
            form.add_error(refusal.field or None, str(refusal))
    shown = form.cleaned_data.get("amount") if form.is_bound and form.is_valid() else amount
    context = {
        "committee": committee,
        "is_open": takes_monthly_gifts(committee=committee, twinning=twinning, at=timezone.now()),
        "twinning": twinning,
        "twin": _twin_of(committee, twinning),
        "form": form,
        "sums": _sums(currency, shown),
        "chosen": shown,
        **_covered(shown),
        "mark": currency_symbol(currency, language),
        "operator": settings.OPERATOR,
    }
    status = 429 if wait else 422 if form.errors else 200
    response = render(request, "pages/monthly.html", context, status=status)
    if wait:
        response["Retry-After"] = str(wait)
    return response


# Committees, twinnings and gifts are the domain's; pages do not name its models.
def _twinning(request: HttpRequest, committee: Any) -> Any:
    """Return the twinning that was named, if the committee is of one of its cities."""
    slug = request.GET.get("twinning", "")
    if not slug:
        return None
    try:
        twinning = twinning_by_slug(slug)
    except NoSuchTwinning as unknown:
        raise Http404 from unknown
    if not is_home_of(committee, twinning):
        raise Http404
    return twinning


def _twin_of(committee: Any, twinning: Any) -> str:
    """Return the city at the other end of the twinning."""
    if twinning is None:
        return ""
    is_first = committee.city_id == twinning.city_a_id
    return str((twinning.city_b if is_first else twinning.city_a).name)


def _asked_amount(request: HttpRequest, currency: str) -> Money | None:
    """Return the sum that was chosen before, if it can be read and given."""
    try:
        asked = parse_amount(request.GET.get("amount", ""), currency, get_language() or "en")
    except NotAnAmount:
        return None
    least, most = limits_of(currency)
    return asked if least <= asked <= most else None


def _initial(request: HttpRequest, amount: Money | None) -> dict[str, object]:
    initial: dict[str, object] = {"amount": plain_amount(amount) if amount else ""}
    if request.user.is_authenticated:
        initial |= {"email": request.user.email, "name": request.user.name}
    return initial


def _sums(currency: str, shown: Money | None) -> list[dict[str, Any]]:
    """Return the sums to choose from, with the one that was chosen among them."""
    sums = list(suggested_sums(currency))
    least, most = limits_of(currency)
    if shown and least <= shown <= most and shown not in [one.amount for one in sums]:
        sums.append(sum_with_fees(shown))
    sums.sort(key=lambda one: one.amount.minor)
    return [
        {"sum": one, "value": plain_amount(one.amount), "is_chosen": one.amount == shown}
        for one in sums
    ]


def _covered(shown: Money | None) -> dict[str, Money]:
    """Return what covering the fees would add to the chosen sum."""
    if shown is None:
        return {}
    cover = cover_for(shown)
    return {"cover": cover, "with_cover": shown + cover}


def _give_and_pay(
    request: HttpRequest, committee: Any, twinning: Any, form: MonthlyForm, *, at: datetime
) -> HttpResponse:
    answers = form.cleaned_data
    made = make_monthly_gift(
        committee=committee,
        twinning=twinning,
        amount=answers["amount"],
        email=answers["email"],
        name=answers["name"],
        cover_fee=answers["cover_fee"],
        language=get_language() or "en",
        donor_id=UUID(str(request.user.pk)) if request.user.is_authenticated else None,
        idempotency_key=f"page:{answers['key']}",
        at=at,
        network=network_of(request),
    )
    try:
        return redirect(start_monthly_gift(gift=made.gift, at=at))
    except MonthlyRefused:
        # Begun already, or Stripe is silent: the gift's own page says which.
        return redirect("pages:monthly_status", token=made.gift.token)


@never_cache
@require_safe
def status(request: HttpRequest, token: str) -> HttpResponse:
    """Say how the gift stands; whoever has the address may see and change it."""
    gift = _gift_or_404(token)
    months = instalments_of(gift, number=MOST_MONTHS)
    context = {
        "gift": gift,
        "outcome": _outcome(gift, came_from=request.GET.get("from", "")),
        "months": months,
        "zone": gift.committee.city.time_zone,
        "wish": wish_under_way(gift),
        "is_living": gift.state in LIVING and not gift.is_sample,
        "is_lost": is_out_of_reach(gift),
        "known_by": timezone.now()
        + timedelta(seconds=settings.STRIPE_PULL_SECONDS)
        + TIME_TO_APPLY,
    }
    return _private(render(request, "pages/monthly_status.html", context))


def _outcome(gift: Any, *, came_from: str) -> str:
    """Name what the page says: one word per page that there is."""
    if gift.state == "pending":
        return "unpaid" if came_from == "back" else "unknown"
    return "not_started" if gift.state == "new" else str(gift.state)


@never_cache
@require_safe
def state(request: HttpRequest, token: str) -> JsonResponse:
    """Tell the live bar whether the gift has begun."""
    gift = _gift_or_404(token)
    is_waiting = gift.state == "pending"
    text = "" if is_waiting else _("There is news of your monthly gift.")
    response = JsonResponse({"settled": not is_waiting, "text": text})
    response["Referrer-Policy"] = "no-referrer"
    return response


@require_POST
def pay(request: HttpRequest, token: str) -> HttpResponse:
    """Go to Stripe's page again: to the one that is open, or to a new one."""
    gift = _gift_or_404(token)
    try:
        return redirect(start_monthly_gift(gift=gift, at=timezone.now()))
    except PageNotOpened as refusal:
        return _not_opened(
            request, gift, str(refusal), reverse("pages:monthly_payment", args=[token])
        )
    except MonthlyRefused:
        return redirect("pages:monthly_status", token=token)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, token: str) -> HttpResponse:
    """Show the form for another sum, with the ways to pause and to stop; take the new sum."""
    gift = _gift_or_404(token)
    if gift.state not in LIVING or gift.is_sample:
        return redirect("pages:monthly_status", token=token)
    form = SumForm(
        request.POST or None,
        currency=gift.currency,
        initial={"amount": plain_amount(gift.gift), "cover_fee": bool(gift.cover_minor)},
        auto_id="%s",
    )
    if request.method == "POST" and form.is_valid() and _changed(gift, form):
        return redirect("pages:monthly_status", token=token)
    context = {
        "gift": gift,
        "form": form,
        "mark": currency_symbol(gift.currency, get_language() or "en"),
        "zone": gift.committee.city.time_zone,
    }
    status = 422 if form.errors else 200
    return _private(render(request, "pages/monthly_change.html", context, status=status))


def _changed(gift: Any, form: SumForm) -> bool:
    """Change the sum; what is wrong with it is written into the form, all else stands there."""
    answers = form.cleaned_data
    try:
        change_sum(
            gift_id=gift.pk,
            amount=answers["amount"],
            cover_fee=answers["cover_fee"],
            at=timezone.now(),
        )
    except MonthlyRefused as refusal:
        if refusal.field:
            form.add_error(refusal.field, str(refusal))
            return False
    return True


@require_POST
def act(request: HttpRequest, token: str, wish: str) -> HttpResponse:
    """Pause, resume or stop; where it is not possible or Stripe is silent, the page says so."""
    gift = _gift_or_404(token)
    with suppress(MonthlyRefused):
        ACTS[wish](gift_id=gift.pk, at=timezone.now())
    return redirect("pages:monthly_status", token=token)


@require_POST
def card(request: HttpRequest, token: str) -> HttpResponse:
    """Go to Stripe's page on which the card is changed; its address is made at this moment."""
    gift = _gift_or_404(token)
    try:
        return redirect(open_card_page(gift=gift, at=timezone.now()))
    except CardPageNotOpened as refusal:
        return _not_opened(request, gift, str(refusal), reverse("pages:monthly_card", args=[token]))
    except MonthlyRefused:
        return redirect("pages:monthly_status", token=token)


@never_cache
@require_safe
def receipt(request: HttpRequest, token: str, number: str) -> HttpResponse:
    """Show the receipt of one month on an A4 page."""
    try:
        sheet = receipt_of_month(token, number, language=get_language() or "en")
    except NoSuchGift as unknown:
        raise Http404 from unknown
    context = {"sheet": sheet, "token": token, "qr": qr_code(sheet.ledger_address)}
    response = render(request, "pages/monthly_receipt.html", context)
    response["Referrer-Policy"] = "no-referrer"
    return response


def _not_opened(request: HttpRequest, gift: Any, problem: str, again: str) -> HttpResponse:
    context = {"gift": gift, "problem": problem, "again": again}
    return _private(render(request, "pages/monthly_not_opened.html", context, status=503))


def _private(response: HttpResponse) -> HttpResponse:
    """Tell nobody else the address; ourselves must learn it, or the forms have no origin."""
    response["Referrer-Policy"] = "same-origin"
    return response


def _gift_or_404(token: str) -> Any:
    try:
        return gift_by_token(token)
    except NoSuchGift as unknown:
        raise Http404 from unknown
