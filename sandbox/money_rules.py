"""Stripe's rules on amounts: decimals, multiples, smallest and largest charge.

Source: https://docs.stripe.com/currencies (zero-decimal, three-decimal and special-case currencies,
minimum and maximum charge amounts). Amounts are integers in the currency's minor unit.
"""

from __future__ import annotations

from fractions import Fraction

from sandbox.errors import Refusal


def _codes(text: str) -> frozenset[str]:
    """Return the currency codes in `text`."""
    return frozenset(text.split())


NO_DECIMALS = _codes("bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf")
THREE_DECIMALS = _codes("bhd jod kwd omr tnd")
HUNDREDS_ONLY = frozenset({"isk", "ugx"})
TWO_DECIMALS = _codes(
    "aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bmd bnd bob brl bsd bwp byn"
    " bzd cad cdf chf cny cop crc cve czk dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd"
    " gtq gyd hkd hnl htg huf idr ils inr isk jmd kes kgs khr kyd kzt lak lbp lkr lrd lsl"
    " mad mdl mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd pab pen pgk"
    " php pkr pln qar ron rsd rub sar sbd scr sek sgd shp sle sos srd std szl thb tjs top"
    " try ttd twd tzs uah ugx usd uyu uzs wst xcd xcg yer zar zmw"
)
SUPPORTED = NO_DECIMALS | THREE_DECIMALS | TWO_DECIMALS

SMALLEST = {
    "usd": 50, "aed": 200, "aud": 50, "brl": 50, "cad": 50, "chf": 50, "czk": 1500, "dkk": 250,
    "eur": 50, "gbp": 30, "hkd": 400, "huf": 17500, "inr": 50, "jpy": 50, "mxn": 1000, "myr": 200,
    "nok": 300, "nzd": 50, "pln": 200, "ron": 200, "sek": 300, "sgd": 50, "thb": 1000,
}  # fmt: skip
LARGEST = 99_999_999


def exponent_of(currency: str) -> int:
    """Return how many decimals Stripe gives `currency`."""
    if currency in NO_DECIMALS:
        return 0
    return 3 if currency in THREE_DECIMALS else 2


def multiple_of(currency: str) -> int:
    """Return the number that every amount in `currency` must be a multiple of."""
    if currency in HUNDREDS_ONLY:
        return 100
    return 10 if currency in THREE_DECIMALS else 1


def smallest_charge(currency: str) -> int:
    """Return the least amount of a charge in `currency`.

    Stripe counts it in the currency of settlement; without exchange rates the sandbox takes the
    least amount that the currency can express where Stripe's page has no row.
    """
    return SMALLEST.get(currency, multiple_of(currency))


def share_of(amount: int, percent: float) -> int:
    """Return `percent` of an amount, exactly, rounded down to whole minor units."""
    return int(amount * Fraction(str(percent)) * Fraction(1, 100))


def check_currency(currency: str, *, param: str = "currency") -> str:
    """Return the currency in lower case; raises Refusal for one that Stripe does not take."""
    lower = currency.lower()
    if lower not in SUPPORTED:
        raise Refusal(f"Invalid currency: {currency}.", param=param)
    return lower


def check_multiple(amount: int, currency: str, *, param: str = "amount") -> None:
    """Refuse an amount whose last digits the currency does not have."""
    multiple = multiple_of(currency)
    if amount % multiple:
        raise Refusal(
            f"Invalid amount: {currency.upper()} amounts must be a multiple of {multiple}.",
            code="parameter_invalid_integer",
            param=param,
        )


def check_charge(amount: int, currency: str, *, param: str = "amount") -> None:
    """Refuse an amount that cannot be charged; raises Refusal with Stripe's code."""
    if amount < smallest_charge(currency):
        raise Refusal(
            f"Amount must be at least {smallest_charge(currency)} {currency} (in minor units).",
            code="amount_too_small",
            param=param,
        )
    if amount > LARGEST:
        raise Refusal(
            f"Amount must be no more than {LARGEST} {currency} (in minor units).",
            code="amount_too_large",
            param=param,
        )
    check_multiple(amount, currency, param=param)
