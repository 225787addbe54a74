"""A client's network, and that a forged header does not change it.

Planted and seen to fall: the first address of X-Forwarded-For taken, no prefix for IPv6.
"""

import pytest
from django.test import RequestFactory

from backend.accounts.networks import network_of


def seen(address="203.0.113.7", *, forwarded=None):
    more = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}
    return network_of(RequestFactory().get("/", REMOTE_ADDR=address, **more))


class TestNetworkOf:
    @pytest.mark.parametrize(
        ("address", "network"),
        [
            ("203.0.113.7", "203.0.113.0/24"),
            ("203.0.113.250", "203.0.113.0/24"),
            ("203.0.114.7", "203.0.114.0/24"),
            ("2001:db8:1:2::3", "2001:db8:1::/48"),
            ("2001:db8:1:ffff::3", "2001:db8:1::/48"),
        ],
    )
    def test_is_the_household_of_an_address(self, address, network):
        assert seen(address) == network

    def test_is_not_changed_by_a_hundred_forged_addresses(self):
        forged = {seen(forwarded=f"198.51.{number}.1") for number in range(100)}

        assert forged == {"203.0.113.0/24"}

    def test_behind_a_proxy_is_what_the_proxy_saw(self, settings):
        settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1

        assert seen("10.0.0.2", forwarded="1.2.3.4, 198.51.100.9") == "198.51.100.0/24"
