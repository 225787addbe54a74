"""The finished texts of a sample project: the archetype's words with the slots filled."""

from collections.abc import Callable, Iterable

from babel.numbers import format_decimal

from backend.common.translated import LANGUAGES
from backend.demo.archetypes import Words
from backend.demo.places import city_in_text
from backend.demo.samples import Sample

# Four uses of an archetype share two summaries and two openings, never the same pair of them.
_SUMMARY_OF_VARIANT = (0, 1, 0, 1)
_WHY_OF_VARIANT = (0, 1, 1, 0)

Texts = dict[str, str]


def title_of(sample: Sample) -> Texts:
    """Return the title in every language."""
    return _written(sample, lambda words: words.titles[sample.variant])


def summary_of(sample: Sample) -> Texts:
    """Return the sentence under the title in every language."""
    return _written(sample, lambda words: words.summaries[_SUMMARY_OF_VARIANT[sample.variant]])


def story_of(sample: Sample) -> Texts:
    """Return the story in every language: about the two cities, why, how, and afterwards."""
    index = _WHY_OF_VARIANT[sample.variant]
    return {
        language: "\n\n".join([sample.local[language], *rest.split("\n\n")])
        for language, rest in _written(
            sample, lambda words: "\n\n".join([words.why[index], words.how, words.after])
        ).items()
    }


def budget_labels(sample: Sample) -> list[Texts]:
    """Return what each budget line pays for."""
    return _listed(sample, lambda words: words.budget)


def milestone_labels(sample: Sample) -> list[Texts]:
    """Return what each milestone is."""
    return _listed(sample, lambda words: words.milestones)


def gives_labels(sample: Sample) -> list[Texts]:
    """Return what travels from the home city to the twin city, other than money."""
    return _listed(sample, lambda words: words.gives)


def receives_labels(sample: Sample) -> list[Texts]:
    """Return what travels from the twin city to the home city."""
    return _listed(sample, lambda words: words.receives)


def amount_labels(sample: Sample) -> list[Texts]:
    """Return what each suggested amount buys."""
    return _listed(sample, lambda words: words.buys)


def filled(text: str, sample: Sample, language: str) -> str:
    """Return `text` with its slots filled, each sentence beginning with a capital letter."""
    written = text.format(
        home=city_in_text(sample.home.name, language),
        twin=city_in_text(sample.twin.name, language),
        n=format_decimal(sample.quantity, locale=language),
    )
    return "\n\n".join(_capitalised(paragraph) for paragraph in written.split("\n\n"))


def _capitalised(paragraph: str) -> str:
    sentences = [text[:1].upper() + text[1:] for text in paragraph.split(". ")]
    return ". ".join(sentences)


def _written(sample: Sample, part: Callable[[Words], str]) -> Texts:
    return {
        language: filled(part(sample.archetype.words[language]), sample, language)
        for language in LANGUAGES
    }


def _listed(sample: Sample, part: Callable[[Words], Iterable[str]]) -> list[Texts]:
    by_language = {
        language: [
            filled(text, sample, language) for text in part(sample.archetype.words[language])
        ]
        for language in LANGUAGES
    }
    rows = zip(*by_language.values(), strict=True)
    return [dict(zip(by_language, row, strict=True)) for row in rows]
