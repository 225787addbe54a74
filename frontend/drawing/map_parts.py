"""Maps as ready HTML: the cities of a list change seldom, so their map is drawn once."""

from collections.abc import Iterable
from functools import lru_cache

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from frontend.drawing.map import Route, draw_map

KEPT = 200
ROUTES = 60


def map_html(
    routes: Iterable[Route], *, label: str, language: str, close_up: bool = False
) -> SafeString:
    """Return the map of the first routes; `label` says the same in words, in the language."""
    return _drawn(tuple(routes)[:ROUTES], label, language, close_up)


@lru_cache(maxsize=KEPT)
def _drawn(routes: tuple[Route, ...], label: str, language: str, close_up: bool) -> SafeString:  # noqa: FBT001  # a key of the cache
    drawn = draw_map(routes=routes, close_up=close_up)
    return render_to_string("components/map.html", {"map": drawn, "label": label})
