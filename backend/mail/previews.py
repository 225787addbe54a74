"""Every kind of letter as its reader would see it, filled with samples that are saved nowhere.

An app gives a sample for each of its kinds in its module `letter_samples`; a test holds them
against the table of kinds, so that a new letter without a sample falls.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.utils import translation

from backend.mail.categories import DECLINABLE, KINDS, Category, category_of
from backend.mail.models import Reader
from backend.mail.operations import written
from backend.mail.queries import stop_address


@dataclass(frozen=True, slots=True)
class Sheet:
    """What queue_mail would be given."""

    subject: str
    template: str
    context: dict[str, object]


@dataclass(frozen=True, slots=True)
class Preview:
    """A letter in one language."""

    kind: str
    category: Category
    language: str
    subject: str
    text: str
    html: str


class NoSample(LookupError):
    """Nobody gave a sample for this kind of letter."""


_samples: dict[str, Callable[[], Sheet]] = {}


def sample(kind: str, make: Callable[[], Sheet]) -> None:
    """Keep how a sample of a kind is made, in the language that is active then."""
    _samples[kind] = make


def preview(kind: str, language: str) -> Preview:
    """Return the sample of a kind in a language. Raises UnknownKind or NoSample."""
    category = category_of(kind)
    if kind not in _samples:
        raise NoSample(kind)
    with translation.override(language):
        sheet = _samples[kind]()
        stop = stop_address(Reader(), category, language) if category in DECLINABLE else ""
        text, html = written(
            template=sheet.template,
            subject=sheet.subject,
            language=language,
            context={**sheet.context, "category": category.value, "stop_address": stop},
        )
    return Preview(kind, category, language, sheet.subject, text, html)


def previews_of(kind: str) -> list[Preview]:
    """Return the sample of a kind in every language of the site."""
    return [preview(kind, language) for language, _name in settings.LANGUAGES]


def all_previews(language: str) -> list[Preview]:
    """Return a sample of every kind, in one language and in the order of the table of kinds."""
    return [preview(kind, language) for kind in KINDS]
