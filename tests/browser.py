"""Which browser the journeys drive, found before the tests run.

`python -m tests.browser` says which one it is, or how to get one, and fails.
"""

import os
import shutil
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Nothing but the tests' own requests: no look-ups, no updates.
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PLACES = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)


class NoBrowser(Exception):
    """There is no Chromium here; the text says how to get one."""


def chromium() -> str:
    """Return the path of Chromium: the one that CHROMIUM names, the system's, or Playwright's.

    Raises NoBrowser.
    """
    named = os.environ.get("CHROMIUM", "")
    if named:
        found = shutil.which(named)
        if found is None:
            raise NoBrowser(f"CHROMIUM names {named}, and there is no such program.")
        return found
    for name in (*NAMES, *PLACES):
        found = shutil.which(name)
        if found is not None:
            return found
    return playwrights_own()


def playwrights_own() -> str:
    """Return the path of the Chromium that Playwright installed. Raises NoBrowser."""
    from playwright.sync_api import sync_playwright  # half a second, and seldom needed

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    if not Path(path).exists():
        raise NoBrowser(
            "The tests need Chromium: install it from your system (for example"
            " `apt-get install chromium`), or with `.venv/bin/python -m playwright install"
            " chromium`, or name it: `make test CHROMIUM=/path/to/chrome`."
        )
    return path


if __name__ == "__main__":
    try:
        sys.stdout.write(f"The journeys run in {chromium()}.\n")
    except NoBrowser as missing:
        sys.exit(str(missing))
