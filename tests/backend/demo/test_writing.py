"""The finished texts: whole, in three languages, written with the marks of each."""

import re
from collections import Counter
from itertools import combinations

import pytest

from backend.common.translated import LANGUAGES
from backend.demo import writing
from backend.demo.places import city_in_text
from backend.demo.samples import samples

# A text may be the same in two languages only if nothing but names is left.
_NAMES_ONLY = re.compile(r"[\W\d_]*")
_OPEN_SLOT = re.compile(r"[{}]")
_ELIDED = re.compile(r"\b(?:de|que|le|la|ne|se) (?!ou[aei])[aeiouéèêâîÉÈÊÎ]", re.IGNORECASE)
_CONTRACTED = re.compile(r"\b(?:de|à) (?:le|les) [A-ZÉ]")
_BARE_BEFORE_MARK = re.compile(r"(?<=[^\u00a0\u202f\s]) ?[:;?](?=\s|$)|(?<=\d)%")


def all_texts():
    """Every text of every sample: what it is, whose, and its languages."""
    for sample in samples():
        name = f"{sample.archetype.key} {sample.home.name}–{sample.twin.name}"
        yield f"{name} title", sample, writing.title_of(sample)
        yield f"{name} summary", sample, writing.summary_of(sample)
        yield f"{name} story", sample, writing.story_of(sample)
        if sample.outcome:
            yield f"{name} outcome", sample, sample.outcome
        if sample.reason:
            yield f"{name} reason", sample, sample.reason
        lists = {
            "budget": writing.budget_labels(sample),
            "milestone": writing.milestone_labels(sample),
            "gives": writing.gives_labels(sample),
            "receives": writing.receives_labels(sample),
            "amount": writing.amount_labels(sample),
        }
        for kind, labels in lists.items():
            for number, label in enumerate(labels, start=1):
                yield f"{name} {kind} {number}", sample, label


def texts_in(language):
    return [(where, texts[language]) for where, _, texts in all_texts()]


def without_names(text, sample):
    for language in LANGUAGES:
        for end in (sample.home, sample.twin):
            text = text.replace(city_in_text(end.name, language).name, "")
    return text


class TestEveryText:
    def test_is_there_in_three_languages(self):
        wrong = [
            where
            for where, _, texts in all_texts()
            if list(texts) != list(LANGUAGES) or not all(texts.values())
        ]

        assert sum(1 for _ in all_texts()) > 2_300
        assert wrong == []

    def test_is_not_the_same_in_two_languages(self):
        same = [
            (where, texts[one])
            for where, sample, texts in all_texts()
            for one, other in combinations(LANGUAGES, 2)
            if texts[one] == texts[other]
            and not _NAMES_ONLY.fullmatch(without_names(texts[one], sample))
        ]

        assert same == []

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_has_no_open_slot_no_shout_and_no_straight_quote(self, language):
        wrong = [
            (where, text)
            for where, text in texts_in(language)
            if _OPEN_SLOT.search(text) or re.search(r"[!¡'\"]|  |\.\.", text)
        ]

        assert wrong == []

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_begins_with_a_capital_or_a_number(self, language):
        wrong = [text for _, text in texts_in(language) if not re.match(r"[A-ZÀ-Ý\d]", text)]

        assert wrong == []

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_ends_as_its_kind_does(self, language):
        sentences = ("summary", "story", "outcome", "reason")
        wrong = [
            (where, text)
            for where, text in texts_in(language)
            if text.endswith(".") != where.endswith(sentences)
        ]

        assert wrong == []


class TestFrench:
    def test_elides_and_contracts(self):
        found = [
            (where, match.group())
            for where, text in texts_in("fr")
            for match in [*_ELIDED.finditer(text), *_CONTRACTED.finditer(text)]
        ]

        assert found == []

    def test_keeps_its_high_marks_on_the_line(self):
        found = [
            (where, text[max(0, match.start() - 12) : match.end()])
            for where, text in texts_in("fr")
            for match in _BARE_BEFORE_MARK.finditer(text)
        ]

        assert found == []


class TestSpanish:
    def test_writes_e_before_the_sound_of_i(self):
        found = [
            (where, match.group())
            for where, text in texts_in("es")
            for match in re.finditer(r"\by (?:[ií]|hi(?!e|a))\w*", text, re.IGNORECASE)
        ]

        assert found == []

    def test_does_not_part_a_preposition_from_its_article(self):
        found = [
            (where, match.group())
            for where, text in texts_in("es")
            for match in re.finditer(r"\b(?:de|a) el [a-zá-ú]\w*", text)
        ]

        assert found == []


class TestStories:
    def test_have_four_short_paragraphs(self):
        stories = [story for s in samples() for story in writing.story_of(s).values()]

        assert {story.count("\n\n") for story in stories} == {3}
        assert max(map(len, stories)) < 1_800

    def test_do_not_read_the_same_twice(self):
        for part in (writing.title_of, writing.summary_of, writing.story_of):
            counted = Counter(part(sample)["en"] for sample in samples())
            assert [text for text, number in counted.items() if number > 1] == []

    def test_open_differently_every_time(self):
        openings = Counter(writing.story_of(sample)["fr"].split("\n\n")[0] for sample in samples())

        assert max(openings.values()) == 1


class TestFilled:
    def test_writes_numbers_as_the_language_does(self):
        sample = next(s for s in samples() if s.quantity == 20_000)
        written = [writing.filled("{n} x", sample, language) for language in LANGUAGES]

        assert written == ["20,000 x", "20\u202f000 x", "20.000 x"]

    def test_begins_every_sentence_with_a_capital(self):
        sample = next(s for s in samples() if s.twin.name == "Island of Mozambique")

        assert writing.filled("{twin} is old.", sample, "en").startswith("The Island")
        assert "Salt. The Island" in writing.filled("Salt. {twin} is old.", sample, "en")
