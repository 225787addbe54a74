"""The clock: what falls due happens at its moment and in order, retries and pruning included.

Planted and seen to fall: changes that bear the moment at which the clock stopped, retries made at
the end of a jump, and keys that are never pruned.
"""

import sqlite3
from contextlib import closing
from itertools import pairwise

from tests.sandbox.receiver import wait_until
from tests.sandbox.steps import a_paid_intent, an_open_session

HOUR, DAY = 3_600, 86_400


def created(client, kind):
    return client.v1.events.list({"type": kind}).data[0].created


class TestAdvance:
    def test_lets_each_change_happen_at_its_moment_and_in_order(self, client, sandbox):
        session = an_open_session(client)
        slow = an_open_session(client)
        sandbox.complete(slow.id, method="sepa_debit")
        begun = session.created

        sandbox.control("clock/advance", {"days": 20})

        expired = created(client, "checkout.session.expired")
        settled = created(client, "checkout.session.async_payment_succeeded")
        told = created(client, "balance.available")
        assert [round((at - begun) / DAY) for at in (expired, settled, told)] == [1, 5, 7]
        assert abs(expired - begun - DAY) <= 1
        latest = [event.type for event in client.v1.events.list({"limit": 3}).data]
        assert latest == [
            "balance.available",
            "checkout.session.async_payment_succeeded",
            "payment_intent.succeeded",
        ]

    def test_lets_a_change_bring_the_next_one(self, client, sandbox):
        sandbox.control("settings", {"payout_every_seconds": DAY})
        an_open_session(client)
        intent = a_paid_intent(sandbox, client)

        answer = sandbox.control("clock/advance", {"days": 9})

        (payout,) = client.v1.payouts.list().data
        assert (payout.status, payout.created % DAY) == ("paid", 0)
        assert 2 * DAY < payout.created - intent.created <= 3 * DAY
        # The session expires, funds become available, are told of, are paid out, and arrive.
        assert answer["changes"] == 5

    def test_says_where_the_clock_is(self, sandbox):
        first = sandbox.control("clock/advance", {"hours": 2, "days": 1})
        second = sandbox.control("clock/advance", {"seconds": 5})

        assert first["offset_seconds"] == DAY + 2 * HOUR
        assert second["now"] - first["now"] in (5, 6)
        assert second["reached"] is True

    def test_goes_only_forward(self, sandbox):
        status, answer = sandbox.controlled("clock/advance", {"seconds": -1})

        assert (status, "forward" in answer["error"]["message"]) == (400, True)

    def test_prunes_keys_after_a_day(self, client, sandbox):
        client.v1.customers.create({}, {"idempotency_key": "one"})

        def kept():
            connection = sqlite3.connect(sandbox.folder / "sandbox.sqlite3")
            with closing(connection):
                return connection.execute("SELECT count(*) FROM stored_answer").fetchone()[0]

        sandbox.control("clock/advance", {"hours": 23})
        before = kept()
        sandbox.control("clock/advance", {"hours": 2})

        assert (before, kept()) == (1, 0)


class TestAdvanceWithDeliveries:
    def an_endpoint(self, client, receiver, *events):
        params = {"url": receiver.url, "enabled_events": list(events)}
        return client.v1.webhook_endpoints.create(params)

    def attempts(self, sandbox):
        return sandbox.control("deliveries")["attempts"][::-1]

    def test_tries_again_with_growing_pauses_for_three_days(self, client, sandbox, receiver):
        sandbox.control("settings", {"first_retry_seconds": 2.0, "retry_factor": 4.0})
        receiver.answers = [500] * 50
        self.an_endpoint(client, receiver, "charge.succeeded")
        a_paid_intent(sandbox, client)
        wait_until(lambda: len(self.attempts(sandbox)) == 1, "a first attempt")

        sandbox.control("clock/advance", {"days": 4, "deliver": True})

        (delivery,) = sandbox.control("deliveries")["deliveries"]
        moments = [attempt["at"] for attempt in self.attempts(sandbox)]
        pauses = [later - earlier for earlier, later in pairwise(moments)]
        assert [round(pause) for pause in pauses[:6]] == [2, 8, 32, 128, 512, 2048]
        assert round(max(pauses)) == 12 * HOUR
        assert (delivery["state"], len(moments)) == ("given up", 13)
        assert 2 * DAY < moments[-1] - moments[0] <= 3 * DAY

    def test_stops_trying_when_the_endpoint_is_well_again(self, client, sandbox, receiver):
        sandbox.control("settings", {"first_retry_seconds": 60.0, "retry_factor": 4.0})
        receiver.answers = [500, 503, 302]
        self.an_endpoint(client, receiver, "charge.succeeded")
        a_paid_intent(sandbox, client)

        sandbox.control("clock/advance", {"days": 1, "deliver": True})

        attempts = self.attempts(sandbox)
        assert [attempt["status"] for attempt in attempts] == [500, 503, 302, 200]
        assert round(attempts[-1]["at"] - attempts[0]["at"], -1) == 60 + 240 + 960

    def test_delivers_what_falls_due_on_the_way(self, client, sandbox, receiver):
        an_open_session(client)
        self.an_endpoint(client, receiver, "checkout.session.expired", "balance.available")
        a_paid_intent(sandbox, client)

        answer = sandbox.control("clock/advance", {"days": 3, "deliver": True})

        assert answer["reached"] is True
        assert receiver.types() == ["checkout.session.expired", "balance.available"]
        first, second = self.attempts(sandbox)
        assert round((second["at"] - first["at"]) / DAY) == 1

    def test_ends_on_the_way_when_there_is_too_much_to_try(self, client, sandbox, receiver):
        sandbox.control("settings", {"first_retry_seconds": 0.001, "retry_factor": 1.0})
        receiver.answers = [500] * 100_000
        self.an_endpoint(client, receiver, "charge.succeeded")
        a_paid_intent(sandbox, client)

        answer = sandbox.control("clock/advance", {"days": 3, "deliver": True})

        assert answer["reached"] is False
        assert answer["offset_seconds"] < DAY
