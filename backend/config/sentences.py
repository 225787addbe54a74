"""Collects the sentences to translate into the catalogues, `*/locale/*/LC_MESSAGES/django.po`.

Its one rule: a catalogue holds what the code says now, in the order of the code. A sentence that
is new stands there without a translation; one that is gone is gone; nothing is guessed. It needs
no GNU gettext, so that `make messages` and the tests run on a machine without it.
"""

import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("backend", "frontend")
PLURAL_FORMS = {
    "fr": "nplurals=2; plural=(n > 1);",
    "es": "nplurals=2; plural=(n != 1);",
}
LANGUAGES = tuple(PLURAL_FORMS)
HEADER = """\
# Twinfund in %(name)s.
# `make messages` collects the sentences; docs/words.md says which words we use.
msgid ""
msgstr ""
"Language: %(language)s\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: %(plural)s\\n"
"""
# What babel's reader of Python listens to; the numbers are the places of context, one and many.
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop")),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
}


class Sentence(NamedTuple):
    """A sentence of the code: its context, its one form or two, and the file that says it."""

    context: str | None
    forms: str | tuple[str, ...]
    file: str


def sentences_of(part: Path) -> list[Sentence]:
    """Return the sentences that the Python code and the templates under `part` say."""
    return [sentence for file in _files(part) for sentence in _sentences_in(file, part)]


def catalogue_of(part: Path, language: str) -> Path:
    """Return where the translations of `part` into `language` stand."""
    return part / "locale" / language / "LC_MESSAGES" / "django.po"


def read_catalogue(source: Path, language: str) -> Catalog:
    """Return what is translated so far; a catalogue that is not there yet is empty."""
    if not source.exists():
        return Catalog(locale=language)
    with source.open("rb") as lines:
        return read_po(lines, locale=language)


def collected(part: Path, language: str) -> Catalog:
    """Return the catalogue of `part` as it should be: today's sentences, known translations."""
    known = read_catalogue(catalogue_of(part, language), language)
    catalogue = Catalog(locale=language, fuzzy=False)
    for sentence in sentences_of(part):
        one = sentence.forms if isinstance(sentence.forms, str) else sentence.forms[0]
        before = known.get(one, sentence.context)
        usable = before if before and _still_fits(before, sentence) else None
        catalogue.add(
            sentence.forms,
            usable.string if usable else None,
            locations=[(sentence.file, 1)],
            context=sentence.context,
            user_comments=usable.user_comments if usable else (),
        )
    return catalogue


def _still_fits(before: Message, sentence: Sentence) -> bool:
    """Tell whether a translation is one of a sentence with as many forms, and not a guess."""
    return not before.fuzzy and isinstance(before.id, str) == isinstance(sentence.forms, str)


def collect(root: Path) -> Iterator[tuple[Path, int]]:
    """Bring every catalogue under `root` up to date; tell how many sentences each still lacks."""
    for part in (root / name for name in PARTS):
        for language in LANGUAGES:
            catalogue = collected(part, language)
            target = catalogue_of(part, language)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(written(catalogue, language))
            yield target, sum(1 for message in catalogue if message.id and not is_whole(message))


def is_whole(message: Message) -> bool:
    """Tell whether each form of a message has a translation."""
    string = message.string or ""
    return all([string] if isinstance(string, str) else string)


def written(catalogue: Catalog, language: str) -> bytes:
    """Return the catalogue as the lines of a file, under a head that never changes."""
    page = BytesIO()
    write_po(page, catalogue, width=100, include_lineno=False, omit_header=True)
    plural, name = PLURAL_FORMS[language], Locale(language).get_language_name("en")
    head = HEADER % {"name": name, "language": language, "plural": plural}
    return f"{head}\n".encode() + page.getvalue()


def _files(part: Path) -> Iterator[Path]:
    for file in sorted(part.rglob("*")):
        is_template = file.suffix in {".html", ".txt"} and "templates" in file.parts
        if (file.suffix == ".py" and "migrations" not in file.parts) or is_template:
            yield file


def _sentences_in(file: Path, part: Path) -> Iterator[Sentence]:
    source = file.read_text(encoding="utf-8")
    if file.suffix != ".py":
        # Django turns a template into calls of gettext among X's; only the indents disturb.
        calls = templatize(source, origin=str(file))
        source = "\n".join(line.lstrip() for line in calls.splitlines())
    name = file.relative_to(part).as_posix()
    for _line, forms, _comments, context in extract("python", BytesIO(source.encode()), KEYWORDS):
        yield Sentence(context, forms, name)


if __name__ == "__main__":
    for target, lacking in collect(ROOT):
        sys.stdout.write(f"{target.relative_to(ROOT)}: {lacking or 'nothing'} to translate\n")
