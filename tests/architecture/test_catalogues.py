"""The catalogues hold every sentence, in French and in Spanish, and nothing else.

The sentences are collected anew from code and templates, without GNU gettext.
Planted and seen to fall: a sentence taken out of gettext, in a template and in a refusal; a
translation emptied; one left in English; the heading of a column that no page shows; a gap
renamed; “Ta santé !” with a plain space.
"""

import json
import re
from pathlib import Path

import allauth
import pytest
from babel.messages.pofile import read_po

from backend.accounts.borrowed_words import BORROWED
from backend.config.sentences import LANGUAGES, PARTS, ROOT, catalogue_of, collected, sentences_of
from tests.languages.marked import unmarked, words_of

# The same word in both languages, or a name; each is there because somebody looked at it.
SAME = {
    "fr": {
        *(
            "Administration",
            "Budget",
            "Code",
            "Culture",
            "Flexible",
            "Menu",
            "Minimum",
            "Total",
            "Distance",
            "latitude",
            "longitude",
        ),
        *("N", "S", "E"),
    },
    "es": {"Flexible", "Total", "Error:", "Error: ", "N", "S", "E"},
}
SAME_ON_CHECKOUT = {"fr": {"total"}, "es": set()}
ENGLISH = re.compile(
    r"\b(?:the|and|of|your|you|with|is|are|was|for|this|that|not|from|pledge|gift|twin|ledger"
    r"|committee|project|amount|city|cities|sign|account|password)\b",
    re.IGNORECASE,
)
# English names of things, which stay as they are.
ENGLISH_NAMES = re.compile(r"SIL Open Font License|Sister Cities|Natural Earth|Idempotency-Key")
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[a-z%]|\{\w*\}")
CATALOGUES = [(part, language) for part in PARTS for language in LANGUAGES]
# The page of the parts is for those who build pages; it is in English.
TEMPLATES = sorted(
    file
    for part in PARTS
    for file in (ROOT / part).rglob("templates/**/*")
    if file.suffix in {".html", ".txt"} and file.name != "styleguide.html"
)
WORDS_OF_CHECKOUT = ROOT / "sandbox" / "checkout" / "words"


def messages(part, language):
    with catalogue_of(ROOT / part, language).open("rb") as lines:
        return [message for message in read_po(lines, locale=language) if message.id]


def forms(words):
    return (words,) if isinstance(words, str) else tuple(words or ("",))


def pairs(part, language):
    """Return each sentence in English beside its translation, plural with plural."""
    return [
        (english, own)
        for message in messages(part, language)
        for english, own in zip(forms(message.id), forms(message.string), strict=True)
    ]


def pairs_of_checkout(language):
    words = {
        file.stem: json.loads(file.read_text(encoding="utf-8"))
        for file in WORDS_OF_CHECKOUT.glob("*.json")
    }
    return [(key, words["en"][key], words[language].get(key, "")) for key in words["en"]]


def all_pairs(language):
    ours = [pair for part in PARTS for pair in pairs(part, language)]
    checkout = [(english, own) for _key, english, own in pairs_of_checkout(language)]
    assert len(ours) > 500
    assert len(checkout) > 40
    return ours + checkout


def spoken(language):
    """Return the translations without gaps, marks of HTML and English names."""
    return [
        ENGLISH_NAMES.sub("", re.sub(r"<[^>]*>", "", PLACEHOLDER.sub("…", own)))
        for _english, own in all_pairs(language)
    ]


@pytest.mark.parametrize(("part", "language"), CATALOGUES)
class TestACatalogue:
    def test_has_every_sentence_and_no_other(self, part, language):
        wanted = {(one.context, forms(one.forms)[0]) for one in sentences_of(ROOT / part)}

        known = {(one.context, forms(one.id)[0]) for one in messages(part, language)}

        assert known == wanted, "run `make messages` and translate what is new"
        assert len(wanted) > 90

    def test_has_a_translation_of_each_form_of_each_sentence(self, part, language):
        empty = [english for english, own in pairs(part, language) if not own.strip()]

        assert empty == []

    def test_guesses_nothing_and_keeps_nothing_old(self, part, language):
        source = catalogue_of(ROOT / part, language).read_text(encoding="utf-8")

        assert "fuzzy" not in source
        assert "#~" not in source

    def test_has_the_plural_of_its_language(self, part, language):
        with catalogue_of(ROOT / part, language).open("rb") as lines:
            catalogue = read_po(lines, locale=language)

        assert catalogue.num_plurals == 2
        assert catalogue.plural_expr == {"fr": "(n > 1)", "es": "(n != 1)"}[language]

    def test_loses_no_translation_when_it_is_collected_again(self, part, language):
        again = {
            (one.context, forms(one.id)): one.string for one in collected(ROOT / part, language)
        }

        known = {(one.context, forms(one.id)): one.string for one in messages(part, language)}
        assert {key: words for key, words in again.items() if any(key[1])} == known


