"""Who gave what to a sample project, drawn with a seed so that every load draws the same.

Nothing here knows the database. Every name says that it is a sample; no person is invented.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from backend.demo.samples import Sample
from backend.money import Money
from backend.pledges.models import Pledge, SourceClass

# No single gift is more than this part of the goal, so that totals stay near their aim.
LARGEST_PART = 8
_CLASSES = {
    SourceClass.CITIZEN: 80,
    SourceClass.COMPANY: 12,
    SourceClass.LOCAL_INSTITUTION: 6,
    SourceClass.FOUNDATION: 2,
}
# Whole units of the project's currency; an amount that stands twice is drawn twice as often.
_AMOUNTS: dict[str, tuple[int, ...]] = {
    SourceClass.CITIZEN: (10, 20, 25, 25, 40, 50, 50, 75, 100, 100, 150, 200, 250, 300, 500),
    SourceClass.COMPANY: (250, 300, 500, 500, 750, 1000, 1500, 2500),
    SourceClass.LOCAL_INSTITUTION: (300, 400, 500, 750, 1000, 1500),
    SourceClass.FOUNDATION: (1000, 1500, 2000, 2500, 3000),
}
_COVER_PERCENT = 35
_NAMELESS_PERCENT = 40
_VISIBILITIES = {
    Pledge.Visibility.PUBLIC: 50,
    Pledge.Visibility.NAME_HIDDEN: 40,
    Pledge.Visibility.HIDDEN: 10,
}
# Mostly the language of the home city's country, sometimes another.
_LANGUAGES = {
    **dict.fromkeys(("FR", "BE", "CH", "LU", "BF", "BJ", "CD", "CI", "GN", "HT", "KM"), "fr"),
    **dict.fromkeys(("MA", "MG", "ML", "NE", "SN", "TD", "TG", "TN"), "fr"),
    **dict.fromkeys(("ES", "AR", "BO", "CL", "CO", "CR", "CU", "DO", "EC", "GT", "HN"), "es"),
    **dict.fromkeys(("MX", "NI", "PA", "PE", "PY", "SV", "UY", "VE"), "es"),
}
_OTHER_LANGUAGE_PERCENT = 15
_NAMES: dict[str, dict[str, tuple[str, ...]]] = {
    SourceClass.CITIZEN: {
        "en": ("Sample supporter {n}",),
        "fr": ("Exemple de soutien {n}",),
        "es": ("Persona de ejemplo {n}",),
    },
    SourceClass.COMPANY: {
        "en": ("Sample bakery {n}", "Sample joinery {n}", "Sample bookshop {n}"),
        "fr": ("Boulangerie Exemple {n}", "Menuiserie Exemple {n}", "Librairie Exemple {n}"),
        "es": ("Panadería Ejemplo {n}", "Carpintería Ejemplo {n}", "Librería Ejemplo {n}"),
    },
    SourceClass.LOCAL_INSTITUTION: {
        "en": ("Sample school {n}", "Sample savings bank {n}", "Sample museum {n}"),
        "fr": ("École Exemple {n}", "Caisse d’épargne Exemple {n}", "Musée Exemple {n}"),
        "es": ("Escuela Ejemplo {n}", "Caja de ahorros Ejemplo {n}", "Museo Ejemplo {n}"),
    },
    SourceClass.FOUNDATION: {
        "en": ("Sample foundation {n}",),
        "fr": ("Fondation Exemple {n}",),
        "es": ("Fundación Ejemplo {n}",),
    },
}
_SAMPLE_MARK = {"en": "sample", "fr": "exemple", "es": "ejemplo"}


@dataclass(frozen=True, slots=True)
class Gift:
    """One settled gift to a sample project."""

    source_class: SourceClass
    name: str
    email: str
    language: str
    visibility: str
    amount: Money
    covers_fee: bool
    made_at: datetime


def language_of(country: str) -> str:
    """Return the language in which a committee of the country writes first."""
    return _LANGUAGES.get(country, "en")


def gifts_to(
    sample: Sample, *, opens_at: datetime, ends_at: datetime, numbers: Iterator[int]
) -> list[Gift]:
    """Return gifts that together reach the sample's aim, in the order of time.

    They lie from `opens_at` to before `ends_at`; `numbers` gives every supporter one of their own.
    """
    seed = f"{sample.archetype.key} {sample.home.name} {sample.twin.name}"
    # A seed makes the load repeatable; nothing secret is drawn here.
    draw = random.Random(seed)  # noqa: S311
    aim_minor = sample.goal_money.minor * sample.funded_percent // 100
    amounts: list[tuple[SourceClass, int]] = []
    while sum(minor for _, minor in amounts) < aim_minor:
        amounts.append(_amount(draw, sample.goal_money.minor // LARGEST_PART))
    moments = sorted(_moment(draw, opens_at, ends_at) for _ in amounts)
    return [
        _gift(draw, sample, source_class, minor, moment, next(numbers))
        for (source_class, minor), moment in zip(amounts, moments, strict=True)
    ]


def _amount(draw: random.Random, most_minor: int) -> tuple[SourceClass, int]:
    source_class = draw.choices(list(_CLASSES), list(_CLASSES.values()))[0]
    return source_class, min(draw.choice(_AMOUNTS[source_class]) * 100, most_minor)


def _moment(draw: random.Random, opens_at: datetime, ends_at: datetime) -> datetime:
    """Return a moment to the minute; more of them lie near the beginning and the end."""
    minutes = int((ends_at - opens_at).total_seconds() // 60) - 1
    return opens_at + timedelta(minutes=int(draw.betavariate(0.8, 0.9) * minutes))


def _gift(
    draw: random.Random,
    sample: Sample,
    source_class: SourceClass,
    minor: int,
    moment: datetime,
    number: int,
) -> Gift:
    usual = language_of(sample.home.country)
    language = draw.choice(("en", "fr", "es")) if _hits(draw, _OTHER_LANGUAGE_PERCENT) else usual
    visibility = draw.choices(list(_VISIBILITIES), list(_VISIBILITIES.values()))[0]
    is_nameless = (
        source_class == SourceClass.CITIZEN
        and visibility != Pledge.Visibility.PUBLIC
        and _hits(draw, _NAMELESS_PERCENT)
    )
    return Gift(
        source_class=source_class,
        name="" if is_nameless else _name(draw, source_class, language, number),
        email=f"supporter{number}@example.org",
        language=language,
        visibility=visibility,
        amount=Money(minor, sample.currency),
        covers_fee=_hits(draw, _COVER_PERCENT),
        made_at=moment,
    )


def _hits(draw: random.Random, percent: int) -> bool:
    return draw.randrange(100) < percent


def _name(draw: random.Random, source_class: SourceClass, language: str, number: int) -> str:
    name = draw.choice(_NAMES[source_class][language]).format(n=number)
    return name if source_class == SourceClass.CITIZEN else f"{name} ({_SAMPLE_MARK[language]})"
