"""A language in which every sentence that is translated wears marks: ⟦Votre don⟧.

What a reader sees without marks was never given to gettext, or has no translation. The rows of
such a test are written in Greek, so that what is left of Latin letters is a sentence of ours.
"""

import functools
import re
import sys
from html.parser import HTMLParser

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from django.utils.translation import trans_real

from backend.config.catalogues import ROOT, compile_catalogues
from backend.money.currencies import CURRENCIES

OPEN, CLOSE = "⟦", "⟧"
# Names, which are the same in every language, and the formats that people know by their letters.
NAMES = frozenset(CURRENCIES) | {
    "Facebook",
    "WhatsApp",
    *("Twinfund", "Stripe", "Sister", "Cities", "English", "Français", "Español", "EN", "FR", "ES"),
    *("GeoNames", "Wikidata", "Wikipedia", "Natural", "Earth", "Radio", "Canada", "Lucide"),
    *("CC", "BY", "SA", "SIL", "ISC", "Open", "Font", "License"),
    *("CSV", "JSON", "PDF", "QR", "UTC", "GMT", "CET", "CEST", "km"),
}
SPOKEN = ("alt", "title", "aria-label", "placeholder", "label", "aria-description")
SPOKEN_META = ("description", "og:title", "og:description", "og:image:alt", "og:site_name")
SILENT = frozenset(("script", "style", "code", "pre", "time", "data"))
VOID = frozenset({"meta", "link", "input", "img", "br", "hr", "source", "path", "use", "wbr"})
MARKED = re.compile(f"{OPEN}[^{OPEN}{CLOSE}]*{CLOSE}")
ADDRESS = re.compile(r"\S+@\S+|https?://\S+|\b[\w-]+(?:/[\w.-]+)+|\b[0-9a-f]{8,32}\b")
WORD = re.compile(r"[^\W\d_]{2,}")
LATIN = re.compile(r"[A-Za-zÀ-ɏ]")


def write_marked_catalogues(folder, languages):
    """Write each language's catalogue, with what Django and allauth bring, all words marked."""
    compile_catalogues(ROOT)
    forget_words()
    for language in languages:
        catalogue = Catalog(locale=language, fuzzy=False)
        for table in trans_real.translation(language)._catalog._catalogs:
            for key, words in table.items():
                _add_marked(catalogue, key, words)
        target = folder / language / "LC_MESSAGES" / "django.mo"
        target.parent.mkdir(parents=True)
        with target.open("wb") as compiled:
            write_mo(compiled, catalogue)


def _add_marked(catalogue, key, words):
    name, form = key if isinstance(key, tuple) else (key, None)
    if not name or not words:
        return
    context, _, message = name.rpartition("\x04")
    marked = f"{OPEN}{words}{CLOSE}"
    if form is None:
        catalogue.add(message, marked, context=context or None)
        return
    before = catalogue.get(message, context or None)
    forms = before.string if before and isinstance(before.string, tuple) else (marked, marked)
    forms = (marked, forms[1]) if form == 0 else (forms[0], marked)
    catalogue.add((message, message), context=context or None)
    catalogue.get(message, context or None).string = forms


def forget_words():
    """Forget drawn parts and pages, which were kept with the words of their time."""
    for name, module in list(sys.modules.items()):
        if name.startswith(("frontend", "backend")):
            for kept in vars(module).values():
                if isinstance(kept, functools._lru_cache_wrapper):
                    kept.cache_clear()
    trans_real._translations = {}
    trans_real._active.value = None
    from django.core.cache import caches

    caches["pages"].clear()


class Spoken(HTMLParser):
    """Gathers what a page says: its text, and the attributes that are read out."""

    def __init__(self):
        super().__init__()
        self.said = []
        self.read_out = []
        self.language = ""
        self._inside = []

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if tag == "html":
            self.language = attributes.get("lang", "")
        foreign = attributes.get("lang", self.language) != self.language
        silent = bool(self._inside and self._inside[-1][1])
        if tag not in VOID:
            self._inside.append((tag, silent or foreign or tag in SILENT))
        if foreign or silent:
            return
        self.read_out += [attributes[name] for name in SPOKEN if attributes.get(name)]
        if tag == "meta" and (attributes.get("name") or attributes.get("property")) in SPOKEN_META:
            self.read_out.append(attributes.get("content", ""))
        if tag == "input" and attributes.get("type") in {"submit", "button"}:
            self.read_out.append(attributes.get("value", ""))

    def handle_endtag(self, tag):
        while self._inside and tag not in VOID:
            if self._inside.pop()[0] == tag:
                return

    def handle_data(self, data):
        if not data.strip() or (self._inside and self._inside[-1][1]):
            return
        # A title names a tab; it cannot say in which language a part of it is.
        in_title = self._inside and self._inside[-1][0] == "title"
        (self.read_out if in_title else self.said).append(data)


def unmarked(text, language):
    """Return the lines of `text` that have words neither marked nor names, dates, units, Greek."""
    while MARKED.search(text):
        text = MARKED.sub(" ", text)
    known = NAMES | _calendar(language)
    return [line.strip()[:120] for line in text.splitlines() if _foreign(line, known)]


def _foreign(line, known):
    words = WORD.findall(ADDRESS.sub(" ", line))
    return [word for word in words if LATIN.match(word) and word not in known]


def said_plainly(html):
    """Return the text of a page outside marks and outside parts of another language."""
    page = Spoken()
    page.feed(html)
    text = "\n".join(page.said)
    while MARKED.search(text):
        text = MARKED.sub(" ", text)
    return text


def words_of(html):
    """Return all that a page says, line by line: its text and what is read out."""
    page = Spoken()
    page.feed(html)
    return "\n".join([*page.said, *page.read_out])


def unmarked_on_page(html, language):
    """Return what a page says without marks."""
    page = Spoken()
    page.feed(html)
    assert page.language == language
    # A marked sentence can have a link or a day within: its text is looked at as a whole.
    return unmarked("\n".join(page.said), language) + unmarked("\n".join(page.read_out), language)


@functools.cache
def _calendar(language):
    """Return the words that dates and country names are made of."""
    locale = Locale(language)
    months = [
        *locale.months["format"]["wide"].values(),
        *locale.months["format"]["abbreviated"].values(),
        *locale.months["stand-alone"]["wide"].values(),
    ]
    places = [locale.territories[code] for code in ("BE", "GM", "FR", "BJ")]
    spoken = [locale.languages[code] for code in ("el", "fr", "es", "en")]
    return frozenset(WORD.findall(" ".join([*months, *places, *spoken]))) | {"de", "du", "la"}
