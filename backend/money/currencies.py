"""The currencies that Stripe charges in, and how it counts them.

Stripe's exponent is not ISO 4217's: ISK and UGX, which have no cents, are sent as if they
had two digits, and MGA, which has a fifth, is sent without. So this table is Stripe's
(docs.stripe.com/currencies) and nothing in the project asks another one.
"""

from backend.money.amounts import Money

# The largest charge that every payment method takes: eight digits.
MAXIMUM_MINOR = 99_999_999


def _codes(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NO_DECIMALS = _codes("BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF")
_THREE_DECIMALS = _codes("BHD JOD KWD OMR TND")
_TWO_DECIMALS = _codes(
    """
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BWP BYN BZD CAD
    CDF CHF CNY COP CRC CVE CZK DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GIP GMD GTQ GYD HKD
    HNL HTG HUF IDR ILS INR ISK JMD KES KGS KHR KYD KZT LAK LBP LKR LRD LSL MAD MDL MKD MMK
    MNT MOP MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON
    RSD RUB SAR SBD SCR SEK SGD SHP SLE SOS SRD STD SZL THB TJS TOP TRY TTD TWD TZS UAH UGX
    USD UYU UZS WST XCD XCG YER ZAR ZMW
    """
)

_EXPONENTS = (
    dict.fromkeys(_NO_DECIMALS, 0)
    | dict.fromkeys(_TWO_DECIMALS, 2)
    | dict.fromkeys(_THREE_DECIMALS, 3)
)

# UGX stands in two of Stripe's lists; the rule "two digits, and always whole" is the later one.
_MULTIPLES = dict.fromkeys(_THREE_DECIMALS, 10) | {"ISK": 100, "UGX": 100}

# By settlement currency. Where Stripe names none it converts its minimum of the account's own
# currency, which nobody can know here.
_MINIMUM_CHARGES = {
    "AED": 200,
    "AUD": 50,
    "BRL": 50,
    "CAD": 50,
    "CHF": 50,
    "CZK": 1500,
    "DKK": 250,
    "EUR": 50,
    "GBP": 30,
    "HKD": 400,
    "HUF": 17500,
    "INR": 50,
    "JPY": 50,
    "MXN": 1000,
    "MYR": 200,
    "NOK": 300,
    "NZD": 50,
    "PLN": 200,
    "RON": 200,
    "SEK": 300,
    "SGD": 50,
    "THB": 1000,
    "USD": 50,
}

CURRENCIES = tuple(sorted(_EXPONENTS))


class UnknownCurrency(ValueError):
    """Stripe does not charge in this currency, so nobody here may guess its minor unit."""


def exponent(currency: str) -> int:
    """Return how many decimal digits Stripe counts in: 2 for EUR, 0 for XOF, 3 for KWD.

    Raises UnknownCurrency.
    """
    try:
        return _EXPONENTS[currency]
    except (KeyError, TypeError):
        raise UnknownCurrency(f"Stripe does not charge in {currency!r}") from None


def multiple(currency: str) -> int:
    """Return the minor units that each charge must be a multiple of: 1, mostly.

    Raises UnknownCurrency.
    """
    exponent(currency)
    return _MULTIPLES.get(currency, 1)


def places(currency: str) -> int:
    """Return how many decimals people write: as the exponent, but none where cents are unused.

    Raises UnknownCurrency.
    """
    digits = exponent(currency)
    return 0 if multiple(currency) == 10**digits else digits


def minimum_charge(currency: str) -> Money:
    """Return the least that Stripe charges in `currency`.

    For a currency without a published minimum this is the smallest amount that can be written;
    Stripe then applies its own, converted from the committee's settlement currency.

    Raises UnknownCurrency.
    """
    return Money(_MINIMUM_CHARGES.get(currency, multiple(currency)), currency)
