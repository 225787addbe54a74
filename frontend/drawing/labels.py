"""Finds a place for every city's name on a map, first come first served, without overlaps."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

LETTER_WIDTH = 0.56
GAP = 0.75
DOT = 0.45

Box = tuple[float, float, float, float]
Named = tuple[str, float, float]


@dataclass(frozen=True, slots=True)
class Label:
    """A name with the point and side (SVG's text-anchor) where it stands."""

    text: str
    x: float
    y: float
    anchor: str


def place_labels(named: Sequence[Named], *, size: float, view: Box) -> tuple[Label, ...]:
    """Place each (name, x, y) right, left, below or above its dot, or leave it out.

    `size` is the height of letters and `view` the visible part, both in the map's units.
    """
    radius = size * DOT
    dots = [(x - radius, y - radius, x + radius, y + radius) for _, x, y in named]
    taken: list[Box] = []
    placed: list[Label] = []
    for number, (text, x, y) in enumerate(named):
        others = dots[:number] + dots[number + 1 :]
        for label in _choices(text, x, y, size):
            box = _box(label, size)
            if _within(box, view) and not any(_meet(box, other) for other in (*taken, *others)):
                taken.append(box)
                placed.append(label)
                break
    return tuple(placed)


def _choices(text: str, x: float, y: float, size: float) -> Iterable[Label]:
    middle = round(y + size * 0.35, 1)
    yield Label(text, round(x + GAP * size, 1), middle, "start")
    yield Label(text, round(x - GAP * size, 1), middle, "end")
    yield Label(text, x, round(y + GAP * size + size * 0.8, 1), "middle")
    yield Label(text, x, round(y - GAP * size, 1), "middle")


def _box(label: Label, size: float) -> Box:
    width = len(label.text) * size * LETTER_WIDTH
    left = label.x - {"start": 0.0, "middle": width / 2, "end": width}[label.anchor]
    return left, label.y - size, left + width, label.y + size * 0.25


def _within(box: Box, view: Box) -> bool:
    return box[0] >= view[0] and box[1] >= view[1] and box[2] <= view[2] and box[3] <= view[3]


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
