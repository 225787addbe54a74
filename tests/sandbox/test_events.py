"""Events and their delivery: signed, chosen, retried, disturbed."""

import pytest
import stripe

from tests.sandbox.receiver import wait_until
from tests.sandbox.steps import a_paid_intent, client_of

VERSION = "2026-10-28.endive"
DAY = 86_400


def an_endpoint(client, receiver, *events, **more):
    return client.v1.webhook_endpoints.create(
        {"url": receiver.url, "enabled_events": list(events) or ["*"], **more}
    )


def delivered(sandbox):
    return sandbox.control("deliveries")["states"]


class TestListEvents:
    def test_chooses_by_type_and_by_several_types(self, client, sandbox):
        a_paid_intent(sandbox, client)

        charged = client.v1.events.list({"type": "charge.*"}).data
        both = client.v1.events.list(
            {"types": ["charge.succeeded", "checkout.session.completed"]}
        ).data

        assert [event.type for event in charged] == ["charge.succeeded"]
        assert {event.type for event in both} == {"charge.succeeded", "checkout.session.completed"}

    def test_refuses_type_and_types_together(self, client):
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.events.list({"type": "charge.*", "types": ["charge.succeeded"]})

    def test_goes_back_thirty_days(self, client, sandbox):
        a_paid_intent(sandbox, client)

        sandbox.control("clock/advance", {"days": 31})

        assert client.v1.events.list({"type": "charge.succeeded"}).data == []

    def test_shows_each_resource_as_it_was(self, client, sandbox):
        intent = a_paid_intent(sandbox, client)

        created = client.v1.events.list({"type": "payment_intent.created"}).data[0]

        assert created.data.object.id == intent.id
        assert created.data.object.status == "requires_payment_method"
        assert created.api_version == VERSION

    def test_tells_what_has_not_been_delivered(self, client, sandbox, receiver):
        receiver.answers = [500] * 50
        an_endpoint(client, receiver, "charge.succeeded")
        a_paid_intent(sandbox, client)

        missed = client.v1.events.list({"delivery_success": False}).data

        assert [event.type for event in missed] == ["charge.succeeded"]


class TestWebhookEndpoint:
    def test_shows_its_secret_once(self, client, receiver):
        endpoint, other = an_endpoint(client, receiver), an_endpoint(client, receiver)

        assert endpoint.secret.startswith("whsec_")
        assert endpoint.secret != other.secret
        assert "secret" not in client.v1.webhook_endpoints.retrieve(endpoint.id).to_dict()

    def test_refuses_an_event_that_stripe_does_not_have(self, client, receiver):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            an_endpoint(client, receiver, "charge.exploded")

        assert refused.value.param == "enabled_events[0]"

    def test_gets_nothing_when_disabled_or_deleted(self, client, sandbox, receiver):
        off, gone = an_endpoint(client, receiver), an_endpoint(client, receiver)
        client.v1.webhook_endpoints.update(off.id, {"disabled": True})
        client.v1.webhook_endpoints.delete(gone.id)

        a_paid_intent(sandbox, client)

        assert sandbox.control("deliveries")["deliveries"] == []


