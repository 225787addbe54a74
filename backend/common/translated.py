"""Texts that people write in several languages.

A translated text is a JSON object such as {"en": "A well", "fr": "Un puits"}. Languages may be
missing; a reader then gets another one, and is told which.
"""

from collections.abc import Mapping
from dataclasses import dataclass

LANGUAGES = ("en", "fr", "es")


@dataclass(frozen=True, slots=True)
class Localised:
    """A text and the language that it is really in, such as "fr"."""

    text: str
    language: str


def text_in(texts: Mapping[str, str], language: str, fallback: str = "en") -> Localised:
    """Return the text in `language`, else in `fallback`, else in the first language there is."""
    for code in (language, fallback, *LANGUAGES):
        if texts.get(code):
            return Localised(texts[code], code)
    return Localised("", language)
