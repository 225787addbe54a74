"""The picture of a project for other sites: two plates, one arc that is the progress, the figure.

1200 x 630, drawn with our own font. The same figures give the same picture, so it is kept.
"""

from collections.abc import Iterator
from functools import lru_cache
from io import BytesIO
from pathlib import Path

from django.core.cache import caches
from PIL import Image, ImageDraw, ImageFont

from frontend.drawing.bars import percent_funded

SIZE = (1200, 630)
KEPT_SECONDS = 600
FONTS = Path(__file__).resolve().parent / "static" / "fonts"
BOLD = 700
COBALT, VERMILION, INK, WHITE = "#1d46b8", "#c43c17", "#13203b", "#ffffff"
SKY_BY_THEME = {
    "water": "#cfe2f4",
    "health": "#f3d6ce",
    "energy": "#f7dfa8",
    "climate": "#d2e8dc",
    "school": "#e0e4f8",
    "culture": "#ecdcf0",
    "trade": "#f3d6ce",
    "farming": "#dcebc8",
}
COLOURS = 64
EDGE, ARC_LEFT, ARC_RIGHT, ARC_FOOT, ARC_TOP = 60, 150, 1050, 470, 90
LONGEST_PLATE = 500
# Which of our three font files has a letter; see static/css/fonts.css.
VIETNAMESE = frozenset({0x300, 0x301, 0x303, 0x309, 0x323, *range(0x1EA0, 0x1EF2)})
LATIN_EXTRA = frozenset({0x131, 0x152, 0x153, 0x2BB, 0x2BC, 0x2C6, 0x2DA, 0x2DC, 0x20AC, 0x2122})


def card_of(*, home: str, twin: str, raised_minor: int, goal_minor: int, theme: str) -> bytes:
    """Return the card as PNG."""
    percent = percent_funded(raised_minor=raised_minor, goal_minor=goal_minor)
    pages = caches["pages"]
    key = f"card:{theme}:{percent}:{home.encode().hex()}:{twin.encode().hex()}"
    known: bytes | None = pages.get(key)
    if known is not None:
        return known
    drawn = draw_card(home=home, twin=twin, percent=percent, theme=theme)
    pages.set(key, drawn, KEPT_SECONDS)
    return drawn


def draw_card(*, home: str, twin: str, percent: int, theme: str) -> bytes:
    """Draw the card: whoever calls keeps it."""
    image = Image.new("RGB", SIZE, SKY_BY_THEME.get(theme, SKY_BY_THEME["school"]))
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 500, SIZE[0], SIZE[1]), fill="#f4f5f0")
    _draw_arc(image, percent)
    words = f"{percent}%"
    _write(pen, words, ((SIZE[0] - _width(words, 150)) / 2, 250), 150, INK)
    _draw_plate(pen, home, COBALT, at_start=True)
    _draw_plate(pen, twin, VERMILION, at_start=False)
    out = BytesIO()
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()


def _draw_arc(image: Image.Image, percent: int) -> None:
    """Draw the way from home to twin: what is funded is a line, what is not are dots.

    Drawn twice as large and made smaller, so that the curve is smooth.
    """
    steps = 400
    points = [_on_arc(step / steps) for step in range(steps + 1)]
    done = round(steps * min(percent, 100) / 100)
    ahead = points[done + 6 if done else 0 :: 8]
    for dots, radius, colour in (
        (ahead, 7.5, INK),
        (ahead, 5.5, WHITE),
        (points[:done], 8, COBALT),
    ):
        mask = Image.new("L", (SIZE[0] * 2, SIZE[1] * 2))
        pen = ImageDraw.Draw(mask)
        for x, y in dots:
            box = (2 * (x - radius), 2 * (y - radius), 2 * (x + radius), 2 * (y + radius))
            pen.ellipse(box, fill=255)
        image.paste(colour, mask=mask.resize(SIZE))


def _on_arc(part: float) -> tuple[float, float]:
    x = ARC_LEFT + (ARC_RIGHT - ARC_LEFT) * part
    y = ARC_FOOT - (ARC_FOOT - ARC_TOP) * 4 * part * (1 - part)
    return x, y


def _draw_plate(pen: ImageDraw.ImageDraw, name: str, colour: str, *, at_start: bool) -> None:
    text = name.upper()
    size = 54
    while _width(text, size) > LONGEST_PLATE - 60 and size > 22:
        size -= 2
    width, height = _width(text, size) + 60, 104
    left = EDGE if at_start else SIZE[0] - EDGE - width
    top = 470
    pen.rounded_rectangle((left, top, left + width, top + height), 16, fill=colour)
    pen.rounded_rectangle(
        (left + 7, top + 7, left + width - 7, top + height - 7), 11, outline=WHITE, width=4
    )
    _write(pen, text, (left + 30, top + (height - size) / 2 - size * 0.12), size, WHITE)


def _write(
    pen: ImageDraw.ImageDraw, text: str, at: tuple[float, float], size: int, colour: str
) -> None:
    x, y = at
    for name, run in _runs(text):
        font = _font(name, size)
        pen.text((x, y), run, font=font, fill=colour)
        x += font.getlength(run)


def _width(text: str, size: int) -> float:
    return sum(_font(name, size).getlength(run) for name, run in _runs(text))


def _runs(text: str) -> Iterator[tuple[str, str]]:
    """Cut the text where the font file changes."""
    name, run = "", ""
    for letter in text:
        wanted = _file_of(ord(letter))
        if wanted != name and run:
            yield name, run
            run = ""
        name, run = wanted, run + letter
    if run:
        yield name, run


def _file_of(code: int) -> str:
    if code in VIETNAMESE:
        return "vietnamese"
    if code <= 0xFF or code in LATIN_EXTRA or 0x2000 <= code <= 0x206F:
        return "latin"
    return "latin-ext"


@lru_cache(maxsize=60)
def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.truetype(FONTS / f"radio-canada-{name}.woff2", size)
    font.set_variation_by_axes([BOLD])
    return font
