"""Money as people read and write it: the one door between minor units and words.

The forms come from Babel's locale tables (CLDR); the digits are moved as text and never
pass through a float or a Decimal, so that the largest amount is shown to the cent.
Spaces do not break: an amount stays on one line with its currency.
"""

import re
import unicodedata
from functools import cache

from babel import Locale
from babel.numbers import get_currency_name, get_currency_symbol
from django.utils.translation import gettext as _

from backend.money.amounts import Money
from backend.money.currencies import CURRENCIES, exponent, multiple, places
from backend.money.written import Habit, Reason, Unreadable, read_number

_NO_BREAK_SPACE = "\u00a0"
_LANGUAGES = ("en", "fr", "es")
_LONGEST_TEXT = 60
_SIGNS = re.compile(r"[$£¥€฿₦₩₪₫₱₲₴₵₸₹₺₽]")
_AMOUNT = re.compile(r"(?P<before>[^0-9]*)(?P<number>[0-9](?:.*[0-9])?)(?P<after>[^0-9]*)")


class NotAnAmount(ValueError):
    """What was typed is not an amount of this currency; the text says what to write instead."""


def format_money(money: Money, language: str, *, short: bool = False) -> str:
    """Return the amount as `language` writes it: `€1,250.50`, `1 250,50 €`, `1.250,50 €`.

    `short` leaves out decimals that are all zero. Raises UnknownCurrency.
    """
    minus = _symbols(language)["minusSign"] if money.minor < 0 else ""
    return minus + _with_symbol(_number(money, language, short=short), money.currency, language)


def plain_amount(money: Money, language: str) -> str:
    """Return the amount as a person types it into a field beside its sign: `1,250.50`.

    Raises UnknownCurrency.
    """
    return _number(money, language, short=False)


def _number(money: Money, language: str, *, short: bool) -> str:
    symbols = _symbols(language)
    whole, decimals = _digits(money)
    number = _grouped(whole, symbols["group"])
    if _shows_whole(money, decimals, short=short) or not exponent(money.currency):
        return number
    return number + symbols["decimal"] + decimals


def currency_name(currency: str, language: str) -> str:
    """Return what `language` calls the currency: “franc CFA (BCEAO)” for XOF in French.

    Raises UnknownCurrency.
    """
    exponent(currency)
    return get_currency_name(currency, locale=_locale(language))


def currency_symbol(currency: str, language: str) -> str:
    """Return the sign beside an amount field: `€`, `CA$`, `KWD`. Raises UnknownCurrency."""
    exponent(currency)
    return get_currency_symbol(currency, locale=_locale(language))


def parse_amount(text: str, currency: str, language: str) -> Money:
    """Return the amount that a person typed: `25`, `25,00`, `1 250,50`, `1,250.50`, `€25`.

    Zero is an amount; whether it is enough is for the caller to say.

    Raises NotAnAmount, whose text can be shown beside the field, and UnknownCurrency.
    """
    symbols = _symbols(language)
    habit = Habit(symbols["decimal"], symbols["group"], places(currency))
    number = _without_currency(text, currency, language)
    try:
        whole, decimals = read_number(number, habit)
    except Unreadable as unreadable:
        raise _refusal(unreadable.reason, number, currency, language) from None
    amount = Money(int(whole + decimals.ljust(exponent(currency), "0")), currency)
    if amount.minor % multiple(currency):
        raise NotAnAmount(not_whole(currency, language))
    return amount


def not_whole(currency: str, language: str) -> str:
    """Say how an amount is written in a currency whose last digits are unused: KWD, ISK."""
    if places(currency) == 0:
        return str(_too_precise(currency, language))
    return _("The last decimal of an amount in %s must be 0.") % currency


def _digits(money: Money) -> tuple[str, str]:
    digits = exponent(money.currency)
    text = str(abs(money.minor)).rjust(digits + 1, "0")
    return text[: len(text) - digits], text[len(text) - digits :]


