"""Draws static/land.svg, the dotted land under every map. Run once; the result is committed.

    python -m frontend.drawing.land land-110m.json

The file comes from the npm package world-atlas (Natural Earth's land, no borders). Each row of
dots is one run of a dashed line with round ends and dashes of no length: the whole world in 3 KB.
"""

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from frontend.drawing.projection import project

STEP = 7
NEAR = 2.5
WIDTH, HEIGHT = 1000, 470
SOUTHERNMOST = -58.0
RESULT = Path(__file__).resolve().parent.parent / "static" / "land.svg"

Point = tuple[float, float]
Ring = list[Point]


def rings(topology: dict[str, Any]) -> Iterator[Ring]:
    """Yield every coast line of a TopoJSON land file as longitudes and latitudes."""
    scale, shift = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = [_decoded(arc, scale, shift) for arc in topology["arcs"]]
    for geometry in topology["objects"]["land"]["geometries"]:
        for polygon in geometry["arcs"]:
            for ring in polygon:
                yield [point for number in ring for point in _arc(arcs, number)]


def _decoded(arc: Iterable[list[int]], scale: list[float], shift: list[float]) -> Ring:
    x = y = 0
    points = []
    for step_x, step_y in arc:
        x, y = x + step_x, y + step_y
        points.append((x * scale[0] + shift[0], y * scale[1] + shift[1]))
    return points


def _arc(arcs: list[Ring], number: int) -> Ring:
    """A negative number means the arc of the one's complement, backwards."""
    return arcs[number] if number >= 0 else arcs[~number][::-1]


def round_the_back(ring: Ring) -> Ring:
    """Lead a coast that leaves the map at one edge over the pole to the other edge.

    A straight jump would be read as a coast across the whole map.
    """
    whole: Ring = []
    for here, following in zip(ring, ring[1:] + ring[:1], strict=True):
        whole.append(here)
        if abs(following[0] - here[0]) > 180:
            edge, latitude = (180.0 if here[0] > 0 else -180.0), here[1]
            whole += [(edge, latitude), (edge, 90.0), (-edge, 90.0), (-edge, latitude)]
    return whole


def crossings(coasts: list[Ring], y: float) -> list[float]:
    """Return, in order, every x where a projected coast crosses the line at `y`."""
    found = []
    for ring in coasts:
        for (x1, y1), (x2, y2) in zip(ring, ring[1:] + ring[:1], strict=True):
            if (y1 > y) != (y2 > y):
                found.append(x1 + (y - y1) * (x2 - x1) / (y2 - y1))
    return sorted(found)


def dot_runs(coasts: list[Ring], y: int) -> Iterator[tuple[int, int]]:
    """Yield the first and last dot of every run on land in the row at `y`; odd rows are offset."""
    rows = {height: crossings(coasts, height) for height in (y - NEAR, y, y + NEAR)}
    offset = STEP // 2 if (y // STEP) % 2 else 0
    dots = [x for x in range(offset, WIDTH, STEP) if _is_on_land(rows, x, y)]
    starts = [x for x in dots if x - STEP not in dots]
    ends = [x for x in dots if x + STEP not in dots]
    yield from zip(starts, ends, strict=True)


def _is_on_land(rows: dict[float, list[float]], x: int, y: int) -> bool:
    """A dot needs land at its middle or at two points near it, so that narrow islands show."""
    if _inside(rows[y], x):
        return True
    around = ((x - NEAR, y), (x + NEAR, y), (x, y - NEAR), (x, y + NEAR))
    return sum(_inside(rows[height], place) for place, height in around) >= 2


def _inside(edges: list[float], x: float) -> bool:
    return sum(edge < x for edge in edges) % 2 == 1


def draw_land(topology: dict[str, Any]) -> str:
    """Return the SVG; its group `l` is meant for <use>."""
    coasts = [
        [project(latitude, longitude) for longitude, latitude in round_the_back(ring)]
        for ring in rings(topology)
        if max(latitude for _, latitude in ring) > SOUTHERNMOST
    ]
    path = "".join(
        f"M{first} {y}h{last - first or ''}{'' if last - first else '.1'}"
        for y in range(0, HEIGHT, STEP)
        for first, last in dot_runs(coasts, y)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">'
        '<path id="l" fill="none" stroke="currentColor" stroke-width="4.2" stroke-linecap="round" '
        f'stroke-dasharray="0 {STEP}" d="{path}"/></svg>\n'
    )


if __name__ == "__main__":
    RESULT.write_text(draw_land(json.loads(Path(sys.argv[1]).read_text())))
