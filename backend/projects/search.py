"""How a project is found by words: everything is folded to plain small letters first."""

import re
from collections.abc import Iterable

from backend.cities.queries import country_name, fold
from backend.projects.models import Project

MAXIMUM_WORDS = 8
# Words of all scripts: a folded text holds letters, digits and single spaces.
_WORD = re.compile(r"\w+")


def words_of(text: str) -> list[str]:
    """Return the words that are searched for, at most MAXIMUM_WORDS.

    A “&” is folded to “and” in what is found; whoever types one between two words seeks the two.
    """
    return _WORD.findall(fold(text.replace("&", " ")))[:MAXIMUM_WORDS]


def search_text_of(project: Project, languages: Iterable[str]) -> str:
    """Return the words by which a project is found, in all languages."""
    cities = (project.home_city, project.twin_city)
    parts = [
        *project.title.values(),
        *project.summary.values(),
        *(city.name for city in cities),
        *(city.search_text for city in cities),
        *(country_name(city.country, language) for city in cities for language in languages),
        project.committee.name,
    ]
    return " ".join(words_of_all(parts))


def words_of_all(parts: Iterable[str]) -> list[str]:
    """Return each folded word of the parts once, in the order of their first coming."""
    return list(dict.fromkeys(word for part in parts for word in _WORD.findall(fold(part))))