class TestDelivery:
    def test_is_signed_with_the_endpoints_secret(self, client, sandbox, receiver):
        secret = an_endpoint(client, receiver, api_version=VERSION).secret

        intent = a_paid_intent(sandbox, client)

        events = [one.event(secret) for one in receiver.wait_for(4)]
        assert {event.type for event in events} >= {"payment_intent.succeeded"}
        assert {event.api_version for event in events} == {VERSION}
        assert client.v1.events.retrieve(events[0].id).type == events[0].type
        assert intent.id in receiver.arrived[0].body
        with pytest.raises(stripe.SignatureVerificationError):
            receiver.arrived[0].event("whsec_another")

    def test_brings_only_what_was_asked_for(self, client, sandbox, receiver):
        an_endpoint(client, receiver, "checkout.session.completed")

        a_paid_intent(sandbox, client)

        receiver.wait_for(1)
        assert receiver.types() == ["checkout.session.completed"]

    @pytest.mark.parametrize("status", [500, 400, 302])
    def test_is_tried_again_until_2xx(self, client, sandbox, receiver, status):
        receiver.answers = [status, status]
        an_endpoint(client, receiver, "charge.succeeded")

        a_paid_intent(sandbox, client)

        receiver.wait_for(3)
        wait_until(lambda: delivered(sandbox) == {"delivered": 1}, "a delivery")
        attempts = sandbox.control("deliveries")["attempts"][::-1]
        assert [attempt["status"] for attempt in attempts] == [status, status, 200]
        assert len({one.body for one in receiver.arrived}) == 1

    def test_is_given_up_after_three_days(self, client, sandbox, receiver):
        sandbox.control("settings", {"first_retry_seconds": DAY, "longest_retry_seconds": DAY})
        receiver.answers = [500] * 9
        an_endpoint(client, receiver, "charge.succeeded")
        a_paid_intent(sandbox, client)

        for attempts in range(1, 4):
            receiver.wait_for(attempts)
            wait_until(lambda n=attempts: attempts_of(sandbox) == n, f"attempt {attempts}")
            sandbox.control("clock/advance", {"days": 1})

        wait_until(lambda: delivered(sandbox) == {"given up": 1}, "giving up")
        assert attempts_of(sandbox) in (3, 4)

    def test_to_a_platforms_connect_endpoint_names_the_account(self, client, sandbox, receiver):
        account = sandbox.control("accounts", {})["id"]
        an_endpoint(client, receiver, "charge.succeeded", connect=True)
        a_paid_intent(sandbox, client)

        a_paid_intent(sandbox, client_of(sandbox, account=account))

        receiver.wait_for(1)
        assert [f'"account": "{account}"' in one.body for one in receiver.arrived] == [True]

    def test_to_an_own_endpoint_brings_no_other_accounts_events(self, client, sandbox, receiver):
        account = sandbox.control("accounts", {})["id"]
        an_endpoint(client, receiver, "charge.succeeded")

        a_paid_intent(sandbox, client_of(sandbox, account=account))
        a_paid_intent(sandbox, client)

        receiver.wait_for(1)
        assert [account in one.body for one in receiver.arrived] == [False]


def attempts_of(sandbox):
    return len(sandbox.control("deliveries")["attempts"])


class TestDisturbedDelivery:
    def disturbed(self, sandbox, client, receiver, **how):
        secret = an_endpoint(client, receiver, "charge.succeeded").secret
        sandbox.control("deliveries/disturb", how)
        return secret, a_paid_intent(sandbox, client)

    def test_is_lost(self, client, sandbox, receiver):
        self.disturbed(sandbox, client, receiver, drop_next=1)

        wait_until(lambda: delivered(sandbox) == {"dropped": 1}, "a loss")
        assert receiver.arrived == []
        assert client.v1.events.list({"type": "charge.succeeded"}).data
        assert sandbox.control("deliveries")["met"] == {"lost": 1}

    def test_is_lost_as_long_as_all_are(self, client, sandbox, receiver):
        self.disturbed(sandbox, client, receiver, drop_all=True)
        wait_until(lambda: delivered(sandbox) == {"dropped": 1}, "a loss")

        sandbox.control("deliveries/disturb", {"drop_all": False})
        a_paid_intent(sandbox, client)

        receiver.wait_for(1)
        assert delivered(sandbox)["dropped"] == 1

    def test_comes_twice(self, client, sandbox, receiver):
        self.disturbed(sandbox, client, receiver, duplicate=True)

        first, second = receiver.wait_for(2)
        assert first.body == second.body
        assert sandbox.control("deliveries")["met"] == {"lost": 0, "doubled": 1}

    def test_carries_a_wrong_signature(self, client, sandbox, receiver):
        secret, _ = self.disturbed(sandbox, client, receiver, bad_signature_next=1)

        with pytest.raises(stripe.SignatureVerificationError):
            receiver.wait_for(1)[0].event(secret)

    def test_carries_an_old_timestamp(self, client, sandbox, receiver):
        secret, _ = self.disturbed(sandbox, client, receiver, old_timestamp_next=1)

        with pytest.raises(stripe.SignatureVerificationError, match="tolerance"):
            receiver.wait_for(1)[0].event(secret)

    def test_comes_again_on_demand(self, client, sandbox, receiver):
        self.disturbed(sandbox, client, receiver)
        receiver.wait_for(1)
        event = client.v1.events.list({"type": "charge.succeeded"}).data[0]

        sandbox.control(f"events/{event.id}/redeliver", {})

        first, second = receiver.wait_for(2)
        assert first.body == second.body

    def test_refuses_a_disturbance_that_does_not_exist(self, sandbox):
        status, answer = sandbox.controlled("deliveries/disturb", {"eat": True})

        assert status == 400
        assert "drop_next" in answer["error"]["message"]
