"""The list of projects, the page of a project, and the picture for sharing it."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.core.cache import caches
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from backend.cities.queries import distance_km
from backend.common.keyset import BadCursor, Page
from backend.common.translated import text_in
from backend.money import Money
from backend.money.display import format_money
from backend.pledges.queries import decision_of, supporters_of
from backend.pledges.waiting import why_pledges_wait
from backend.projects.queries import (
    NoPromise,
    NoSuchProject,
    Wanted,
    extension_of,
    featured_projects,
    project_cards,
    projects_wanted,
    promise_of,
    public_project,
    similar_projects,
)
from backend.reports.books import movements_of
from backend.reports.project_parts import parts_of
from backend.reports.queries import private_percent, shares_of_project, site_figures
from frontend import sharecard
from frontend.caching import public_page
from frontend.drawing.art import picture
from frontend.drawing.filters import filters_of
from frontend.drawing.ledger_rows import ledger_rows
from frontend.drawing.map_parts import map_html
from frontend.drawing.money_box import money_box
from frontend.drawing.names import THEMES, TIES
from frontend.drawing.parts import part_html
from frontend.drawing.project_cards import cards_of, routes_of
from frontend.drawing.project_notice import project_notice
from frontend.drawing.project_sections import (
    Way,
    both_ways,
    budget_rows,
    steps,
    supporter_rows,
)
from frontend.drawing.structured import absolute, graph, project_described, trail_described
from frontend.forms.projects import Search, search_in
from frontend.markdown import rendered
from frontend.places import cities_meant_by, place_named
from frontend.templatetags.words import distance, number

COUNTED = 500
SUPPORTERS = 12
LEDGER_LINES = 4
CARD_SECONDS = 600
SIMILAR_SECONDS = 60


@public_page
@require_safe
def discover(request: HttpRequest) -> HttpResponse:
    """List the projects that the address asks for, with the map of the same."""
    at, language = timezone.now(), get_language() or "en"
    search = search_in(request.GET)
    place = place_named(search.city, language) if search.city else None
    cursor = request.GET.get("page")
    figures = site_figures(at=at)
    rows: Any = []
    count, following, before = 0, None, None
    if place is None or place.slug:
        wanted = search.wanted(city_slug=place.slug if place else "")
        try:
            page = project_cards(wanted, cursor=cursor)
        except BadCursor:
            return redirect(request.path + search.address())
        rows, following, before = page.rows, page.next, page.previous
        count = _count(search, page, figures.projects, wanted)
    context = {
        "search": search,
        "place": place,
        "filters": filters_of(search, figures.countries, language),
        "cards": cards_of(rows, language=language, at=at),
        "map": map_html(routes_of(rows), label=_map_label(len(rows)), language=language),
        "heading": _heading(count),
        "total": _total(rows, language)
        if rows and not (following or before)
        else _in_words(figures.raised if search.is_empty else (), language),
        "next_href": search.address(page=following) if following else "",
        "previous_href": search.address(page=before) if before else "",
        **({} if rows else _instead(search, language, at)),
    }
    return render(request, "pages/projects.html", context)


def _count(search: Search, page: Page[Any], all_projects: int, wanted: Wanted) -> int:
    """Return how many projects there are, counting no further than COUNTED + 1."""
    if not (page.next or page.previous):
        return len(page.rows)
    if search.is_empty and search.order != "ending":
        return min(all_projects, COUNTED + 1)
    return projects_wanted(wanted)[: COUNTED + 1].count()


def _total(rows: Iterable[Any], language: str) -> str:
    """Return what the projects of a list that stands on one page have received."""
    sums: dict[str, int] = {}
    for row in rows:
        sums[row["currency"]] = sums.get(row["currency"], 0) + row["raised_minor"]
    return _in_words([Money(minor, code) for code, minor in sorted(sums.items())], language)


def _in_words(totals: Iterable[Money], language: str) -> str:
    """Return totals of several currencies, each for itself: there is no rate to add them by."""
    return " · ".join(format_money(money, language, short=True) for money in totals)


def _heading(count: int) -> str:
    if count > COUNTED:
        return _("More than %(count)s projects") % {"count": number(COUNTED)}
    words = ngettext("%(count)s project", "%(count)s projects", count)
    return words % {"count": number(count)}


def _map_label(shown: int) -> str:
    words = ngettext(
        "Map: the twin cities of %(count)d project of this list",
        "Map: the twin cities of %(count)d projects of this list",
        shown,
    )
    return words % {"count": shown}


def _instead(search: Search, language: str, at: datetime) -> dict[str, Any]:
    """Return what an empty list offers: cities that may be meant, and three live projects."""
    rows = featured_projects(at=at)
    return {
        "meant": cities_meant_by(search.search, language) if search.search else [],
        "instead": cards_of(rows, language=language, at=at),
        "wider": search.without_text().address() if search.search or search.city else "",
    }


@public_page
@require_safe
def project(request: HttpRequest, slug: str) -> HttpResponse:
    """Show one project in the state in which it is."""
    try:
        found = public_project(slug)
    except NoSuchProject as unknown:
        raise Http404 from unknown
    at, language = timezone.now(), get_language() or "en"
    title = text_in(found.title, language, found.default_language)
    summary = text_in(found.summary, language, found.default_language)
    parts, shares = parts_of(found.pk), shares_of_project(found)
    waits = why_pledges_wait(found, at=at)
    box = money_box(found, shares, parts.amounts, language=language, at=at, waits=bool(waits))
    today = at.astimezone(ZoneInfo(found.home_city.time_zone)).date()
    page = movements_of(found.chain, size=LEDGER_LINES)
    context = {
        "project": found,
        "title": title,
        "summary": summary,
        "box": box,
        "notice": project_notice(
            found,
            language=language,
            at=at,
            decision=_decision(found),
            extension=_extension(found),
            waits=waits,
        ),
        "picture": picture(found.art, found.theme),
        "theme": THEMES[found.theme],
        "apart": distance(distance_km(found.home_city, found.twin_city)),
        "tie": _tie(found),
        "story": _long_text(found.story, found, language),
        "outcome": _long_text(found.outcome, found, language),
        "promise": _promise(found, language, at=at),
        "reason": _long_text(found.state_reason, found, language),
        "ways": _ways(both_ways(parts.exchanges, found, language), found),
        "budget": part_html(
            "budget",
            lines=budget_rows(parts.budget_lines, found, language),
            total=box.goal,
            caption=_("Budget"),
        ),
        "steps": part_html("steps", steps=steps(parts.milestones, found, language, today=today)),
        "supporters": supporter_rows(supporters_of(found.pk, number=SUPPORTERS), language),
        "private": private_percent({share.source_class: share.amount.minor for share in shares})
        if shares
        else None,
        "ledger": ledger_rows(page.movements, language),
        "ledger_lines": page.movements[0].seq if page.movements else 0,
        "similar": cards_of(_similar(found, at), language=language, at=at, at_once=0),
        "share_image": absolute(reverse("machines:share_card", args=[slug])),
        "structured": graph(
            project_described(found, title=title.text, summary=summary.text, is_open=box.is_open),
            trail_described(_trail(title.text)),
        ),
    }
    return render(request, "pages/project.html", context)


def _decision(found: Any) -> Any:
    """Return how the campaign was decided, where its page tells of that."""
    is_told = found.is_all_or_nothing and found.state in ("closing", "short", "failed")
    return decision_of(found.pk) if is_told else None


def _extension(found: Any) -> Any:
    """Return how the deadline was moved, while that is news."""
    return extension_of(found.pk) if found.state == "published" else None


def _promise(found: Any, language: str, *, at: datetime) -> dict[str, Any]:
    """Return what was promised when the project was published, to lay beside what became of it."""
    if at < found.closes_at:
        return {}
    try:
        promise = promise_of(found.pk)
    except NoPromise:
        return {}
    words = promise.words
    return {
        "on": promise.frozen_at,
        "goal": Money(words["goal_minor"], words["currency"]),
        "expected": _long_text(words["expected"], found, language),
        "milestones": [
            {
                "label": text_in(step["label"], language, found.default_language),
                "due_on": date.fromisoformat(step["due_on"]),
            }
            for step in words["milestones"]
        ],
    }


def _ways(ways: dict[str, Way], found: Any) -> str:
    if not ways:
        return ""
    return part_html("both_ways", home=found.home_city.name, twin=found.twin_city.name, **ways)


def _similar(found: Any, at: datetime) -> list[dict[str, Any]]:
    """Return similar projects, asked for once a minute: they are a hint, not a figure."""
    near = caches["pages"]
    key = f"similar:{found.pk}"
    known: list[dict[str, Any]] | None = near.get(key)
    if known is None:
        known = similar_projects(found, at=at)
        near.set(key, known, SIMILAR_SECONDS)
    return known


def _tie(found: Any) -> dict[str, str]:
    """Return the link to the two cities' tie, with its kind and year, or nothing."""
    if found.twinning is None:
        return {}
    kind = str(TIES[found.twinning.kind])
    label = f"{kind} {found.twinning.since_on.year}" if found.twinning.since_on else kind
    return {"label": label, "href": reverse("pages:twinning", args=[found.twinning.slug])}


def _long_text(texts: Any, found: Any, language: str) -> dict[str, str]:
    chosen = text_in(texts, language, found.default_language)
    if not chosen.text:
        return {}
    other = "" if chosen.language == language else chosen.language
    return {"html": rendered(chosen.text), "language": other}


def _trail(title: str) -> list[dict[str, str]]:
    return [
        {"label": _("Projects"), "href": reverse("pages:projects")},
        {"label": title, "href": ""},
    ]


@require_safe
def share_card(request: HttpRequest, slug: str) -> HttpResponse:
    """Draw the picture that other sites show for the project."""
    try:
        found = public_project(slug)
    except NoSuchProject as unknown:
        raise Http404 from unknown
    drawn = sharecard.card_of(
        home=found.home_city.name,
        twin=found.twin_city.name,
        raised_minor=found.counted.minor,
        goal_minor=found.goal_minor,
        theme=found.theme,
    )
    response = HttpResponse(drawn, content_type="image/png")
    response["Cache-Control"] = f"public, max-age={CARD_SECONDS}"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
