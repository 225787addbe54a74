"""Removes what the demo and the tests made: `make clean`. Sources and packages stay.

It runs on a bare Python, because the packages may be what is broken.
"""

import shutil
import sys
from pathlib import Path

from backend.config.locks import DemoRunning, only_demo_of
from backend.config.server_account import account_for, home_for

ROOT = Path(__file__).resolve().parents[2]
CACHES = (".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis", ".import_linter_cache")


def clean(root: Path) -> list[Path]:
    """Remove the demo's files and all caches under `root`; return what was removed."""
    database = root / "var" / "postgres"
    # Root's database may lie elsewhere.
    home = home_for(database, account_for(database / "cluster"))
    found = [home, root / "var", *(root / cache for cache in CACHES)]
    found += [
        path
        for top in ("backend", "frontend", "sandbox", "tests")
        for pattern in ("__pycache__", "*.mo")
        for path in (root / top).rglob(pattern)
    ]
    removed = [path for path in found if path.exists()]
    for path in removed:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink()
    return removed


def main() -> None:
    """Clean this checkout, unless its demo runs."""
    try:
        with only_demo_of(ROOT / "var"):
            clean(ROOT)
    except DemoRunning:
        sys.exit("The demo runs: end it first.")


if __name__ == "__main__":
    main()
