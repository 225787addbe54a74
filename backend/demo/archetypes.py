"""The kinds of sample projects, as they stand in texts/: one file a theme, read as they are.

An archetype holds all that its projects have in common, complete in three languages, with slots
for the two cities and one quantity. It is used at most once for a city.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from backend.common.translated import LANGUAGES

TEXTS = Path(__file__).parent / "texts"


@dataclass(frozen=True, slots=True)
class Words:
    """What an archetype says in one language. `titles`, `summaries` and `why` are variants."""

    titles: tuple[str, ...]
    summaries: tuple[str, ...]
    why: tuple[str, ...]
    how: str
    after: str
    budget: tuple[str, ...]
    milestones: tuple[str, ...]
    gives: tuple[str, ...]
    receives: tuple[str, ...]
    buys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Archetype:
    """A kind of project: what it says, and how its goal is parted.

    `shares` (of the budget lines) and `steps` (of the milestones) are hundredths of the goal;
    `step_days` count from the opening if negative, else from the closing; `amounts` are whole
    units of the project's currency.
    """

    key: str
    theme: str
    art: str
    kinds: tuple[str, ...]
    shares: tuple[int, ...]
    required: tuple[bool, ...]
    steps: tuple[int, ...]
    step_days: tuple[int, ...]
    amounts: tuple[int, ...]
    words: dict[str, Words]


@cache
def archetypes() -> dict[str, Archetype]:
    """Return all archetypes by their key."""
    found: dict[str, Archetype] = {}
    for path in sorted(TEXTS.glob("*.toml")):
        for key, table in tomllib.loads(path.read_text()).items():
            found[key] = _archetype(key, path.stem, table)
    return found


def _archetype(key: str, theme: str, table: dict[str, Any]) -> Archetype:
    words = {language: Words(**_frozen(table.pop(language))) for language in LANGUAGES}
    return Archetype(key=key, theme=theme, words=words, **_frozen(table))


def _frozen(table: dict[str, Any]) -> dict[str, Any]:
    return {
        name: tuple(value) if isinstance(value, list) else value for name, value in table.items()
    }