@pytest.mark.parametrize("language", LANGUAGES)
class TestATranslation:
    def test_differs_from_the_english(self, language):
        same = {english for english, own in all_pairs(language) if english == own}

        assert same == SAME[language] | _checkout_names(language)

    def test_has_the_gaps_of_the_english(self, language):
        wrong = [
            (english, own)
            for english, own in all_pairs(language)
            if sorted(PLACEHOLDER.findall(english)) != sorted(PLACEHOLDER.findall(own))
        ]

        assert wrong == []

    def test_has_the_links_and_the_edges_of_the_english(self, language):
        wrong = [
            own
            for english, own in all_pairs(language)
            if re.findall(r"<[^>]+>", english) != re.findall(r"<[^>]+>", own)
            or english[-1:].isspace() != own[-1:].isspace()
            or english[:1].isspace() != own[:1].isspace()
            or "  " in own
        ]

        assert wrong == []

    def test_has_no_word_of_english(self, language):
        wrong = [own for own in spoken(language) if ENGLISH.search(own)]

        assert wrong == []

    def test_uses_the_signs_of_its_language(self, language):
        wrong = [own for own in spoken(language) if WRONG_SIGNS[language].search(own)]

        assert wrong == []

    def test_speaks_to_people_with_respect_and_calmly(self, language):
        wrong = [own for own in spoken(language) if FAMILIAR[language].search(own)]

        assert wrong == []


class TestTheCheckoutPage:
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_has_every_sentence_in_every_language(self, language):
        assert [key for key, _english, own in pairs_of_checkout(language) if not own] == []


# French sets a no-break space before ; : ! ? and inside « »; Spanish opens its questions.
WRONG_SIGNS = {
    "fr": re.compile(
        r"[^\u00a0\d)\"o]:(?:\s|$)|[^\u00a0][;?!]|«[^\u00a0]|[^\u00a0]»|[“”\"']|\u202f"
    ),
    "es": re.compile(r"^[^¿]*\?|«\s|\s»|\s[;:?!]|[“”\"']"),
}
FAMILIAR = {
    "fr": re.compile(r"!|\b(?:tu|ton|tes|toi)\b", re.IGNORECASE),
    "es": re.compile(r"[!¡]|\b(?:tú|tus?|te|ti|vuestr[oa]s?|puedes|tienes|quieres|haz)\b", re.I),
}


def _checkout_names(language):
    keys = SAME_ON_CHECKOUT[language]
    return {english for key, english, _own in pairs_of_checkout(language) if key in keys}


class TestTemplates:
    @pytest.mark.parametrize("template", TEMPLATES, ids=lambda file: file.name)
    def test_say_nothing_outside_gettext(self, template):
        """Also what only a rare branch shows, which no page in a test may reach."""
        source = template.read_text(encoding="utf-8")
        source = re.sub(r"{%\s*blocktrans.*?endblocktrans(?:late)?\s*%}", " ", source, flags=re.S)
        source = re.sub(r"{% block body_class %}.*?{% endblock %}", " ", source)
        source = re.sub(r"{%.*?%}|{#.*?#}|{{.*?}}", " ", source, flags=re.S)

        assert unmarked(words_of(source), "en") == []

    def test_are_many(self):
        assert len(TEMPLATES) > 60


class TestBorrowedWords:
    def test_are_sentences_of_allauth_still(self):
        folder = Path(allauth.__file__).parent
        with (folder / "locale" / "es" / "LC_MESSAGES" / "django.po").open("rb") as lines:
            theirs = {forms(message.id)[0] for message in read_po(lines, locale="es")}

        assert [sentence for sentence in BORROWED if sentence not in theirs] == []
        assert len(BORROWED) > 10
