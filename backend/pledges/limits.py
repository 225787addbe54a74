"""Between which amounts a pledge may lie, by currency, in Stripe's minor units.

The least is far above Stripe's own minimum, so that a gift is not eaten by its fee; the most is
what one guest may give without being asked who they are, or what Stripe charges at most.
"""

from backend.money import Money

# In these, campaigns are looked for.
LIMITS: dict[str, tuple[int, int]] = {
    "EUR": (200, 1_000_000),
    "USD": (200, 1_000_000),
    "GBP": (200, 1_000_000),
    "CHF": (200, 1_000_000),
    "CAD": (200, 1_500_000),
    "JPY": (300, 1_500_000),
    "XOF": (1_000, 6_000_000),
}
# Any campaign may count in these: about two euros, and about ten thousand.
_RARER: dict[str, tuple[int, int]] = {
    "BHD": (1_000, 4_400_000),
    "BIF": (7_000, 34_000_000),
    "CLP": (2_000, 10_000_000),
    "CZK": (5_000, 25_000_000),
    "DJF": (400, 2_000_000),
    "DKK": (1_500, 7_500_000),
    "GNF": (20_000, 95_000_000),
    "HUF": (80_000, 95_000_000),
    "ISK": (30_000, 95_000_000),
    "JOD": (1_500, 8_000_000),
    "KMF": (1_000, 5_000_000),
    "KRW": (3_000, 16_000_000),
    "KWD": (1_000, 3_500_000),
    "MGA": (10_000, 50_000_000),
    "NOK": (2_000, 11_500_000),
    "OMR": (1_000, 4_500_000),
    "PLN": (1_000, 4_300_000),
    "PYG": (16_000, 80_000_000),
    "RWF": (3_000, 16_000_000),
    "SEK": (2_000, 11_000_000),
    "TND": (7_000, 34_000_000),
    "TWD": (7_000, 36_000_000),
    "UGX": (800_000, 95_000_000),
    "VND": (60_000, 95_000_000),
    "VUV": (300, 1_400_000),
    "XAF": (1_000, 6_000_000),
    "XPF": (250, 1_200_000),
}


def limits_of(currency: str) -> tuple[Money, Money]:
    """Return the least and the most that one pledge in `currency` may be.

    Raises KeyError for a currency that no campaign here uses.
    """
    least, most = {**LIMITS, **_RARER}[currency]
    return Money(least, currency), Money(most, currency)
