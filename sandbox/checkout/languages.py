"""The words of the Checkout page in three languages.

The sandbox is a program of its own without the site's catalogues, so its few sentences stand beside
this file, one file for each language.
"""

from __future__ import annotations

import json
from pathlib import Path

FOLDER = Path(__file__).with_name("words")
WORDS: dict[str, dict[str, str]] = {
    path.stem: json.loads(path.read_text(encoding="utf-8"))
    for path in sorted(FOLDER.glob("*.json"))
}


def language_for(locale: str | None, accepted: str) -> str:
    """Return the session's `locale`, else what the browser prefers, else English."""
    wanted = [locale or "auto", *(part.partition(";")[0] for part in accepted.split(","))]
    for name in wanted:
        short = name.strip().lower()[:2]
        if short in WORDS:
            return short
    return "en"


def refusal_in(language: str, *, code: str | None, decline_code: str | None, otherwise: str) -> str:
    """Return why a payment was refused, in the page's language."""
    words = WORDS[language]
    for name in (decline_code, code):
        if name and f"e_{name}" in words:
            return words[f"e_{name}"]
    return otherwise if language == "en" else words["e_other"]
