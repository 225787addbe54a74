"""Money and its one rounding.

Planted and seen to fall: spare units given to the last part instead of the first; a bool let
through as minor units; `__ge__` written as `>`.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.money import CurrencyMismatch, Money, split_by_weight
from backend.money.currencies import CURRENCIES

amounts = st.builds(Money, st.integers(), st.sampled_from(CURRENCIES))
weights = st.lists(st.integers(0, 10**9), min_size=1, max_size=12).filter(any)


def euros(minor):
    return Money(minor, "EUR")


class TestMoney:
    @pytest.mark.parametrize("minor", [1.0, "100", True, None])
    def test_refuses_minor_units_that_are_not_an_int(self, minor):
        with pytest.raises(TypeError, match="whole numbers"):
            Money(minor, "EUR")

    @pytest.mark.parametrize("currency", ["eur", "EU", "EURO", "EUR\n", "ÉUR", "", None, 978])
    def test_refuses_a_currency_that_is_not_three_capital_letters(self, currency):
        with pytest.raises(ValueError, match="three capital letters"):
            Money(100, currency)

    @pytest.mark.parametrize("act", ["__add__", "__sub__", "__lt__", "__le__", "__gt__", "__ge__"])
    def test_two_currencies_never_meet(self, act):
        with pytest.raises(CurrencyMismatch, match="EUR with XOF"):
            getattr(Money(100, "EUR"), act)(Money(100, "XOF"))

    @pytest.mark.parametrize("act", ["__add__", "__sub__", "__lt__", "__le__", "__gt__", "__ge__"])
    def test_a_bare_number_is_no_money(self, act):
        with pytest.raises(TypeError, match="another one"):
            getattr(Money(100, "EUR"), act)(100)

    def test_equal_amounts_of_two_currencies_differ(self):
        assert Money(100, "EUR") != Money(100, "USD")

    def test_zero_is_false_and_every_other_amount_is_true(self):
        assert not euros(0)
        assert euros(-1)

    def test_cannot_be_changed(self):
        with pytest.raises(AttributeError):
            euros(1).minor = 2

    @given(st.integers(), st.integers())
    def test_is_ordered_and_added_as_its_minor_units_are(self, one, other):
        a, b = euros(one), euros(other)

        assert (a < b, a <= b, a > b, a >= b, a == b) == (
            one < other,
            one <= other,
            one > other,
            one >= other,
            one == other,
        )
        assert a + b == euros(one + other)
        assert a - b == a + -b == euros(one - other)


class TestSplitByWeight:
    @pytest.mark.parametrize(
        ("whole", "shares", "parts"),
        [
            pytest.param(1000, [1, 1, 1], [334, 333, 333], id="the spare cent goes to the first"),
            pytest.param(1000, [1, 2], [333, 667], id="the spare cent goes to the larger loss"),
            pytest.param(5, [0, 1], [0, 5], id="a weight of zero gets nothing"),
            pytest.param(0, [3, 1], [0, 0], id="nothing to split"),
            pytest.param(-1000, [1, 1, 1], [-334, -333, -333], id="a refund mirrors its gift"),
            pytest.param(2, [1, 1, 1, 1], [1, 1, 0, 0], id="fewer cents than parts"),
        ],
    )
    def test_gives_each_part_its_due(self, whole, shares, parts):
        assert split_by_weight(euros(whole), shares) == [euros(part) for part in parts]

    @pytest.mark.parametrize("shares", [[], [0, 0], [1, -1], [0.5, 0.5], [True, True]])
    def test_refuses_weights_that_cannot_share(self, shares):
        with pytest.raises(ValueError, match="weights must be whole"):
            split_by_weight(euros(10), shares)

    @given(amounts, weights)
    def test_the_parts_add_up_to_the_whole(self, whole, shares):
        parts = split_by_weight(whole, shares)

        assert sum(part.minor for part in parts) == whole.minor
        assert {part.currency for part in parts} == {whole.currency}

    @given(amounts, weights)
    def test_no_part_is_a_whole_unit_away_from_its_exact_share(self, whole, shares):
        parts = split_by_weight(whole, shares)

        total = sum(shares)
        assert all(
            abs(part.minor * total - whole.minor * weight) < total
            for part, weight in zip(parts, shares, strict=True)
        )

    @given(amounts, weights)
    def test_a_refund_undoes_each_part_of_the_gift(self, whole, shares):
        assert split_by_weight(-whole, shares) == [-part for part in split_by_weight(whole, shares)]

    @given(amounts, st.integers(1, 1000))
    def test_equal_weights_differ_by_one_unit_at_most_and_earlier_parts_get_more(self, whole, n):
        parts = [abs(part.minor) for part in split_by_weight(whole, [7] * min(n, 50))]

        assert max(parts) - min(parts) <= 1
        assert parts == sorted(parts, reverse=True)
