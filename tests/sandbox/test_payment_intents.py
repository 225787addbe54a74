"""PaymentIntents by themselves: states, saved cards off session, limits."""

import pytest
import stripe

from tests.sandbox.steps import a_saved_card, an_open_session, event_types, off_session

FRESH = {"amount": 2000, "currency": "eur"}


def decline_of(client, params):
    with pytest.raises(stripe.CardError) as declined:
        client.v1.payment_intents.create(params)
    return declined.value


class TestCreateIntent:
    def test_waits_for_a_payment_method(self, client):
        intent = client.v1.payment_intents.create(FRESH)

        assert intent.status == "requires_payment_method"
        assert event_types(client) == ["payment_intent.created"]

    def test_waits_for_confirmation_with_one(self, client):
        intent = client.v1.payment_intents.create({**FRESH, "payment_method": "pm_card_visa"})

        assert intent.status == "requires_confirmation"

    @pytest.mark.parametrize("missing", ["amount", "currency"])
    def test_needs_an_amount_and_a_currency(self, client, missing):
        params = {name: part for name, part in FRESH.items() if name != missing}

        with pytest.raises(stripe.InvalidRequestError) as refused:
            client.v1.payment_intents.create(params)

        assert (refused.value.code, refused.value.param) == ("parameter_missing", missing)

    def test_refuses_off_session_without_confirm(self, client):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            client.v1.payment_intents.create({**FRESH, "off_session": True})

        assert refused.value.param == "off_session"


class TestConfirmIntent:
    def test_succeeds_once(self, client):
        intent = client.v1.payment_intents.create({**FRESH, "payment_method": "pm_card_visa"})

        paid = client.v1.payment_intents.confirm(intent.id)

        assert (paid.status, paid.amount_received) == ("succeeded", 2000)
        with pytest.raises(stripe.InvalidRequestError) as refused:
            client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
        assert refused.value.code == "payment_intent_unexpected_state"
        assert len(client.v1.charges.list({"payment_intent": intent.id}).data) == 1

    def test_falls_back_after_a_decline_and_succeeds_with_another_card(self, client):
        intent = client.v1.payment_intents.create(FRESH)

        with pytest.raises(stripe.CardError):
            client.v1.payment_intents.confirm(
                intent.id, {"payment_method": "pm_card_chargeDeclined"}
            )

        failed = client.v1.payment_intents.retrieve(intent.id)
        assert failed.status == "requires_payment_method"
        assert failed.last_payment_error.decline_code == "generic_decline"
        paid = client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
        assert (paid.status, paid.last_payment_error) == ("succeeded", None)

    def test_asks_for_three_d_secure_on_session(self, client, sandbox):
        params = {"payment_method": "pm_card_authenticationRequired", "return_url": "http://x.test"}
        intent = client.v1.payment_intents.create(FRESH)

        waiting = client.v1.payment_intents.confirm(intent.id, params)

        assert waiting.status == "requires_action"
        address = f"http://localhost:{sandbox.port}/c/authenticate/{intent.id}"
        assert waiting.next_action.redirect_to_url.url == address

    def test_needs_a_payment_method(self, client):
        intent = client.v1.payment_intents.create(FRESH)

        with pytest.raises(stripe.InvalidRequestError, match="missing a payment method"):
            client.v1.payment_intents.confirm(intent.id)

    def test_of_checkouts_own_intent_is_refused(self, client, sandbox):
        session = an_open_session(client)
        intent = sandbox.complete(session.id, card="4000000000000002")["payment_intent"]

        with pytest.raises(stripe.InvalidRequestError, match="Checkout Session"):
            client.v1.payment_intents.confirm(intent, {"payment_method": "pm_card_visa"})


