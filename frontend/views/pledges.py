"""Making a pledge, and the page of a pledge: paid, on its way, or not paid."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

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
from backend.common.translated import text_in
from backend.money import Money
from backend.money.display import NotAnAmount, currency_symbol, parse_amount
from backend.payments.queries import (
    FeeParts,
    bank_answers_by,
    closed_after_refusals,
    cover_for,
    estimated_parts,
)
from backend.pledges.address_codes import waits_for_code
from backend.pledges.consent import consent_words
from backend.pledges.limits import limits_of
from backend.pledges.operations import (
    AmountOutOfRange,
    ConsentMissing,
    NameRefused,
    PaymentNotStarted,
    PledgeRefused,
    TooManyAttempts,
    TooManyPledges,
    make_pledge,
    show_pledge_as,
    start_payment,
)
from backend.pledges.queries import NoSuchPledge, card_of, fees_of, pledge_by_token
from backend.pledges.recovery import WINDOW, pay_otherwise
from backend.pledges.securing import can_change
from backend.pledges.waiting import why_pledges_wait
from backend.projects.queries import NoSuchProject, public_project, similar_projects
from backend.reports.queries import shares_of_project
from frontend.drawing.money_box import MoneyBox, money_box
from frontend.drawing.project_cards import cards_of
from frontend.drawing.qr import qr_code
from frontend.forms.pledges import PledgeForm, VisibilityForm

WITH_A_CARD = ("secured", "charging", "failing")
# While a card is being saved, nothing can have been charged, and the page says so.
SAVING = {"unpaid": "unsaved", "unknown": "saving"}
# What people do not see: a margin for the job that applies what was pulled.
TIME_TO_APPLY = timedelta(seconds=60)
FIELD_OF_REFUSAL = {AmountOutOfRange: "amount", NameRefused: "name", ConsentMissing: "save_card"}


@dataclass(frozen=True, slots=True)
class Fees:
    """What is expected to become of a gift, and what covering the fees would add."""

    plain: FeeParts
    covered: FeeParts


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the form; take it and go to Stripe; say why if the pledge is refused."""
    try:
        project = public_project(slug)
    except NoSuchProject as unknown:
        raise Http404 from unknown
    now = timezone.now()
    amount = _asked_amount(request, project.currency)
    language = get_language() or "en"
    form = PledgeForm(
        request.POST or None,
        currency=project.currency,
        consent=consent_words(project, None, language) if project.is_all_or_nothing else "",
        initial=_initial(request, amount),
        auto_id="%s",
    )
    wait = 0
    waits = why_pledges_wait(project, at=now)
    if request.method == "POST" and form.is_valid():
        try:
            return _pledge_and_pay(request, project, form, at=now)
        except TooManyPledges as refusal:
            form.add_error(None, str(refusal))
            wait = refusal.retry_seconds
        except PledgeRefused as refusal:
            form.add_error(FIELD_OF_REFUSAL.get(type(refusal)), str(refusal))
    shown = form.cleaned_data.get("amount") if form.is_bound and form.is_valid() else amount
    least, most = limits_of(project.currency)
    context = {
        "project": project,
        "form": form,
        "box": _box(project, now, waits=waits is not None),
        "is_open": project.takes_pledges(now) and not waits,
        "waits": waits,
        "fees": _fees(project, shown) if shown and least <= shown <= most else None,
        "least": least,
        "most": most,
        "mark": currency_symbol(project.currency, language),
        "operator": settings.OPERATOR,
    }
    if wait:
        response = render(request, "pages/pledge.html", context, status=429)
        response["Retry-After"] = str(wait)
        return response
    return render(request, "pages/pledge.html", context, status=422 if form.errors else 200)


# A project and a pledge are the domain's; pages do not name its models, so they are Any here.
def _pledge_and_pay(
    request: HttpRequest, project: Any, form: PledgeForm, *, at: datetime
) -> HttpResponse:
    answers = form.cleaned_data
    made = make_pledge(
        project=project,
        amount=answers["amount"],
        email=answers["email"],
        name=answers["name"],
        visibility=form.visibility,
        cover_fee=answers["cover_fee"],
        language=get_language() or "en",
        donor_id=_signed_in_id(request),
        idempotency_key=f"page:{answers['key']}",
        at=at,
        network=network_of(request),
        save_card=answers.get("save_card", False),
    )
    try:
        return redirect(start_payment(pledge=made.pledge, at=at, network=network_of(request)))
    except PledgeRefused:
        # Paid already, or Stripe is silent: the pledge's own page says which.
        return redirect("pages:pledge_status", token=made.pledge.token)


def _signed_in_id(request: HttpRequest) -> UUID | None:
    return request.user.pk if request.user.is_authenticated else None


def _asked_amount(request: HttpRequest, currency: str) -> Money | None:
    """Return the amount chosen on the project's page, if it can be read."""
    text = request.GET.get("amount", "")
    if text in ("", "other"):
        text = request.GET.get("amount_other", "")
    try:
        return parse_amount(text, currency, get_language() or "en")
    except NotAnAmount:
        return None


def _initial(request: HttpRequest, amount: Money | None) -> dict[str, object]:
    text = request.GET.get("amount", "")
    typed = request.GET.get("amount_other", "") if text in ("", "other") else text
    initial: dict[str, object] = {"amount": typed[:40]}
    if request.user.is_authenticated:
        initial |= {"email": request.user.email, "name": request.user.name}
    return initial


def _fees(project: Any, gift: Money) -> Fees:
    account = project.committee.stripe_account
    nothing, cover = Money(0, gift.currency), cover_for(gift, account=account)
    return Fees(
        plain=estimated_parts(gift, nothing, account=account),
        covered=estimated_parts(gift, cover, account=account),
    )


