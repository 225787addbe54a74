"""The list of cities, and the page of a city: who it is, whom it is tied to, what it does."""

from collections.abc import Sequence
from typing import Any

from django.core.cache import caches
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from backend.cities.queries import (
    CITY_ORDER,
    CityFacts,
    NoSuchCity,
    Tie,
    cities_in_order,
    cities_matching,
    cities_suggested,
    city_by_slug,
    city_facts,
    countries_with_cities,
    country_name,
    twinnings_of,
)
from backend.common.keyset import BadCursor, page_of
from backend.money import Money
from backend.money.display import format_money
from backend.organisations.queries import committees_of
from backend.projects.queries import projects_of_city
from backend.reports.queries import raised_by_city, raised_for_city
from frontend.caching import public_page
from frontend.drawing.map import Place, Route
from frontend.drawing.map_parts import map_html
from frontend.drawing.names import TIES
from frontend.drawing.project_cards import cards_of
from frontend.drawing.structured import city_described, committee_described, graph, trail_described
from frontend.moments import zone_in_words
from frontend.templatetags.words import distance, number

CITIES = 60
LONGEST_TEXT = 100
COUNTRIES_SECONDS = 3600


@public_page
@require_safe
def cities(request: HttpRequest) -> HttpResponse:
    """List cities by name, or those that a word may mean, the best first."""
    language = get_language() or "en"
    text = " ".join(request.GET.get("search", "").replace("\x00", "").split())[:LONGEST_TEXT]
    country = _country(request.GET.get("country", ""), language)
    context: dict[str, Any] = {
        "search": text,
        "country": country,
        "countries": _countries(language),
    }
    if text:
        found = list(cities_matching(text, country or None)[:CITIES])
        context["suggested"] = [] if found else _rows(cities_suggested(text), language)
    else:
        try:
            page = page_of(
                cities_in_order(country=country or None),
                order=CITY_ORDER,
                size=CITIES,
                cursor=request.GET.get("page"),
            )
        except BadCursor:
            return redirect(request.path)
        found = list(page.rows)
        context["next_href"] = _address(country, page.next)
        context["previous_href"] = _address(country, page.previous)
    context["cities"] = _rows(found, language)
    return render(request, "pages/cities.html", context)


def _countries(language: str) -> list[tuple[str, str]]:
    """Return the countries of the list; they change when lists are imported, not by the hour."""
    pages = caches["pages"]
    known: list[tuple[str, str]] | None = pages.get(f"countries:{language}")
    if known is None:
        known = countries_with_cities(language)
        pages.set(f"countries:{language}", known, COUNTRIES_SECONDS if known else 1)
    return known


def _country(code: str, language: str) -> str:
    return code if code in dict(_countries(language)) else ""


def _address(country: str, cursor: str | None) -> str:
    if not cursor:
        return ""
    return f"?country={country}&page={cursor}" if country else f"?page={cursor}"


def _rows(found: Sequence[Any], language: str) -> list[dict[str, str]]:
    base = reverse("pages:cities")
    return [
        {
            "name": city.name,
            "address": f"{base}{city.slug}/",
            "country": country_name(city.country, language),
            "population": number(city.population) if city.population else "",
        }
        for city in found
    ]


@public_page
@require_safe
def city(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a city with its twins, projects and committees; it needs no user to have a page."""
    try:
        found = city_by_slug(slug)
    except NoSuchCity as unknown:
        raise Http404 from unknown
    at, language = timezone.now(), get_language() or "en"
    facts = city_facts(found, language=language, at=at)
    ties = twinnings_of(found)
    committees = list(committees_of(found.pk))
    trail = [
        {"label": _("Cities"), "href": reverse("pages:cities")},
        {"label": found.name, "href": ""},
    ]
    context = {
        "city": found,
        "country": facts.country,
        "trail": trail,
        "facts": _facts(facts, language),
        "ties": _ties(ties, language),
        "map": _map(found, ties, language),
        "given": _sums(raised_by_city(found.pk), language),
        "received": _sums(raised_for_city(found.pk), language),
        "cards": cards_of(projects_of_city(found.pk), language=language, at=at, at_once=0),
        "committees": committees,
        "structured": graph(
            city_described(found),
            *(committee_described(committee, found) for committee in committees),
            trail_described(trail),
        ),
    }
    return render(request, "pages/city.html", context)


def _facts(facts: CityFacts, language: str) -> list[dict[str, str]]:
    unknown = _("unknown")
    zone = zone_in_words(facts.time_zone, language)
    rows = {
        _("Country"): facts.country,
        _("Population"): number(facts.population) if facts.population else unknown,
        _("Languages of the country"): ", ".join(facts.languages) or unknown,
        _("Coordinates"): _point(facts.point) if facts.point else unknown,
        _("Time zone"): zone
        if facts.time_zone_is_exact
        else _("%(zone)s (of the nearest known place)") % {"zone": zone},
    }
    return [{"name": name, "value": value} for name, value in rows.items()]


def _point(point: tuple[float, float]) -> str:
    latitude, longitude = point
    north = _("N") if latitude >= 0 else _("S")
    east = _("E") if longitude >= 0 else _("W")
    return f"{abs(latitude):.2f}° {north}, {abs(longitude):.2f}° {east}"


def _ties(ties: Sequence[Tie], language: str) -> list[dict[str, str]]:
    base = reverse("pages:twinnings")
    return [
        {
            "name": tie.twin.name,
            "address": f"{base}{tie.twinning.slug}/",
            "country": country_name(tie.twin.country, language),
            "kind": _announced() if tie.twinning.is_announced else str(TIES[tie.twinning.kind]),
            "apart": distance(tie.km) if tie.km is not None else "",
        }
        for tie in ties
    ]


def _announced() -> str:
    return _("Announced, not confirmed")


def _map(found: Any, ties: Sequence[Tie], language: str) -> SafeString:
    here = Place(found.name, found.latitude, found.longitude)
    twins = [tie.twin for tie in ties if tie.twin.point_is_certain]
    routes = [Route(here, Place(twin.name, twin.latitude, twin.longitude)) for twin in twins]
    label = _("Map: %(city)s and its twins; the list below says the same") % {"city": found.name}
    return map_html(routes, label=label, language=language, close_up=True)


def _sums(totals: Sequence[Money], language: str) -> list[str]:
    return [format_money(money, language, short=True) for money in totals]
