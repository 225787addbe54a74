"""The map of twin cities: dots, arcs and labels over the dotted land.

Labels never overlap each other; those that find no place are left out, since every city also
stands in the list beside the map. Phones get their own few, larger labels.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from math import floor

from frontend.drawing.labels import Label, place_labels
from frontend.drawing.projection import project, width_at

BEND = 0.24
# Heights of letters on a full-width map; a close-up stands in a narrower column.
LETTER, CLOSE_LETTER, PHONE_LETTER = 15, 24, 30
LABELS, PHONE_LABELS = 24, 5
WORLD = (95.0, 31.5, 945.0, 374.5)
ROW = 7.0
MARGIN = 14.0
CLOSEST = 300.0
RATIO = 0.402


View = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Place:
    """A city with its degrees north and east."""

    name: str
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Route:
    """Two cities that one arc joins."""

    home: Place
    twin: Place


@dataclass(frozen=True, slots=True)
class Dot:
    """A city on the map; `kind` is "home" or "twin", and a city of both kinds is "home"."""

    kind: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Map:
    """Everything that the component draws."""

    view_box: str
    arcs: tuple[str, ...]
    dots: tuple[Dot, ...]
    labels: tuple[Label, ...]
    letter: float
    phone_labels: tuple[Label, ...]
    phone_letter: float


def draw_map(*, routes: Sequence[Route], close_up: bool = False) -> Map:
    """Draw `routes`, the most important first; `close_up` crops the map to them."""
    dots = _dots(routes)
    drawn = tuple(dots.values())
    view = _close_view(drawn) if close_up else _world_view(drawn)
    zoom = (view[2] - view[0]) / (WORLD[2] - WORLD[0])
    letter = round((CLOSE_LETTER if close_up else LETTER) * zoom, 1)
    phone_letter = round(PHONE_LETTER * zoom, 1)
    texts = [(place.name, dot.x, dot.y) for place, dot in dots.items()]
    return Map(
        view_box=f"{view[0]:.4g} {view[1]:.4g} {view[2] - view[0]:.4g} {view[3] - view[1]:.4g}",
        arcs=tuple(chain.from_iterable(_arcs(route) for route in routes)),
        dots=drawn,
        labels=place_labels(texts[:LABELS], size=letter, view=view),
        letter=letter,
        phone_labels=place_labels(texts[:PHONE_LABELS], size=phone_letter, view=view),
        phone_letter=phone_letter,
    )


def _dots(routes: Iterable[Route]) -> dict[Place, Dot]:
    """Return one dot for each city, in the order of the routes, homes winning."""
    kinds: dict[Place, str] = {}
    for route in routes:
        kinds[route.home] = "home"
        kinds.setdefault(route.twin, "twin")
    return {place: _dot(place, kind) for place, kind in kinds.items()}


def _dot(place: Place, kind: str) -> Dot:
    x, y = project(place.latitude, place.longitude)
    return Dot(kind, round(x, 1), round(y, 1))


def _arcs(route: Route) -> Iterable[str]:
    """Return one path, or two where the short way leads over the edge of the map."""
    start = project(route.home.latitude, route.home.longitude)
    end = project(route.twin.latitude, route.twin.longitude)
    apart = route.twin.longitude - route.home.longitude
    if abs(apart) <= 180:
        return (_arc(start, end),)
    step = width_at((route.home.latitude + route.twin.latitude) / 2) * (-1 if apart > 0 else 1)
    return (
        _arc(start, (end[0] + step, end[1])),
        _arc((start[0] - step, start[1]), end),
    )


def _arc(start: tuple[float, float], end: tuple[float, float]) -> str:
    """Return a curve that bends to the north, as the shortest way over the Earth looks there."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    side = 1 if dx >= 0 else -1
    x = (start[0] + end[0]) / 2 + side * BEND * dy
    y = (start[1] + end[1]) / 2 - side * BEND * dx
    return f"M{start[0]:.0f} {start[1]:.0f}Q{x:.0f} {y:.0f} {end[0]:.0f} {end[1]:.0f}"


def _world_view(dots: Sequence[Dot]) -> View:
    """Return the usual view, widened for cities in the Pacific or the far south."""
    left = min([WORLD[0], *(dot.x - MARGIN for dot in dots)])
    right = max([WORLD[2], *(dot.x + MARGIN for dot in dots)])
    top = min([WORLD[1], *(dot.y - MARGIN for dot in dots)])
    bottom = max([WORLD[3], *(dot.y + MARGIN for dot in dots)])
    return _between_rows((left, top, right, bottom))


def _close_view(dots: Sequence[Dot]) -> View:
    """Return a view of the usual shape around the cities, not nearer than CLOSEST wide."""
    if not dots:
        return WORLD
    xs, ys = [dot.x for dot in dots], [dot.y for dot in dots]
    middle_x, middle_y = (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2
    spread = max(max(xs) - min(xs), (max(ys) - min(ys)) / RATIO)
    width = min(max(spread * 1.5, CLOSEST), 1000)
    height = width * RATIO
    return _between_rows(
        (
            middle_x - width / 2,
            middle_y - height / 2,
            middle_x + width / 2,
            middle_y + height / 2,
        )
    )


def _between_rows(view: View) -> View:
    """Move the upper and lower edge between two rows of dots, so that none is cut in half."""
    top = floor(view[1] / ROW) * ROW + ROW / 2
    bottom = floor(view[3] / ROW) * ROW + ROW / 2
    return view[0], top, view[2], bottom
