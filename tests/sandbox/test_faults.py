"""Planned faults: what goes wrong, whether it has happened, and how often.

Planted and seen to fall: a page of the controls without its test cards, a disturbance that
nobody explains, a bare address that leads nowhere.
"""

import html
import time
from dataclasses import asdict, fields

import httpx
import pytest
import stripe

from sandbox.behaviour import Behaviour
from sandbox.checkout.languages import WORDS
from sandbox.disturbances import MEANINGS, Disturbances
from sandbox.faults import KINDS
from sandbox.payments.cards import CARDS
from tests.sandbox.steps import client_of

PARAMS = {"amount": 2000, "currency": "eur"}
ROUNDS = 200


def plan(sandbox, kind, **more):
    answer = sandbox.control("faults/next", {"kind": kind, **more})
    assert "error" not in answer


def count(client):
    return len(client.v1.payment_intents.list().data)


class TestNextFault:
    @pytest.mark.parametrize(
        ("kind", "happened"),
        [("drop_before", 0), ("drop_after", 1), ("error_before", 0), ("error_after", 1)],
    )
    def test_leaves_the_caller_without_an_answer(self, client, sandbox, kind, happened):
        plan(sandbox, kind, verb="post", path="/v1/payment_intents")

        with pytest.raises((stripe.APIConnectionError, stripe.APIError)):
            client.v1.payment_intents.create(PARAMS)

        assert count(client) == happened

    @pytest.mark.parametrize("kind", ["drop_after", "drop_before", "error_before"])
    def test_is_healed_by_a_retry_with_the_same_key(self, client, sandbox, kind):
        plan(sandbox, kind)

        with pytest.raises((stripe.APIConnectionError, stripe.APIError)):
            client.v1.payment_intents.create(PARAMS, {"idempotency_key": "k"})
        client.v1.payment_intents.create(PARAMS, {"idempotency_key": "k"})

        assert count(client) == 1

    def test_says_when_to_come_again(self, client, sandbox):
        plan(sandbox, "rate_limit", retry_after=3)

        with pytest.raises(stripe.RateLimitError) as refused:
            client.v1.payment_intents.create(PARAMS)

        assert refused.value.headers["Retry-After"] == "3"
        assert count(client) == 0

    @pytest.mark.parametrize("kind", ["delay_before", "delay_after"])
    def test_makes_the_caller_wait(self, client, sandbox, kind):
        plan(sandbox, kind, seconds=0.4)
        begun = time.monotonic()

        client.v1.payment_intents.create(PARAMS)

        assert time.monotonic() - begun >= 0.4

    def test_meets_only_the_calls_that_are_meant(self, client, sandbox):
        plan(sandbox, "error_before", path="/v1/refunds", count=2)

        client.v1.payment_intents.create(PARAMS)

        assert sandbox.control("faults")["met"] == {}
        assert len(sandbox.control("faults")["planned"]) == 1

    def test_refuses_a_kind_that_does_not_exist(self, sandbox):
        status, answer = sandbox.controlled("faults/next", {"kind": "fire"})

        assert status == 400
        assert "drop_after" in answer["error"]["message"]


class TestFaultRates:
    def met_with(self, sandbox, seed):
        per_mille = {"error_before": 100, "rate_limit": 50}
        sandbox.control("faults/rates", {"seed": seed, "per_mille": per_mille})
        before = sandbox.control("faults")["met"]
        client, pattern = client_of(sandbox), []
        for _ in range(ROUNDS):
            try:
                client.v1.balance.retrieve()
            except stripe.StripeError as failed:
                pattern.append(failed.http_status)
            else:
                pattern.append(200)
        after = sandbox.control("faults/clear", {})["met"]
        met = {kind: after[kind] - before.get(kind, 0) for kind in after}
        return pattern, met

    def test_bring_the_same_faults_for_the_same_seed(self, sandbox):
        first, met = self.met_with(sandbox, 7)
        second, _ = self.met_with(sandbox, 7)
        other, _ = self.met_with(sandbox, 8)

        assert first == second != other
        assert 5 <= met["error_before"] <= 40
        assert 1 <= met["rate_limit"] <= 25

    def test_of_more_than_a_thousand_are_refused(self, sandbox):
        status, _ = sandbox.controlled("faults/rates", {"per_mille": {"drop_after": 1001}})

        assert status == 400


class TestSettings:
    @pytest.mark.parametrize(
        "change",
        [{"colour": 1}, {"slow_method_seconds": "long"}, {"fees": {"eur": [1]}}],
    )
    def test_refuse_what_they_do_not_know(self, sandbox, change):
        before = sandbox.control("settings")

        status, _ = sandbox.controlled("settings", change)

        assert status == 400
        assert sandbox.control("settings") == before

    def test_do_not_let_the_clock_go_back(self, sandbox):
        status, answer = sandbox.controlled("clock/advance", {"seconds": -1})

        assert status == 400
        assert "forward" in answer["error"]["message"]


class TestControls:
    def test_list_themselves(self, sandbox):
        controls = sandbox.control("")["controls"]

        paths = {control["path"] for control in controls}
        assert {"/_sandbox/record", "/_sandbox/faults/next", "/_sandbox/health"} <= paths
        assert all(control["does"] for control in controls)

    def test_are_a_page_for_people(self, sandbox):
        asked = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}

        page = httpx.get(f"{sandbox.url}/_sandbox/guide", headers=asked)

        controls = [control["path"] for control in sandbox.control("")["controls"]]
        documented = [*controls, *KINDS, *MEANINGS, *CARDS, *asdict(Behaviour())]
        told = html.unescape(page.text).replace(" ", "")
        assert page.headers["Content-Type"] == "text/html; charset=utf-8"
        assert len(documented) > 60
        assert [each for each in documented if each not in told] == []
        assert '<a href="/_sandbox/record">' in page.text
        assert WORDS["en"]["banner"] in html.unescape(page.text)

    def test_are_where_the_bare_address_leads(self, sandbox):
        answer = httpx.get(f"{sandbox.url}/")

        assert (answer.status_code, answer.headers["Location"]) == (307, "/_sandbox/")

    def test_explain_every_disturbance(self):
        assert set(MEANINGS) == {field.name for field in fields(Disturbances)} - {"chance"}

    def test_take_json_only(self, sandbox):
        answer = httpx.post(f"{sandbox.url}/_sandbox/faults/clear", data={"a": "b"})

        assert answer.status_code == 400
