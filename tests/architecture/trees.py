"""A copy of the tree in which a test may break things. The tree itself is never touched."""

import shutil
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
PARTS = ("backend", "frontend", "sandbox")
LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.gz", "*.mo", "static", "fonts", "texts")


def copied_sources(folder):
    """Copy what import-linter reads, and return where it is."""
    for part in PARTS:
        shutil.copytree(ROOT / part, folder / part, ignore=LEFT_OUT)
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


@contextmanager
def changed(path, text):
    """Let the file hold `text` for a moment; a file that was not there goes away again."""
    before = path.read_text() if path.exists() else None
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    try:
        yield
    finally:
        path.unlink() if before is None else path.write_text(before)
