"""Between which amounts a pledge may lie, by currency, in Stripe's minor units.

The least is far above Stripe's own minimum, so that a gift is not eaten by its fee; the most is
what one guest may give without being asked who they are.
"""

from backend.money import Money

LIMITS: dict[str, tuple[int, int]] = {
    "EUR": (200, 1_000_000),
    "USD": (200, 1_000_000),
    "GBP": (200, 1_000_000),
    "CHF": (200, 1_000_000),
    "CAD": (200, 1_500_000),
    "JPY": (300, 1_500_000),
    "XOF": (1_000, 6_000_000),
}


def limits_of(currency: str) -> tuple[Money, Money]:
    """Return the least and the most that one pledge in `currency` may be.

    Raises KeyError for a currency that no campaign here uses.
    """
    least, most = LIMITS[currency]
    return Money(least, currency), Money(most, currency)
