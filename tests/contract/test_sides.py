"""The sides themselves: no live key is ever used, and differences are found.

Planted and seen to fall: a live key that is taken for a test key.
"""

import pytest

from tests.contract.sides import OURS, STRIPES, NotATestKey, differences, sides


class TestSides:
    def test_are_one_without_a_key_and_two_with_one(self):
        assert sides({}) == [OURS]
        assert sides({"STRIPE_TEST_KEY": "rk_test_a"}) == [OURS, STRIPES]

    @pytest.mark.parametrize("key", ["sk_live_a", "rk_live_a", "pk_test_a", "whsec_a"])
    def test_take_test_keys_only(self, key):
        with pytest.raises(NotATestKey):
            sides({"STRIPE_TEST_KEY": key})

    def test_differ_in_the_fields_that_only_one_has(self):
        ours = {"charge": {"id", "colour"}, "refund": {"id"}}
        stripes = {"charge": {"id", "level3"}, "refund": {"id"}, "payout": {"id"}}

        assert differences(ours, stripes) == {
            "charge": {"only_stripe": ["level3"], "only_sandbox": ["colour"]}
        }
