"""Our own drawings for projects without a photo: two for each theme, and a bridge for the rest.

Each is one SVG of 800 x 440 in static/art, shown as a cover and cropped a little on a card.
"""

from dataclasses import dataclass

from django.templatetags.static import static
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

ART_BY_THEME: dict[str, tuple[str, ...]] = {
    "water": ("well", "rain-tank"),
    "health": ("clinic", "ambulance"),
    "energy": ("solar", "wind"),
    "climate": ("mangroves", "city-trees"),
    "school": ("school", "library"),
    "culture": ("drums", "stage"),
    "trade": ("market", "bicycle"),
    "farming": ("field", "beehives"),
}
GENERAL = "bridge"

DESCRIPTIONS: dict[str, str | Promise] = {
    "well": _("Drawing: a hand pump and a jar at a village well"),
    "rain-tank": _("Drawing: rain runs from a school roof into a tank"),
    "clinic": _("Drawing: a small clinic with a cross above its door"),
    "ambulance": _("Drawing: an ambulance on a road between hills"),
    "solar": _("Drawing: solar panels under a large sun"),
    "wind": _("Drawing: three wind turbines on green hills"),
    "mangroves": _("Drawing: mangroves standing in the tide"),
    "city-trees": _("Drawing: young trees in front of town houses"),
    "school": _("Drawing: a school with a flag and an open door"),
    "library": _("Drawing: an open book under a lamp"),
    "drums": _("Drawing: three drums of different sizes"),
    "stage": _("Drawing: an open-air stage with two masks"),
    "market": _("Drawing: market stalls with striped roofs"),
    "bicycle": _("Drawing: a bicycle with a load carrier"),
    "field": _("Drawing: rows of crops and a rising sun"),
    "beehives": _("Drawing: beehives in a meadow"),
    "bridge": _("Drawing: a bridge between two towns"),
}


@dataclass(frozen=True, slots=True)
class Picture:
    """Where a drawing is served, and what it shows in the reader's language."""

    address: str
    description: str


def picture(name: str, theme: str = "") -> Picture:
    """Return the drawing `name`; an unknown name becomes the theme's first, or the bridge."""
    if name not in DESCRIPTIONS:
        name = ART_BY_THEME.get(theme, (GENERAL,))[0]
    return Picture(static(f"art/{name}.svg"), str(DESCRIPTIONS[name]))