@never_cache
@require_safe
def status(request: HttpRequest, token: str) -> HttpResponse:
    """Say what has become of the pledge; whoever has the address may see it."""
    pledge = _pledge_or_404(token)
    project = pledge.project
    now = timezone.now()
    if waits_for_code(pledge):
        return redirect("pages:pledge_code", token=token)
    zone = ZoneInfo(project.home_city.time_zone)
    share = f"{settings.SITE_URL}/{get_language()}/projects/{project.slug}/"
    is_settled = pledge.state == "settled"
    is_payable = pledge.state in ("new", "pending", "dropped", "expired")
    waits = why_pledges_wait(project, at=now, account=pledge.account) if is_payable else None
    context = {
        "pledge": pledge,
        "project": project,
        "outcome": _outcome(pledge, came_from=request.GET.get("from", "")),
        "title": text_in(project.title, get_language() or "en", project.default_language),
        "known_by": now + timedelta(seconds=settings.STRIPE_PULL_SECONDS) + TIME_TO_APPLY,
        "zone": str(zone),
        "can_pay": project.takes_pledges(now) and not waits,
        "waits": waits,
        "visibility_form": VisibilityForm(initial={"visibility": pledge.visibility}),
        "share": share,
        "qr": qr_code(share) if is_settled else None,
        "fees": fees_of(pledge),
        **(_thanks(project, now) if is_settled else {}),
        **(_under_way(pledge, now) if pledge.is_processing else {}),
        **(_card(pledge, now) if pledge.state in WITH_A_CARD else {}),
    }
    response = render(request, "pages/pledge_status.html", context)
    # Nobody else learns the address; ourselves must, or the forms below come without their origin.
    response["Referrer-Policy"] = "same-origin"
    return response


def _under_way(pledge: Any, at: datetime) -> dict[str, Any]:
    """Return what is told while a slow method is under way."""
    day = bank_answers_by(pledge.purpose)
    return {"bank_answers_by": day, "bank_is_late": day is not None and day < at.date()}


def _card(pledge: Any, at: datetime) -> dict[str, Any]:
    """Return what is told while a card stands for the pledge."""
    return {
        "card": card_of(pledge),
        "can_change": can_change(pledge, at),
        "until": pledge.failing_since + WINDOW if pledge.failing_since else None,
        "minimum": pledge.project.minimum,
    }


def _thanks(project: Any, at: datetime) -> dict[str, Any]:
    """Return what a thank-you shows besides: how far the project is, and one more project."""
    others = similar_projects(project, at=at, number=1)
    return {
        "box": _box(project, at),
        "cards": cards_of(others, language=get_language() or "en", at=at, at_once=0),
        "card_image": reverse("machines:share_card", args=[project.slug]),
    }


def _box(project: Any, at: datetime, *, waits: bool = False) -> MoneyBox:
    """Return the project's money; the amounts to choose stand on the project's own page."""
    shares = shares_of_project(project)
    language = get_language() or "en"
    return money_box(project, shares, (), language=language, at=at, waits=waits)


def _outcome(pledge: Any, *, came_from: str) -> str:
    """Name what the page says: one word per page that there is."""
    if pledge.is_processing:
        return "processing"
    if pledge.state == "pending":
        outcome = "unpaid" if came_from == "back" else "unknown"
        return SAVING[outcome] if pledge.project.is_all_or_nothing else outcome
    if pledge.state == "expired" and closed_after_refusals(pledge.purpose):
        return "refused"
    if pledge.state == "failing" and came_from in ("bank", "paid"):
        return "unknown"
    if pledge.state == "dropped" and pledge.project.is_all_or_nothing:
        return "given_up"
    return "not_started" if pledge.state == "new" else str(pledge.state)


@never_cache
@require_safe
def state(request: HttpRequest, token: str) -> JsonResponse:
    """Tell the live bar whether the money has arrived."""
    pledge = _pledge_or_404(token)
    is_waiting = pledge.state in ("pending", "charging", "failing")
    text = "" if is_waiting else _("There is news of your pledge.")
    response = JsonResponse({"settled": not is_waiting, "text": text})
    response["Referrer-Policy"] = "no-referrer"
    return response


@require_POST
def pay(request: HttpRequest, token: str) -> HttpResponse:
    """Go to Stripe's page again: to the one that is open, or to a new one."""
    pledge = _pledge_or_404(token)
    start = pay_otherwise if pledge.state == "failing" else start_payment
    try:
        return redirect(start(pledge=pledge, at=timezone.now(), network=network_of(request)))
    except TooManyAttempts as refusal:
        context = {"pledge": pledge, "project": pledge.project, "problem": str(refusal)}
        response = render(request, "pages/pledge_not_started.html", context, status=429)
        response["Retry-After"] = str(refusal.retry_seconds)
        return response
    except PaymentNotStarted as refusal:
        context = {"pledge": pledge, "project": pledge.project, "problem": str(refusal)}
        return render(request, "pages/pledge_not_started.html", context, status=503)
    except PledgeRefused:
        return redirect("pages:pledge_status", token=token)


@require_POST
def show_as(request: HttpRequest, token: str) -> HttpResponse:
    """Change how the pledge is shown in public."""
    pledge = _pledge_or_404(token)
    form = VisibilityForm(request.POST)
    if form.is_valid():
        show_pledge_as(pledge_id=pledge.pk, visibility=form.cleaned_data["visibility"])
    return redirect("pages:pledge_status", token=token)


def _pledge_or_404(token: str) -> Any:
    try:
        return pledge_by_token(token)
    except NoSuchPledge as unknown:
        raise Http404 from unknown
