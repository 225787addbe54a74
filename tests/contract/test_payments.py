"""Checkout, payments, saved cards, money rules, keys: the same at the sandbox and at Stripe.

Planted and seen to fall: a sandbox that forgets keys, takes 10 yen, and shows no line of the
balance.
"""

import time
import uuid

import pytest
import stripe

from tests.contract.steps import NEVER_AWAY, NOWHERE, a_payer, a_payment, a_session, charge_of


class TestCheckout:
    def test_opens_shows_and_expires_a_session(self, side):
        metadata = {"payment": str(uuid.uuid4())}
        session = side.noted(
            a_session(
                side,
                metadata=metadata,
                payment_intent_data={"metadata": metadata},
                expires_at=int(time.time()) + 3600,
                locale="fr",
            )
        )

        found = side.v1.checkout.sessions.retrieve(session.id)
        lines = side.noted(side.v1.checkout.sessions.line_items.list(session.id)).data
        expired = side.v1.checkout.sessions.expire(session.id)

        assert (found.status, found.payment_status, found.amount_total) == ("open", "unpaid", 2500)
        assert found.url.startswith("http")
        assert found.metadata.to_dict() == metadata
        assert [line.description for line in lines] == ["A well for Lomé"]
        assert (expired.status, expired.url) == ("expired", None)
        with pytest.raises(stripe.InvalidRequestError):
            side.v1.checkout.sessions.expire(session.id)

    def test_opens_a_session_that_saves_a_card(self, side):
        session = side.noted(
            side.v1.checkout.sessions.create(
                {"mode": "setup", "currency": "eur", "success_url": NOWHERE}
            )
        )

        assert (session.status, session.payment_status) == ("open", "no_payment_required")
        setup = side.noted(side.v1.setup_intents.retrieve(session.setup_intent))
        assert setup.status == "requires_payment_method"

    def test_opens_a_session_that_begins_a_subscription(self, side):
        price = {
            "currency": "eur",
            "unit_amount": 1000,
            "recurring": {"interval": "month"},
            "product_data": {"name": "Monthly"},
        }

        session = side.noted(
            a_session(
                side,
                mode="subscription",
                submit_type="donate",
                line_items=[{"quantity": 1, "price_data": price}],
            )
        )

        assert (session.status, session.payment_intent, session.subscription) == (
            "open",
            None,
            None,
        )

    @pytest.mark.parametrize("seconds", [29 * 60, 25 * 3600])
    def test_refuses_a_session_that_is_too_short_or_too_long(self, side, seconds):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            a_session(side, expires_at=int(time.time()) + seconds - 90)

        assert refused.value.param == "expires_at"


class TestPayment:
    def test_succeeds_with_a_charge_and_a_line(self, side):
        intent = side.noted(a_payment(side))

        charge = charge_of(side, intent)
        line = charge.balance_transaction
        assert (intent.status, charge.status, charge.amount) == ("succeeded", "succeeded", 2500)
        assert (line.type, line.source) == ("charge", charge.id)
        assert line.amount - line.fee == line.net
        assert line.fee > 0
        assert sum(fee.amount for fee in line.fee_details) == line.fee

    def test_is_told_by_events(self, side):
        intent = a_payment(side)

        def told():
            events = side.v1.events.list({"type": "payment_intent.succeeded", "limit": 20}).data
            return [event for event in events if event.data.object.id == intent.id]

        (event,) = side.eventually(told, "the event")
        assert side.noted(event).data.object.status == "succeeded"

    @pytest.mark.parametrize(
        ("card", "decline"),
        [
            ("pm_card_visa_chargeDeclined", "generic_decline"),
            ("pm_card_visa_chargeDeclinedInsufficientFunds", "insufficient_funds"),
        ],
    )
    def test_is_declined_with_its_intent(self, side, card, decline):
        with pytest.raises(stripe.CardError) as declined:
            a_payment(side, card)

        error = declined.value.error
        assert (declined.value.http_status, error.code, error.decline_code) == (
            402,
            "card_declined",
            decline,
        )
        assert error.payment_intent.status == "requires_payment_method"

    def test_succeeds_only_once(self, side):
        intent = a_payment(side)

        with pytest.raises(stripe.InvalidRequestError) as refused:
            side.v1.payment_intents.confirm(intent.id)

        assert refused.value.code == "payment_intent_unexpected_state"

    def test_can_be_cancelled_before_it_is_made(self, side):
        intent = side.v1.payment_intents.create({"amount": 2500, "currency": "eur"})

        assert side.v1.payment_intents.cancel(intent.id).status == "canceled"
        with pytest.raises(stripe.InvalidRequestError):
            side.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})


