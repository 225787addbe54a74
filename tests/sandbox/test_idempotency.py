"""One key, one effect, exactly as Stripe documents it."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import stripe

from tests.sandbox.receiver import wait_until
from tests.sandbox.steps import client_of

HOUR = 3600
PARAMS = {"amount": 2000, "currency": "eur"}


def with_key(key="key-1", **more):
    return {"idempotency_key": key, **more}


class TestIdempotencyKey:
    def test_answers_the_same_again_and_says_so(self, client):
        first = client.v1.payment_intents.create(PARAMS, with_key())

        second = client.v1.payment_intents.create(PARAMS, with_key())

        assert second.id == first.id
        assert second.last_response.headers["Idempotent-Replayed"] == "true"
        assert "Idempotent-Replayed" not in first.last_response.headers
        assert len(client.v1.payment_intents.list().data) == 1

    def test_refuses_other_parameters(self, client):
        client.v1.payment_intents.create(PARAMS, with_key())

        with pytest.raises(stripe.IdempotencyError) as refused:
            client.v1.payment_intents.create({**PARAMS, "amount": 2001}, with_key())

        assert refused.value.http_status == 400

    def test_refuses_another_address(self, client):
        client.v1.payment_intents.create(PARAMS, with_key())

        with pytest.raises(stripe.IdempotencyError):
            client.v1.customers.create({}, with_key())

    def test_is_not_used_up_by_a_refused_call(self, client):
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.payment_intents.create({"amount": 2000, "currency": "zzz"}, with_key())

        assert client.v1.payment_intents.create(PARAMS, with_key()).amount == 2000

    def test_repeats_a_decline(self, client):
        declining = {**PARAMS, "payment_method": "pm_card_chargeDeclined", "confirm": True}

        refusals = []
        for _ in range(2):
            with pytest.raises(stripe.CardError) as declined:
                client.v1.payment_intents.create(declining, with_key())
            refusals.append(declined.value)

        assert refusals[1].headers["Idempotent-Replayed"] == "true"
        assert len(client.v1.charges.list().data) == 1

    def test_repeats_a_500_although_the_effect_has_happened(self, client, sandbox):
        sandbox.control("faults/next", {"kind": "error_after"})

        for _ in range(2):
            with pytest.raises(stripe.APIError) as failed:
                client.v1.payment_intents.create(PARAMS, with_key())
            assert failed.value.http_status == 500

        assert failed.value.headers["Idempotent-Replayed"] == "true"
        assert len(client.v1.payment_intents.list().data) == 1

    def test_is_forgotten_after_a_day(self, client, sandbox):
        first = client.v1.payment_intents.create(PARAMS, with_key())

        sandbox.control("clock/advance", {"seconds": 24 * HOUR - 5})
        within = client.v1.payment_intents.create(PARAMS, with_key())
        sandbox.control("clock/advance", {"seconds": 6})
        later = client.v1.payment_intents.create(PARAMS, with_key())

        assert within.id == first.id
        assert later.id != first.id

    def test_belongs_to_one_account(self, client, sandbox):
        account = sandbox.control("accounts", {})["id"]
        first = client.v1.payment_intents.create(PARAMS, with_key())

        other = client.v1.payment_intents.create(PARAMS, with_key(stripe_account=account))

        assert other.id != first.id

    def test_of_256_characters_is_refused(self, client):
        with pytest.raises(stripe.InvalidRequestError, match="255"):
            client.v1.payment_intents.create(PARAMS, with_key("k" * 256))

        assert client.v1.payment_intents.create(PARAMS, with_key("k" * 255)).id

    def test_in_use_answers_409(self, client, sandbox):
        sandbox.control("faults/next", {"kind": "delay_after", "seconds": 1.5})
        with ThreadPoolExecutor(1) as pool:
            slow = pool.submit(client.v1.payment_intents.create, PARAMS, with_key())
            wait_until_met(sandbox, "delay_after")

            with pytest.raises(stripe.APIError) as refused:
                client_of(sandbox).v1.payment_intents.create(PARAMS, with_key())

            first = slow.result()

        assert refused.value.http_status == 409
        assert refused.value.error.code == "idempotency_key_in_use"
        assert client.v1.payment_intents.create(PARAMS, with_key()).id == first.id

    def test_used_by_twenty_at_once_makes_one_payment(self, sandbox, client):
        def call(_):
            own = client_of(sandbox)
            try:
                return own.v1.payment_intents.create(PARAMS, with_key()).id
            except stripe.APIError as busy:
                return busy.http_status

        with ThreadPoolExecutor(20) as pool:
            outcomes = set(pool.map(call, range(20)))

        intents = client.v1.payment_intents.list().data
        assert len(intents) == 1
        assert outcomes - {409} == {intents[0].id}


def wait_until_met(sandbox, kind):
    wait_until(lambda: kind in sandbox.control("faults")["met"], kind)
