"""How fast the sandbox was asked is told by endpoint.

Planted and seen to fall: ids taken for endpoints of their own; calls of other seconds added up.
"""

from collections import Counter

from sandbox.pace import SECONDS_KEPT, Pace
from tests.sandbox.steps import an_open_session


class TestPace:
    def test_is_the_busiest_second_in_all_and_of_each_endpoint(self):
        pace = Pace()
        for at, verb, path in (
            (10.0, "post", "/v1/payment_intents/pi_3Nx/confirm"),
            (10.9, "post", "/v1/payment_intents/pi_4Zy/confirm"),
            (10.9, "get", "/v1/events"),
            (11.0, "post", "/v1/payment_intents/pi_5Ab/confirm"),
            (12.0, "get", "/v1/checkout/sessions/cs_test_a1B2"),
        ):
            pace.note(verb, path, at=at)

        assert pace.busiest(since=0) == {
            "in_all": 3,
            "at_endpoint": {
                "post /v1/payment_intents/{id}/confirm": 2,
                "get /v1/events": 1,
                "get /v1/checkout/sessions/{id}": 1,
            },
        }
        assert pace.busiest(since=12)["at_endpoint"] == Counter(
            {"get /v1/checkout/sessions/{id}": 1}
        )

    def test_is_kept_for_an_hour(self):
        pace = Pace()
        pace.note("get", "/v1/events", at=0)

        for second in range(1, SECONDS_KEPT + 1):
            pace.note("get", "/v1/balance", at=second)

        assert pace.busiest(since=0)["at_endpoint"] == {"get /v1/balance": 1}

    def test_is_told_by_a_control(self, sandbox, client):
        an_open_session(client)

        told = sandbox.control("pace")

        assert told["at_endpoint"]["post /v1/checkout/sessions"] >= 1
        assert told["in_all"] >= 1
