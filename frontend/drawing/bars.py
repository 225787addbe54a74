"""Funding bars as geometry, because the security policy allows no style attributes.

A bar is 100 wide and 10 high. Segments stand in a fixed order with small gaps; the tick marks
where the project goes ahead.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.safestring import SafeString, mark_safe

KINDS = ("citizens", "companies", "funds", "promised")
GAP = 0.5
NARROWEST = 0.8
HATCH_STEP = 1.6


@dataclass(frozen=True, slots=True)
class Segment:
    """One part: a `kind` of money, "hatch" (the lines over promised money) or "tick"."""

    kind: str
    path: str


@dataclass(frozen=True, slots=True)
class FundingBar:
    """A drawn bar: its parts, and `drawing`, the same as SVG paths for the templates.

    Lists show dozens of bars, and a ready text costs a template far less than a loop.
    """

    segments: tuple[Segment, ...]
    drawing: SafeString


def funding_bar(
    *, minor_by_kind: Mapping[str, int], goal_minor: int, minimum_minor: int = 0
) -> FundingBar:
    """Draw amounts in minor units of one currency, by kind (see KINDS), against the goal.

    Beyond the goal the bar is full and the parts share it.
    """
    total = sum(minor_by_kind.get(kind, 0) for kind in KINDS)
    scale = 100 / max(goal_minor, total, 1)
    segments: list[Segment] = []
    start = 0.0
    for kind in KINDS:
        width = minor_by_kind.get(kind, 0) * scale
        if width <= 0:
            continue
        reaches_end = start + width > 100 - GAP
        segments += _segment(kind, start, max(width if reaches_end else width - GAP, NARROWEST))
        start += width
    if minimum_minor > 0:
        segments.append(Segment("tick", _tick(minimum_minor * scale)))
    return FundingBar(tuple(segments), _drawing(segments))


def percent_funded(*, raised_minor: int, goal_minor: int) -> int:
    """Return the whole per cent reached, rounded down: 99.9 % is not yet 100."""
    return raised_minor * 100 // goal_minor if goal_minor else 0


def _segment(kind: str, start: float, width: float) -> list[Segment]:
    start = min(start, 100 - width)
    box = Segment(kind, f"M{start:.4g} 0h{width:.4g}v10h-{width:.4g}z")
    return [box, Segment("hatch", _hatch(start, width))] if kind == "promised" else [box]


def _hatch(start: float, width: float) -> str:
    lines = int((width - HATCH_STEP) / HATCH_STEP) + 1
    return "".join(
        f"M{start + line * HATCH_STEP:.4g} 10l{HATCH_STEP:.4g} -10" for line in range(max(lines, 1))
    )


def _tick(at: float) -> str:
    return f"M{min(at, 99.3):.4g} 0h.7v10h-.7z"


def _drawing(segments: Iterable[Segment]) -> SafeString:
    paths = (f'<path class="bar__{part.kind}" d="{part.path}"/>' for part in segments)
    return mark_safe("".join(paths))  # noqa: S308 (our own words and numbers)