class TestChargeASavedCard:
    @pytest.mark.parametrize("card", ["4242424242424242", "4000002500003155"])
    def test_succeeds_without_its_owner(self, client, sandbox, card):
        saved = a_saved_card(sandbox, client, card)

        assert client.v1.payment_intents.create(off_session(*saved)).status == "succeeded"

    @pytest.mark.parametrize(
        ("card", "code", "decline_code"),
        [
            ("4000002760003184", "authentication_required", "authentication_required"),
            ("4000000000000341", "card_declined", "generic_decline"),
            ("4000008260003178", "authentication_required", "authentication_required"),
        ],
    )
    def test_is_declined_with_the_intent_in_the_error(
        self, client, sandbox, card, code, decline_code
    ):
        saved = a_saved_card(sandbox, client, card)

        declined = decline_of(client, off_session(*saved))

        assert (declined.http_status, declined.code) == (402, code)
        assert declined.error.decline_code == decline_code
        intent = client.v1.payment_intents.retrieve(declined.error.payment_intent.id)
        assert intent.status == "requires_payment_method"

    def test_is_declined_for_want_of_funds(self, client):
        method = "pm_card_chargeDeclinedInsufficientFunds"

        declined = decline_of(client, {**FRESH, "payment_method": method, "confirm": True})

        assert declined.error.decline_code == "insufficient_funds"

    def test_of_another_customer_is_refused(self, client, sandbox):
        _, method = a_saved_card(sandbox, client)
        stranger = client.v1.customers.create({"email": "other@example.org"})

        with pytest.raises(stripe.InvalidRequestError, match="another Customer"):
            client.v1.payment_intents.create(off_session(stranger.id, method))

    def test_is_not_possible_with_a_card_used_up_without_a_customer(self, client):
        params = {**FRESH, "payment_method": "pm_card_visa", "confirm": True}
        used = client.v1.payment_intents.create(params).payment_method

        with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
            client.v1.payment_intents.create({**params, "payment_method": used})


class TestCancelIntent:
    def test_ends_an_open_intent_for_good(self, client):
        intent = client.v1.payment_intents.create(FRESH)

        canceled = client.v1.payment_intents.cancel(
            intent.id, {"cancellation_reason": "requested_by_customer"}
        )

        assert canceled.status == "canceled"
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})

    def test_of_a_paid_intent_is_refused(self, client):
        params = {**FRESH, "payment_method": "pm_card_visa", "confirm": True}
        intent = client.v1.payment_intents.create(params)

        with pytest.raises(stripe.InvalidRequestError) as refused:
            client.v1.payment_intents.cancel(intent.id)

        assert refused.value.code == "payment_intent_unexpected_state"


class TestUpdateIntent:
    def test_changes_the_amount_before_it_is_paid(self, client):
        intent = client.v1.payment_intents.create(FRESH)

        assert client.v1.payment_intents.update(intent.id, {"amount": 3000}).amount == 3000

    def test_refuses_another_amount_afterwards(self, client):
        params = {**FRESH, "payment_method": "pm_card_visa", "confirm": True}
        intent = client.v1.payment_intents.create(params)

        with pytest.raises(stripe.InvalidRequestError):
            client.v1.payment_intents.update(intent.id, {"amount": 3000})

    def test_adds_and_removes_metadata(self, client):
        intent = client.v1.payment_intents.create({**FRESH, "metadata": {"a": "1", "b": "2"}})

        changed = client.v1.payment_intents.update(intent.id, {"metadata": {"a": "", "c": "3"}})

        assert changed.metadata.to_dict() == {"b": "2", "c": "3"}


class TestMetadata:
    @pytest.mark.parametrize(
        "metadata",
        [
            {f"key{number}": "x" for number in range(51)},
            {"k" * 41: "x"},
            {"key": "x" * 501},
        ],
        ids=["51 keys", "a key of 41", "a value of 501"],
    )
    def test_beyond_its_limits_is_refused(self, client, metadata):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            client.v1.payment_intents.create({**FRESH, "metadata": metadata})

        assert refused.value.param == "metadata"

    def test_at_its_limits_is_kept(self, client):
        metadata = {f"{number:040}": "x" * 500 for number in range(50)}

        intent = client.v1.payment_intents.create({**FRESH, "metadata": metadata})

        assert intent.metadata.to_dict() == metadata


class TestSetupIntent:
    def test_saves_a_card_for_a_customer(self, client):
        customer = client.v1.customers.create({})

        setup = client.v1.setup_intents.create(
            {"customer": customer.id, "payment_method": "pm_card_visa", "confirm": True}
        )

        assert setup.status == "succeeded"
        assert client.v1.payment_methods.retrieve(setup.payment_method).customer == customer.id

    def test_can_be_cancelled_while_it_waits(self, client):
        setup = client.v1.setup_intents.create({})

        assert client.v1.setup_intents.cancel(setup.id).status == "canceled"
        with pytest.raises(stripe.InvalidRequestError) as refused:
            client.v1.setup_intents.confirm(setup.id, {"payment_method": "pm_card_visa"})
        assert refused.value.code == "setup_intent_unexpected_state"
