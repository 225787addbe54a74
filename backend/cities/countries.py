"""Countries by ISO 3166-1 code, and how people and lists write their names.

The one rule: a name becomes a code here or nowhere. What had to be guessed says so in a remark.
Places whose country is disputed follow docs/decisions/0003-disputed-places.md.
"""

import re
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache

from babel import Locale

from backend.cities.folding import fold

# Two-letter codes that Babel names too but that are no country: unions, tests, parts of others.
_NOT_COUNTRIES = frozenset(
    {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"}
)
_OTHER_SPELLINGS = {
    "england": "GB", "scotland": "GB", "wales": "GB", "northern ireland": "GB",
    "great britain": "GB", "uk": "GB", "republic of ireland": "IE",
    "united states of america": "US", "usa": "US",
    "democratic republic of the congo": "CD", "dr congo": "CD", "drc": "CD",
    "republic of the congo": "CG", "congo": "CG", "congo brazzaville": "CG",
    "ivory coast": "CI", "palestine": "PS", "state of palestine": "PS",
    "georgia country": "GE", "czech republic": "CZ", "turkey": "TR", "myanmar": "MM",
    "burma": "MM", "swaziland": "SZ", "east timor": "TL", "macedonia": "MK",
    "federated states of micronesia": "FM", "hong kong": "HK", "macau": "MO", "macao": "MO",
    "russian federation": "RU", "holland": "NL", "cabo verde": "CV", "republic of kosovo": "XK",
    "republic of korea": "KR", "vatican": "VA", "st vincent and the grenadines": "VC",
}  # fmt: skip
# Territories with a code of their own, by the state that lists write behind them.
_TERRITORIES = {
    "AU": {"CC", "CX", "NF"}, "CN": {"HK", "MO"}, "DK": {"FO", "GL"}, "FI": {"AX"},
    "FR": {"BL", "GF", "GP", "MF", "MQ", "NC", "PF", "PM", "RE", "WF", "YT"},
    "GB": {"AI", "BM", "FK", "GG", "GI", "IM", "JE", "KY", "MS", "SH", "TC", "VG"},
    "NL": {"AW", "BQ", "CW", "SX"}, "NO": {"SJ"}, "NZ": {"CK", "NU", "TK"},
    "US": {"AS", "GU", "MP", "PR", "VI"},
}  # fmt: skip
# The written rule of docs/decisions/0003-disputed-places.md; each use is flagged.
DISPUTED = {
    "northern cyprus": "CY", "west bank": "PS", "gaza strip": "PS", "east jerusalem": "PS",
    "golan heights": "SY", "crimea": "UA", "transnistria": "MD", "abkhazia": "GE",
    "south ossetia": "GE", "nagorno karabakh": "AZ", "somaliland": "SO",
}  # fmt: skip
_PAGE_LANGUAGES = ("en", "fr", "es")
# Where a list was translated carelessly, its countries are in one of these.
_LIST_LANGUAGES = (
    *_PAGE_LANGUAGES, "de", "it", "pt", "nl", "pl", "cs", "sk", "hu", "ro", "sv", "da", "fi",
)  # fmt: skip
_LIKE_ENOUGH = 0.85


class UnknownCountry(ValueError):
    """No country is known by that name; the text says which name."""


@dataclass(frozen=True, slots=True)
class CountryReading:
    """The code that a name was read as, and what was guessed on the way ("" if nothing)."""

    code: str
    remark: str = ""


@cache
def country_codes() -> frozenset[str]:
    """Return the code of every country and territory; Kosovo is XK."""
    named = (str(code) for code in _locale("en").territories)
    return frozenset(
        code for code in named if re.fullmatch("[A-Z]{2}", code) and code not in _NOT_COUNTRIES
    )


def country_name(code: str, language: str) -> str:
    """Return the name of the country in `language`, or the code itself if it has none."""
    return _locale(language).territories.get(code, code)


def language_name(code: str, language: str) -> str | None:
    """Return the name of the language `code`, such as "ee", in `language`, else in English.

    Babel has no name for some languages of few speakers; then it is None.
    """
    return _locale(language).languages.get(code) or _locale("en").languages.get(code)


def countries_matching(text: str) -> list[str]:
    """Return the codes of the countries whose name begins with `text`, best first.

    Accents and capitals do not matter; names count in English, French and Spanish and in other
    usual spellings. A whole name comes before the beginning of one.
    """
    wanted = _plain(text)
    if not wanted:
        return []
    ranks: dict[str, int] = {}
    for name, code in _search_names():
        if name.startswith(wanted):
            ranks[code] = min(ranks.get(code, 1), int(name != wanted))
    return sorted(ranks, key=lambda code: (ranks[code], country_name(code, "en")))


@cache
def read_country(text: str) -> CountryReading:
    """Return the country that `text` names, whole, misspelt or with a region before it.

    Raises UnknownCountry.
    """
    name = _plain(text)
    if name in DISPUTED:
        code = DISPUTED[name]
        return CountryReading(code, f"“{text}” is filed under {code} (decision 0003)")
    known = known_country(text)
    if known:
        return CountryReading(known)
    guess = _country_after_region(text) or _in_another_language().get(name) or _misspelt(name)
    if guess:
        remark = f"country written “{text}”, read as {country_name(guess, 'en')}"
        return CountryReading(guess, remark)
    raise UnknownCountry(f"no country is called “{text}”")


def known_country(text: str) -> str | None:
    """Return the code if `text` is a country's code or usual English name, else None.

    A territory or nation may be followed by its state: "Réunion, France" is RE, "Wales, United
    Kingdom" is GB.
    """
    if text in country_codes():
        return text
    code = _english_names().get(_plain(text))
    part, comma, state = text.partition(", ")
    if code or not comma:
        return code
    part_code, state_code = (_english_names().get(_plain(name), "") for name in (part, state))
    own = part_code == state_code or part_code in _TERRITORIES.get(state_code, ())
    return part_code if part_code and own else None


def territory_named(name: str, state: str) -> str:
    """Return the code of the territory of `state` that bears that name, else `state` itself.

    Lists put Macau under China although it has a code of its own.
    """
    code = _english_names().get(_plain(name), "")
    return code if code in _TERRITORIES.get(state, ()) else state


def _country_after_region(text: str) -> str | None:
    last = text.rpartition(", ")[2].removeprefix("in ")
    return _english_names().get(_plain(last))


def _misspelt(name: str) -> str | None:
    close = get_close_matches(name, _english_names(), n=3, cutoff=_LIKE_ENOUGH)
    codes = {_english_names()[found] for found in close}
    return codes.pop() if len(codes) == 1 else None


def _plain(text: str) -> str:
    words = fold(text).removeprefix("the ").split()
    return " ".join("st" if word == "saint" else word for word in words)


@cache
def _locale(language: str) -> Locale:
    return Locale.parse(language)


@cache
def _english_names() -> dict[str, str]:
    babel = {_plain(country_name(code, "en")): code for code in country_codes()}
    return babel | _OTHER_SPELLINGS


@cache
def _in_another_language() -> dict[str, str]:
    found: dict[str, set[str]] = {}
    for language in _LIST_LANGUAGES:
        for code in country_codes():
            found.setdefault(_plain(country_name(code, language)), set()).add(code)
    return {name: next(iter(codes)) for name, codes in found.items() if len(codes) == 1}


@cache
def _search_names() -> tuple[tuple[str, str], ...]:
    pairs = {
        (_plain(country_name(code, language)), code)
        for language in _PAGE_LANGUAGES
        for code in country_codes()
    }
    return tuple(sorted(pairs | set(_OTHER_SPELLINGS.items())))
