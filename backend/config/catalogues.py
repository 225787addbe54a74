"""Compiles the translations: each `django.po` that is newer than its `django.mo`.

It needs no GNU gettext, so that the demo starts on a machine without it.
"""

import sys
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]


def stale_catalogues(root: Path) -> list[Path]:
    """Return the sources under `root` that are newer than what was compiled from them."""
    sources = sorted(root.glob("*/locale/*/LC_MESSAGES/*.po"))
    return [source for source in sources if is_stale(source)]


def is_stale(source: Path) -> bool:
    """Tell whether `source` was never compiled, or changed since."""
    compiled = source.with_suffix(".mo")
    return not compiled.exists() or compiled.stat().st_mtime_ns < source.stat().st_mtime_ns


def compile_catalogues(root: Path) -> list[Path]:
    """Compile what is stale under `root`, and return the sources of it.

    A sentence marked fuzzy is left out: a guess is not a translation.
    """
    compiled = stale_catalogues(root)
    for source in compiled:
        with source.open("rb") as lines:
            catalogue = read_po(lines)
        # Beside it first: a server that starts meanwhile never reads half a file.
        new = source.with_suffix(".mo.new")
        with new.open("wb") as target:
            write_mo(target, catalogue)
        new.replace(source.with_suffix(".mo"))
    return compiled


if __name__ == "__main__":
    for source in compile_catalogues(ROOT):
        sys.stdout.write(f"Compiled {source.relative_to(ROOT)}\n")
