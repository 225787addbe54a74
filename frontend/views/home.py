"""The first page: what the site has done, where, and three projects to begin with."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from backend.money.display import format_money
from backend.projects.queries import Wanted, featured_projects, project_cards
from backend.reports.books import latest_movements
from backend.reports.queries import SiteFigures, site_figures
from frontend.caching import public_page
from frontend.drawing.ledger_rows import site_rows
from frontend.drawing.map_parts import map_html
from frontend.drawing.project_cards import cards_of, routes_of
from frontend.templatetags.words import number

# More arcs than this hide each other, and the list of projects has them all.
ROUTES = 16
LEDGER_LINES = 5


@public_page
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show the first page in the language of its address."""
    at, language = timezone.now(), get_language() or "en"
    figures = site_figures(at=at)
    chosen = featured_projects(at=at)
    newest = project_cards(Wanted(), size=ROUTES).rows
    finished = [] if chosen else project_cards(Wanted(state=("delivered",)), size=3).rows
    context = {
        "figures": _figures(figures),
        "raised": [format_money(money, language, short=True) for money in figures.raised],
        "private": figures.private_shares,
        "map": map_html(routes_of(newest), label=_map_label(), language=language),
        "cards": cards_of(chosen or finished, language=language, at=at),
        "are_live": bool(chosen),
        "operator": settings.OPERATOR,
        "ledger": site_rows(latest_movements(LEDGER_LINES), language),
    }
    return render(request, "pages/home.html", context)


home_by_language = home


def _figures(figures: SiteFigures) -> list[dict[str, str]]:
    return [
        {"value": number(figures.projects), "label": _("projects")},
        {"value": number(figures.open_projects), "label": _("taking pledges now")},
        {"value": number(figures.cities), "label": _("cities")},
        {"value": number(len(figures.countries)), "label": _("countries")},
    ]


def _map_label() -> str:
    return _("Map: the twin cities of the newest projects; the list of projects says the same")