def _shows_whole(money: Money, decimals: str, *, short: bool) -> bool:
    unused = places(money.currency) == 0
    return (short or unused) and not decimals.strip("0")


def _grouped(whole: str, mark: str) -> str:
    return f"{int(whole):,}".replace(",", mark)


def _with_symbol(number: str, currency: str, language: str) -> str:
    before, after = _surroundings(currency, language)
    return before + number + after


@cache
def _surroundings(currency: str, language: str) -> tuple[str, str]:
    """Return what stands before and after the digits, with a space where letters would touch."""
    locale = _locale(language)
    symbol = get_currency_symbol(currency, locale=locale).replace("\u202f", _NO_BREAK_SPACE)
    pattern = locale.currency_formats["standard"]
    before = pattern.prefix[0].replace("¤", symbol)
    after = pattern.suffix[0].replace("¤", symbol)
    if before and _touches_badly(before[-1]):
        before += _NO_BREAK_SPACE
    return before, after


def _touches_badly(neighbour: str) -> bool:
    """Say whether CLDR wants a space between this character and a digit: all but symbols."""
    return unicodedata.category(neighbour)[0] not in "SZ"


def _without_currency(text: str, currency: str, language: str) -> str:
    """Return the number in `text` without this currency's own signs.

    Raises NotAnAmount for anything else that stands around it.
    """
    parted = _AMOUNT.fullmatch(text.strip()) if len(text) <= _LONGEST_TEXT else None
    if parted is None:
        raise _refusal(Reason.NOT_A_NUMBER, text, currency, language)
    around = {_bare(parted["before"]), _bare(parted["after"])} - {""} - _signs(currency)
    if around & {"-", "−", "–"}:
        raise NotAnAmount(_("An amount cannot be negative."))
    if any(_names_a_currency(sign) for sign in around):
        raise NotAnAmount(_("Write the amount in %s.") % _plural(currency, language))
    if around:
        raise _refusal(Reason.NOT_A_NUMBER, text, currency, language)
    return parted["number"]


def _names_a_currency(sign: str) -> bool:
    return sign in CURRENCIES or bool(_SIGNS.search(sign))


def _bare(text: str) -> str:
    return "".join(text.split()).upper()


@cache
def _signs(currency: str) -> frozenset[str]:
    """Return what people write for this currency: EUR and €; CAD, CA$ and $."""
    symbols = {currency_symbol(currency, language) for language in _LANGUAGES}
    alone = {sign for symbol in symbols for sign in _SIGNS.findall(symbol)}
    return frozenset(_bare(sign) for sign in symbols | alone | {currency})


def _refusal(reason: Reason, text: str, currency: str, language: str) -> NotAnAmount:
    match reason:
        case Reason.TWO_READINGS:
            plain = re.sub(r"[.,]", "", text)
            return NotAnAmount(
                _("“%(text)s” can be read in two ways. If you mean %(plain)s, leave the mark out.")
                % {"text": text, "plain": plain}
            )
        case Reason.TOO_PRECISE:
            return _too_precise(currency, language)
        case Reason.TOO_LONG:
            return NotAnAmount(_("This amount is too large."))
        case Reason.NOT_A_NUMBER:
            example = format_money(Money(25 * 10 ** exponent(currency), currency), language)
            return NotAnAmount(_("Write an amount such as %s.") % example)


def _too_precise(currency: str, language: str) -> NotAnAmount:
    name = _plural(currency, language)
    if places(currency) == 0:
        return NotAnAmount(_("Amounts in %s have no decimals.") % name)
    return NotAnAmount(
        _("Amounts in %(currency)s have at most %(places)s decimals.")
        % {"currency": name, "places": places(currency)}
    )


def _plural(currency: str, language: str) -> str:
    return get_currency_name(currency, count=2, locale=_locale(language))


@cache
def _locale(language: str) -> Locale:
    return Locale.parse(language)


def _symbols(language: str) -> dict[str, str]:
    return _locale(language).number_symbols["latn"]
