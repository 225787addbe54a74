"""Which public pages there are, in parts of some thousands, for the sitemap.

Parts are cut by key, so that the last costs as much as the first, and the cut points are kept.
"""

from dataclasses import dataclass
from uuid import UUID

from django.core.cache import caches
from django.db.models import F, QuerySet, Window
from django.db.models.functions import Mod, RowNumber

from backend.cities.models import City, Twinning
from backend.projects.models import Project

PART_SIZE = 2000
KEPT_SECONDS = 3600
# The kind of page by the name of its part.
KINDS = {"projects": "project", "cities": "city", "twinnings": "twinning"}


class NoSuchPart(LookupError):
    """The sitemap has no part of that name."""


@dataclass(frozen=True, slots=True)
class _Cut:
    """Where a part begins: at rows after this id, or at the first row."""

    kind: str
    after: str

    @property
    def name(self) -> str:
        return f"{self.kind}-{self.after}" if self.after else self.kind


def parts() -> list[str]:
    """Return the names of all parts."""
    pages = caches["pages"]
    known: list[str] | None = pages.get("reports.sitemap-parts")
    if known is None:
        known = [cut.name for kind in KINDS for cut in _cuts(kind)]
        pages.set("reports.sitemap-parts", known, KEPT_SECONDS)
    return known


def slugs_of_part(name: str) -> tuple[str, list[str]]:
    """Return the kind of the part (a key of KINDS) and the slugs in it. Raises NoSuchPart."""
    kind, _, after = name.partition("-")
    if kind not in KINDS:
        raise NoSuchPart(name)
    rows = _rows(kind)
    if after:
        rows = rows.filter(pk__gt=_key(kind, after))
    return kind, list(rows.values_list("slug", flat=True)[:PART_SIZE])


def _cuts(kind: str) -> list[_Cut]:
    numbered = (
        _rows(kind)
        .annotate(place=Window(RowNumber(), order_by="id"))
        .annotate(rest=Mod(F("place"), PART_SIZE))
        .filter(rest=0)
    )
    ends = list(numbered.values_list("id", flat=True))
    return [_Cut(kind, ""), *(_Cut(kind, str(end)) for end in ends)]


def _rows(kind: str) -> "QuerySet[Project] | QuerySet[City] | QuerySet[Twinning]":
    match kind:
        case "projects":
            return Project.objects.public().order_by("id")
        case "cities":
            return City.objects.order_by("id")
    return Twinning.objects.order_by("id")


def _key(kind: str, after: str) -> UUID | int:
    try:
        return UUID(after) if kind == "projects" else _whole(after)
    except ValueError:
        raise NoSuchPart(after) from None


def _whole(text: str) -> int:
    if len(text) > 18 or not (text.isascii() and text.isdigit()):
        raise ValueError(text)
    return int(text)
