"""Stripe's table of currencies.

Planted and seen to fall: UGX among those without decimals; MGA with ISO 4217's two; a code in
lower case accepted.
"""

import pytest

from backend.money import Money
from backend.money.currencies import (
    CURRENCIES,
    MAXIMUM_MINOR,
    UnknownCurrency,
    exponent,
    minimum_charge,
    multiple,
    places,
)

NO_DECIMALS = [
    "BIF",
    "CLP",
    "DJF",
    "GNF",
    "JPY",
    "KMF",
    "KRW",
    "MGA",
    "PYG",
    "RWF",
    "VND",
    "VUV",
    "XAF",
    "XOF",
    "XPF",
]
THREE_DECIMALS = ["BHD", "JOD", "KWD", "OMR", "TND"]


class TestExponent:
    def test_knows_more_than_135_currencies_each_once(self):
        assert len(CURRENCIES) > 135
        assert len(set(CURRENCIES)) == len(CURRENCIES)

    @pytest.mark.parametrize(
        ("codes", "digits"),
        [(NO_DECIMALS, 0), (["EUR", "USD", "ISK", "UGX", "HUF", "TWD"], 2), (THREE_DECIMALS, 3)],
    )
    def test_is_what_stripe_counts_in(self, codes, digits):
        assert {code: exponent(code) for code in codes} == dict.fromkeys(codes, digits)

    def test_is_two_for_all_the_others(self):
        others = set(CURRENCIES) - {*NO_DECIMALS, *THREE_DECIMALS}

        assert {exponent(code) for code in others} == {2}

    @pytest.mark.parametrize("ask", [exponent, multiple, places, minimum_charge])
    @pytest.mark.parametrize("code", ["eur", "XXX", "", "EUR ", None, []])
    def test_is_never_guessed(self, ask, code):
        with pytest.raises(UnknownCurrency, match="does not charge in"):
            ask(code)


class TestMultiple:
    def test_is_ten_with_three_decimals_and_a_hundred_where_cents_are_unused(self):
        unusual = {code: multiple(code) for code in CURRENCIES if multiple(code) != 1}

        assert unusual == dict.fromkeys(THREE_DECIMALS, 10) | {"ISK": 100, "UGX": 100}

    def test_leaves_people_no_decimals_where_cents_are_unused(self):
        written = [places(code) for code in ("ISK", "UGX", "JPY", "EUR", "KWD")]

        assert written == [0, 0, 0, 2, 3]


class TestMinimumCharge:
    @pytest.mark.parametrize(
        ("minor", "code"),
        [
            (50, "EUR"),
            (50, "USD"),
            (50, "CAD"),
            (50, "CHF"),
            (30, "GBP"),
            (50, "JPY"),
            (250, "DKK"),
            (300, "SEK"),
            (300, "NOK"),
            (200, "PLN"),
            (17500, "HUF"),
            (1500, "CZK"),
        ],
    )
    def test_is_what_stripe_publishes(self, minor, code):
        assert minimum_charge(code) == Money(minor, code)

    def test_can_be_charged_in_every_currency(self):
        minima = [minimum_charge(code) for code in CURRENCIES]

        assert all(0 < least.minor < MAXIMUM_MINOR for least in minima)
        assert all(least.minor % multiple(least.currency) == 0 for least in minima)
