"""City names inside a sentence, with the small words that a language ties to them.

A text writes `{twin:de}` where French says "de Lomé", "d’Accra" or "du Havre", and `{twin:y}`
where Spanish says "y Lyon" or "e Ibagué"; the city knows which.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

NAMES_FILE = Path(__file__).parent / "names.toml"

# French elides before a vowel, but not before the sound of "w" (Ouagadougou) or "y" (Yaoundé).
_VOWEL = re.compile(r"(?!ou[aei])(?:[aeiouàâäéèêëîïôöùûü]|y(?![aeiou]))", re.IGNORECASE)
# In front of most foreign names an h is spoken; before these it is silent.
_SILENT_H = ("Hamilton",)
_SPANISH_I = re.compile(r"(?:[ií]|hi)(?![aeo])", re.IGNORECASE)
_ARTICLES = {"le ": ("du ", "au "), "les ": ("des ", "aux ")}


class UnknownWord(ValueError):
    """The language has no such small word before a city."""


@dataclass(frozen=True, slots=True)
class CityInText:
    """A city as a sentence of one language names it."""

    name: str
    language: str

    def __format__(self, word: str) -> str:
        """Return the name, or the name after the small word. Raises UnknownWord."""
        if not word:
            return self.name
        if self.language == "fr" and word in ("de", "à", "À", "que"):
            return _french(word, self.name)
        if self.language == "es" and word == "y":
            return f"{'e' if _SPANISH_I.match(self.name) else 'y'} {self.name}"
        raise UnknownWord(f"{word!r} in {self.language!r}")


def _french(word: str, name: str) -> str:
    if word in ("à", "À"):
        after = _contracted(name, 1) or f"à {name}"
        return after[0].upper() + after[1:] if word == "À" else after
    if word == "de" and (contracted := _contracted(name, 0)):
        return contracted
    if _VOWEL.match(name) or name.startswith(_SILENT_H):
        return f"{word[:-1]}’{name}"
    return f"{word} {name}"


def _contracted(name: str, index: int) -> str:
    """Return "du Havre" (0) or "au Havre" (1) if the name begins with le or les, else nothing."""
    for article, contracted in _ARTICLES.items():
        if name.lower().startswith(article):
            return contracted[index] + name[len(article) :]
    return ""


@cache
def _names() -> dict[str, dict[str, str]]:
    return tomllib.loads(NAMES_FILE.read_text())


def city_in_text(listed_name: str, language: str) -> CityInText:
    """Return the city as `language` calls it; `listed_name` is that of the list of twin towns."""
    return CityInText(_names().get(listed_name, {}).get(language, listed_name), language)
