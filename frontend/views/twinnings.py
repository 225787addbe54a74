"""The list of twinnings, and the page of one: what moves between the two cities, both ways."""

from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from backend.cities.queries import (
    TWINNING_ORDER,
    NoSuchCity,
    NoSuchTwinning,
    city_by_slug,
    country_name,
    distance_km,
    twinning_by_slug,
    twinnings_in_order,
)
from backend.common.keyset import BadCursor, page_of
from backend.giving.queries import home_committees
from backend.money.display import format_money
from backend.projects.queries import projects_between
from backend.reports.queries import TwoWayMoney, private_shares_of_tie, two_way_money
from frontend.caching import public_page
from frontend.drawing.map import Place, Route
from frontend.drawing.map_parts import map_html
from frontend.drawing.names import TIES
from frontend.drawing.project_cards import cards_of
from frontend.drawing.structured import graph, trail_described
from frontend.moments import day_in_words
from frontend.places import FoundPlace, place_named
from frontend.templatetags.words import distance

TWINNINGS = 60
LONGEST_TEXT = 100
ANNOUNCED = "announced"


@public_page
@require_safe
def twinnings(request: HttpRequest) -> HttpResponse:
    """List the ties of all cities, or of the one that was typed."""
    language = get_language() or "en"
    text = " ".join(request.GET.get("city", "").replace("\x00", "").split())[:LONGEST_TEXT]
    state = ANNOUNCED if request.GET.get("state") == ANNOUNCED else ""
    place = place_named(text, language) if text else None
    context: dict[str, Any] = {"place": place, "state": state, "ties": []}
    if place is None or place.slug:
        try:
            page = page_of(
                _wanted(place, state),
                order=TWINNING_ORDER,
                size=TWINNINGS,
                cursor=request.GET.get("page"),
            )
        except BadCursor:
            return redirect(request.path)
        context["ties"] = _rows(page.rows, language)
        context["next_href"] = _address(place, state, page.next)
        context["previous_href"] = _address(place, state, page.previous)
    return render(request, "pages/twinnings.html", context)


def _wanted(place: FoundPlace | None, state: str) -> Any:
    try:
        city = city_by_slug(place.slug) if place else None
    except NoSuchCity:  # pragma: no cover  # deleted since it was found
        city = None
    return twinnings_in_order(city=city, state=state or None)


def _address(place: FoundPlace | None, state: str, cursor: str | None) -> str:
    if not cursor:
        return ""
    before = f"city={place.slug}&" if place else ""
    return f"?{before}{'state=announced&' if state else ''}page={cursor}"


def _rows(ties: Sequence[Any], language: str) -> list[dict[str, str]]:
    base = reverse("pages:twinnings")
    return [
        {
            "home": tie.city_a.name,
            "twin": tie.city_b.name,
            "countries": f"{country_name(tie.city_a.country, language)} · "
            f"{country_name(tie.city_b.country, language)}",
            "address": f"{base}{tie.slug}/",
            "kind": _kind(tie),
        }
        for tie in ties
    ]


def _kind(tie: Any) -> str:
    return _("Announced, not confirmed") if tie.is_announced else str(TIES[tie.kind])


@public_page
@require_safe
def twinning(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a tie: what it is, what money went either way, and the projects of the two cities."""
    try:
        tie = twinning_by_slug(slug)
    except NoSuchTwinning as unknown:
        raise Http404 from unknown
    at, language = timezone.now(), get_language() or "en"
    a, b = tie.city_a, tie.city_b
    trail = [
        {"label": _("Twinnings"), "href": reverse("pages:twinnings")},
        {"label": f"{a.name} – {b.name}", "href": ""},
    ]
    rows = projects_between(a.pk, b.pk)
    context = {
        "tie": tie,
        "trail": trail,
        "apart": _apart(a, b),
        "facts": _facts(tie, language),
        "map": _map(a, b, language),
        "money": _two_way(two_way_money(a.pk, b.pk), language),
        "private": private_shares_of_tie(a.pk, b.pk) if rows else (),
        "committees": home_committees(tie),
        "cards": cards_of(rows, language=language, at=at, at_once=0),
        "structured": graph(trail_described(trail)),
    }
    return render(request, "pages/twinning.html", context)


def _apart(a: Any, b: Any) -> str:
    known = a.point_is_certain and b.point_is_certain
    return distance(distance_km(a, b)) if known else ""


def _map(a: Any, b: Any, language: str) -> SafeString:
    route = Route(Place(a.name, a.latitude, a.longitude), Place(b.name, b.latitude, b.longitude))
    label = _("Map: %(a)s and %(b)s") % {"a": a.name, "b": b.name}
    return map_html([route], label=label, language=language, close_up=True)


def _facts(tie: Any, language: str) -> list[dict[str, str]]:
    since = day_in_words(tie.since_on, language) if tie.since_on else _("unknown")
    return [
        {"name": _("Kind"), "value": str(TIES[tie.kind])},
        {
            "name": _("State"),
            "value": _("announced, not confirmed") if tie.is_announced else _("confirmed"),
        },
        {"name": _("Since"), "value": since},
        {"name": _("Known from"), "value": tie.source or _("unknown")},
    ]


def _two_way(money: TwoWayMoney, language: str) -> list[dict[str, str]]:
    """Return a row per currency, with what went each way."""
    there = {amount.currency: format_money(amount, language) for amount in money.a_to_b}
    back = {amount.currency: format_money(amount, language) for amount in money.b_to_a}
    nothing = _("nothing yet")
    return [
        {"currency": code, "there": there.get(code, nothing), "back": back.get(code, nothing)}
        for code in sorted(there | back)
    ]
