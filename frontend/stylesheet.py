"""Joins the components' stylesheets into static/css/site.css, the one file that pages load.

Run `python -m frontend.stylesheet` after a change; the result is committed and a test compares.
"""

import re
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "static" / "css"
RESULT = FOLDER / "site.css"
FIRST = ("tokens.css", "fonts.css", "reset.css", "type.css")


def sources() -> list[Path]:
    """Return the files to join: the basis first, then the components by name."""
    basis = [FOLDER / name for name in FIRST]
    others = {path for path in FOLDER.glob("*.css") if path != RESULT} - set(basis)
    return [*basis, *sorted(others)]


def minified(css: str) -> str:
    """Return `css` without comments and needless spaces; strings must not hold brackets."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    css = re.sub(r"\s+", " ", css)
    css = re.sub(r"\s*([{};,>])\s*", r"\1", css)
    css = re.sub(r":\s+", ":", css)
    return css.replace(";}", "}").strip()


def joined() -> str:
    """Return the whole stylesheet."""
    return "".join(minified(path.read_text()) for path in sources()) + "\n"


if __name__ == "__main__":
    RESULT.write_text(joined())