class TestSavedCard:
    def charged(self, side, customer, method):
        return a_payment(
            side, method, customer=customer, off_session=True, automatic_payment_methods=NEVER_AWAY
        )

    def test_is_saved_by_a_setup_and_charged_later(self, side):
        customer = side.noted(side.v1.customers.create({"email": "giver@example.org"}))
        setup = side.v1.setup_intents.create(
            {
                "customer": customer.id,
                "payment_method": "pm_card_visa",
                "automatic_payment_methods": NEVER_AWAY,
                "usage": "off_session",
                "confirm": True,
            }
        )

        intent = self.charged(side, customer.id, setup.payment_method)

        assert (setup.status, intent.status) == ("succeeded", "succeeded")
        methods = side.v1.customers.payment_methods.list(customer.id).data
        assert [side.noted(method).id for method in methods] == [setup.payment_method]

    def test_that_asks_for_its_owner_is_refused_off_session(self, side):
        customer, method = a_payer(side, "pm_card_authenticationRequired")

        with pytest.raises(stripe.CardError) as refused:
            self.charged(side, customer, method)

        error = refused.value.error
        assert (refused.value.http_status, error.code) == (402, "authentication_required")
        assert error.payment_intent.status == "requires_payment_method"

    def test_that_fails_when_charged_says_so(self, side):
        customer, method = a_payer(side, "pm_card_chargeCustomerFail")

        with pytest.raises(stripe.CardError) as declined:
            self.charged(side, customer, method)

        assert declined.value.code == "card_declined"


class TestMoneyRules:
    @pytest.mark.parametrize(
        ("currency", "amount"), [("eur", 49), ("jpy", 10), ("isk", 150), ("kwd", 5124)]
    )
    def test_refuse_an_amount_that_cannot_be(self, side, currency, amount):
        with pytest.raises(stripe.InvalidRequestError):
            side.v1.payment_intents.create({"amount": amount, "currency": currency})

    def test_refuse_a_parameter_that_is_not_known(self, side):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            side.v1.payment_intents.create({"amount": 2500, "currency": "eur", "colour": "green"})

        assert (refused.value.code, refused.value.param) == ("parameter_unknown", "colour")

    def test_refuse_metadata_beyond_its_limits(self, side):
        with pytest.raises(stripe.InvalidRequestError):
            side.v1.customers.create({"metadata": {"k" * 41: "v"}})
        with pytest.raises(stripe.InvalidRequestError):
            side.v1.customers.create({"metadata": {"k": "v" * 501}})


class TestKeys:
    def test_repeat_the_first_answer_and_say_so(self, side):
        key = {"idempotency_key": str(uuid.uuid4())}

        first = side.v1.customers.create({"name": "A"}, key)
        second = side.v1.customers.create({"name": "A"}, key)

        assert first.id == second.id
        assert second.last_response.headers["Idempotent-Replayed"] == "true"
        with pytest.raises(stripe.IdempotencyError):
            side.v1.customers.create({"name": "B"}, key)

    def test_repeat_a_decline(self, side):
        key = {"idempotency_key": str(uuid.uuid4())}
        params = {
            "amount": 2500,
            "currency": "eur",
            "automatic_payment_methods": NEVER_AWAY,
            "payment_method": "pm_card_visa_chargeDeclined",
            "confirm": True,
        }

        seen = []
        for _ in range(2):
            with pytest.raises(stripe.CardError) as declined:
                side.v1.payment_intents.create(params, key)
            seen.append(declined.value.error.payment_intent.id)

        assert seen[0] == seen[1]


class TestLists:
    def test_walk_by_cursors(self, side):
        email = f"{uuid.uuid4()}@example.org"
        ids = [side.v1.customers.create({"email": email}).id for _ in range(3)][::-1]

        first = side.v1.customers.list({"email": email, "limit": 2})
        rest = side.v1.customers.list({"email": email, "starting_after": first.data[-1].id})

        assert ([c.id for c in first.data], first.has_more) == (ids[:2], True)
        assert ([c.id for c in rest.data], rest.has_more) == (ids[2:], False)

    def test_find_nothing_under_an_unknown_id(self, side):
        for find in (
            side.v1.payment_intents.retrieve,
            side.v1.refunds.retrieve,
            side.v1.disputes.retrieve,
            side.v1.charges.retrieve,
        ):
            with pytest.raises(stripe.InvalidRequestError) as missing:
                find("xx_none")
            assert (missing.value.http_status, missing.value.code) == (404, "resource_missing")


class TestWebhookEndpoints:
    def test_show_their_secret_once(self, side):
        endpoint = side.v1.webhook_endpoints.create(
            {"url": "https://example.org/hook", "enabled_events": ["charge.succeeded"]}
        )

        found = side.noted(side.v1.webhook_endpoints.retrieve(endpoint.id))

        assert endpoint.secret.startswith("whsec_")
        assert "secret" not in found.to_dict()
        assert side.v1.webhook_endpoints.delete(endpoint.id).deleted is True
