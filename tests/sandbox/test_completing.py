"""Paying a Checkout session: each test number does what Stripe publishes.

Planted and seen to fall: a bank's page that pays without the payer's word, or keeps a late bank's
answer for a success; a debit whose line is posted only when the bank has paid, one that gets a
second line then, and one whose failure leaves its line or its fee.
"""

import pytest
import stripe

from tests.sandbox.steps import an_open_session, an_open_setup, event_types

DAY = 86_400


def funds(client):
    """What is pending and what is available in euros."""
    balance = client.v1.balance.retrieve()
    return balance.pending[0].amount, balance.available[0].amount


class TestCompleteSession:
    def test_pays_with_the_usual_card(self, client, sandbox):
        session = an_open_session(client, payment_intent_data={"metadata": {"pledge": "7"}})

        state = sandbox.complete(session.id)

        assert (state["status"], state["payment_status"]) == ("complete", "paid")
        assert state["redirect_to"] == f"http://127.0.0.1:9/thanks?session={session.id}"
        paid = client.v1.checkout.sessions.retrieve(
            session.id, {"expand": ["payment_intent.latest_charge.balance_transaction"]}
        )
        charge = paid.payment_intent.latest_charge
        line = charge.balance_transaction
        assert (line.amount, line.fee, line.net) == (2500, 63, 2437)
        assert charge.metadata["pledge"] == "7"
        assert paid.payment_intent.amount_received == 2500
        assert paid.url is None

    def test_tells_the_story_in_order(self, client, sandbox):
        sandbox.complete(an_open_session(client).id)

        assert event_types(client) == [
            "payment_intent.created",
            "charge.succeeded",
            "payment_intent.succeeded",
            "checkout.session.completed",
        ]

    @pytest.mark.parametrize(
        ("card", "code", "decline_code"),
        [
            ("4000000000000002", "card_declined", "generic_decline"),
            ("4000000000009995", "card_declined", "insufficient_funds"),
            ("4000000000000341", "card_declined", "generic_decline"),
            ("4000000000000069", "expired_card", "expired_card"),
            ("4000000000000127", "incorrect_cvc", "incorrect_cvc"),
            ("4000000000000119", "processing_error", "processing_error"),
        ],
    )
    def test_leaves_the_session_open_after_a_decline(
        self, client, sandbox, card, code, decline_code
    ):
        session = an_open_session(client)

        status, state = sandbox.controlled(
            f"checkout/sessions/{session.id}/complete", {"card": card}
        )

        assert status == 402
        assert (state["error"]["code"], state["error"]["decline_code"]) == (code, decline_code)
        assert state["payment_intent_status"] == "requires_payment_method"
        assert client.v1.checkout.sessions.retrieve(session.id).status == "open"
        assert event_types(client)[-2:] == ["charge.failed", "payment_intent.payment_failed"]

    def test_pays_with_another_card_by_the_same_intent(self, client, sandbox):
        session = an_open_session(client)
        declined = sandbox.complete(session.id, card="4000000000000002")

        state = sandbox.complete(session.id)

        assert state["payment_intent"] == declined["payment_intent"]
        charges = client.v1.charges.list({"payment_intent": state["payment_intent"]}).data
        assert [charge.status for charge in charges] == ["succeeded", "failed"]

    def test_refuses_a_second_payment(self, client, sandbox):
        session = an_open_session(client)
        sandbox.complete(session.id)

        status, state = sandbox.controlled(f"checkout/sessions/{session.id}/complete", {})

        assert status == 400
        assert "complete" in state["error"]["message"]
        assert len(client.v1.charges.list().data) == 1

    def test_refuses_a_card_that_is_none(self, client, sandbox):
        session = an_open_session(client)

        wrong = sandbox.complete(session.id, card="4242424242424241")
        real = sandbox.complete(session.id, card="4012888888881881")

        assert wrong["error"]["code"] == "incorrect_number"
        assert real["error"]["decline_code"] == "test_mode_live_card"

    def test_of_an_unknown_session_is_missing(self, sandbox):
        status, answer = sandbox.controlled("checkout/sessions/cs_test_none/complete", {})

        assert (status, answer["error"]["code"]) == (404, "resource_missing")

    def test_makes_a_customer_when_asked_to(self, client, sandbox):
        session = an_open_session(client, customer_creation="always")

        sandbox.complete(session.id, email="giver@example.org", name="A giver")

        paid = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["customer"]})
        assert (paid.customer.email, paid.customer.name) == ("giver@example.org", "A giver")


class TestThreeDSecure:
    @pytest.mark.parametrize("card", ["4000002500003155", "4000002760003184"])
    def test_pays_when_approved(self, client, sandbox, card):
        session = an_open_session(client)

        state = sandbox.complete(session.id, card=card)

        assert state["payment_status"] == "paid"
        assert "payment_intent.requires_action" in event_types(client)

    def test_leaves_the_session_open_when_refused(self, client, sandbox):
        session = an_open_session(client)

        state = sandbox.complete(session.id, card="4000002500003155", authenticate=False)

        assert state["status"] == "open"
        assert state["error"]["code"] == "payment_intent_authentication_failure"
        assert client.v1.charges.list().data == []

    def test_can_be_declined_afterwards(self, client, sandbox):
        session = an_open_session(client)

        state = sandbox.complete(session.id, card="4000008260003178")

        assert state["error"]["decline_code"] == "insufficient_funds"


class TestSlowMethod:
    def a_slow_payment(self, client, sandbox):
        session = an_open_session(client)
        return session, sandbox.control(
            f"checkout/sessions/{session.id}/complete", {"method": "sepa_debit"}
        )

    def a_charge_and_its_lines(self, client, state):
        (charge,) = client.v1.charges.list({"payment_intent": state["payment_intent"]}).data
        return charge, client.v1.balance_transactions.list({"source": charge.id}).data

    def test_completes_the_session_unpaid(self, client, sandbox):
        _, state = self.a_slow_payment(client, sandbox)

        assert (state["status"], state["payment_status"]) == ("complete", "unpaid")
        assert state["payment_intent_status"] == "processing"
        assert event_types(client)[-1] == "checkout.session.completed"
        assert sandbox.control("record/summary")["totals"] == []

    def test_is_paid_when_the_bank_says_so(self, client, sandbox):
        session, state = self.a_slow_payment(client, sandbox)

        sandbox.control(f"payment_intents/{state['payment_intent']}/settle", {})

        assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"
        assert event_types(client)[-1] == "checkout.session.async_payment_succeeded"
        assert sandbox.control("record/summary")["totals"][0]["charge_minor"] == 2500

    def test_stays_unpaid_when_the_bank_refuses(self, client, sandbox):
        session, state = self.a_slow_payment(client, sandbox)

        sandbox.control(f"payment_intents/{state['payment_intent']}/fail", {})

        assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "unpaid"
        assert event_types(client)[-1] == "checkout.session.async_payment_failed"
        intent = client.v1.payment_intents.retrieve(state["payment_intent"])
        assert intent.status == "requires_payment_method"

    def test_is_answered_once(self, client, sandbox):
        _, state = self.a_slow_payment(client, sandbox)
        place = f"payment_intents/{state['payment_intent']}"
        sandbox.control(f"{place}/settle", {})

        status, answer = sandbox.controlled(f"{place}/fail", {})

        assert (status, answer["error"]["code"]) == (400, "payment_intent_unexpected_state")

    def test_is_answered_by_itself_days_later(self, client, sandbox):
        session, _ = self.a_slow_payment(client, sandbox)

        sandbox.control("clock/advance", {"days": 5})

        assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"

    def test_can_be_set_to_fail_by_itself(self, client, sandbox):
        sandbox.control("settings", {"slow_method_seconds": 60, "slow_method_succeeds": False})
        session, _ = self.a_slow_payment(client, sandbox)

        sandbox.control("clock/advance", {"seconds": 61})

        assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "unpaid"
        assert event_types(client)[-1] == "checkout.session.async_payment_failed"

    def test_has_a_pending_line_as_soon_as_it_is_sent_to_the_bank(self, client, sandbox):
        _, state = self.a_slow_payment(client, sandbox)

        charge, (line,) = self.a_charge_and_its_lines(client, state)
        assert (charge.status, charge.paid, charge.id[:3]) == ("pending", False, "py_")
        assert charge.balance_transaction == line.id
        assert (line.type, line.status, line.source) == ("payment", "pending", charge.id)
        assert (line.amount, line.fee, line.net) == (2500, 63, 2437)
        assert line.available_on == line.created + 7 * DAY
        assert funds(client) == (2437, 0)

    def test_keeps_that_line_and_its_day_when_the_bank_pays(self, client, sandbox):
        _, state = self.a_slow_payment(client, sandbox)
        _, (before,) = self.a_charge_and_its_lines(client, state)

        sandbox.control(f"payment_intents/{state['payment_intent']}/settle", {})

        charge, (line,) = self.a_charge_and_its_lines(client, state)
        assert (charge.status, charge.balance_transaction) == ("succeeded", before.id)
        assert (line.id, line.available_on) == (before.id, before.available_on)
        sandbox.control("clock/advance", {"days": 6})
        assert funds(client) == (2437, 0)
        sandbox.control("clock/advance", {"days": 1})
        assert funds(client) == (0, 2437)

    def test_takes_its_line_back_with_the_fee_when_the_bank_refuses(self, client, sandbox):
        _, state = self.a_slow_payment(client, sandbox)

        sandbox.control(f"payment_intents/{state['payment_intent']}/fail", {})

        charge, (reversal, line) = self.a_charge_and_its_lines(client, state)
        assert (charge.status, charge.failure_balance_transaction) == ("failed", reversal.id)
        assert charge.balance_transaction == line.id
        assert (reversal.type, reversal.source) == ("payment_failure_refund", charge.id)
        assert reversal.reporting_category == "charge_failure"
        assert (reversal.amount, reversal.fee, reversal.net) == (-2500, -63, -2437)
        assert reversal.available_on == line.available_on
        assert funds(client) == (0, 0)
        sandbox.control("clock/advance", {"days": 8})
        assert funds(client) == (0, 0)
        assert sandbox.control("record/summary")["totals"] == []

    def test_refuses_a_wrong_iban(self, client, sandbox):
        session = an_open_session(client)

        state = sandbox.control(
            f"checkout/sessions/{session.id}/complete",
            {"method": "sepa_debit", "iban": "AT611904300234573202"},
        )

        assert state["error"]["code"] == "invalid_bank_account_iban"


class TestBanksPage:
    """Bancontact and iDEAL: the payer approves on a page of their bank."""

    def pressed(self, client, sandbox, method="bancontact", **more):
        session = an_open_session(client)
        place = f"checkout/sessions/{session.id}/complete"
        return session, sandbox.controlled(place, {"method": method, **more})[1]

    @pytest.mark.parametrize("method", ["bancontact", "ideal"])
    def test_tells_at_once_when_the_payer_approved(self, client, sandbox, method):
        _, state = self.pressed(client, sandbox, method)

        assert (state["status"], state["payment_status"]) == ("complete", "paid")
        (charge,) = client.v1.charges.list({"payment_intent": state["payment_intent"]}).data
        assert (charge.id[:3], charge.payment_method_details.type) == ("py_", method)
        (line,) = client.v1.balance_transactions.list({"source": charge.id}).data
        assert (line.type, line.net) == ("payment", 2437)
        assert "payment_intent.requires_action" in event_types(client)
        assert event_types(client)[-1] == "checkout.session.completed"

    @pytest.mark.parametrize("method", ["bancontact", "ideal"])
    def test_leaves_the_session_open_when_the_payer_refused(self, client, sandbox, method):
        session, state = self.pressed(client, sandbox, method, authenticate=False)

        assert state["error"]["code"] == "payment_intent_payment_attempt_failed"
        assert state["payment_intent_status"] == "requires_payment_method"
        assert event_types(client)[-1] == "payment_intent.payment_failed"
        assert sandbox.complete(session.id)["payment_status"] == "paid"

    def test_that_is_never_answered_expires_with_its_session(self, client, sandbox):
        session, state = self.pressed(client, sandbox, bank="left")
        assert (state["status"], state["payment_intent_status"]) == ("open", "requires_action")

        sandbox.control("clock/advance", {"hours": 25})

        assert client.v1.checkout.sessions.retrieve(session.id).status == "expired"
        intent = client.v1.payment_intents.retrieve(state["payment_intent"])
        assert (intent.status, intent.latest_charge) == ("canceled", None)

    def test_that_was_left_does_not_keep_the_payer_from_another_way(self, client, sandbox):
        session, left = self.pressed(client, sandbox, bank="left")

        paid = sandbox.complete(session.id)

        assert (paid["payment_intent"], paid["payment_status"]) == (left["payment_intent"], "paid")

    def test_of_a_bank_that_tells_later_is_processing_without_a_line(self, client, sandbox):
        session, state = self.pressed(client, sandbox, "ideal", bank="late")

        assert (state["status"], state["payment_intent_status"]) == ("complete", "processing")
        assert client.v1.balance_transactions.list().data == []
        sandbox.control("clock/advance", {"days": 5})
        assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"
        assert event_types(client)[-1] == "checkout.session.async_payment_succeeded"
        assert len(client.v1.balance_transactions.list().data) == 1

    def test_of_a_bank_that_refuses_later_leaves_no_trace_of_money(self, client, sandbox):
        session, state = self.pressed(client, sandbox, "ideal", bank="late")

        sandbox.control(f"payment_intents/{state['payment_intent']}/fail", {})

        assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "unpaid"
        assert event_types(client)[-1] == "checkout.session.async_payment_failed"
        assert client.v1.balance_transactions.list().data == []

    def test_money_can_be_given_back(self, client, sandbox):
        sandbox.control("balance", {"amount_minor": 9000})
        _, state = self.pressed(client, sandbox)

        refund = client.v1.refunds.create({"payment_intent": state["payment_intent"]})

        assert (refund.status, refund.id[:4]) == ("succeeded", "pyr_")

    def test_is_offered_in_euros_only(self, client, sandbox):
        session = an_open_session(client, currency="usd")

        state = sandbox.complete(session.id, method="ideal")

        assert "does not offer" in state["error"]["message"]

    def test_knows_two_ways_to_be_slow(self, client, sandbox):
        _, answer = self.pressed(client, sandbox, bank="asleep")

        assert answer["error"]["message"] == "“bank” is “late” or “left”."


class TestSetupSession:
    def test_saves_a_card_and_charges_nothing(self, client, sandbox):
        customer = client.v1.customers.create({"email": "giver@example.org"})
        session = an_open_setup(client, customer=customer.id)

        state = sandbox.complete(session.id)

        assert (state["status"], state["payment_status"]) == ("complete", "no_payment_required")
        setup = client.v1.setup_intents.retrieve(state["setup_intent"])
        methods = client.v1.customers.payment_methods.list(customer.id).data
        assert (setup.status, setup.payment_method) == ("succeeded", methods[0].id)
        assert client.v1.charges.list().data == []
        assert event_types(client)[-3:] == [
            "payment_method.attached",
            "setup_intent.succeeded",
            "checkout.session.completed",
        ]

    def test_saves_the_card_that_only_later_declines(self, client, sandbox):
        state = sandbox.complete(an_open_setup(client).id, card="4000000000000341")

        assert state["setup_intent_status"] == "succeeded"

    def test_does_not_save_a_declined_card(self, client, sandbox):
        state = sandbox.complete(an_open_setup(client).id, card="4000000000000002")

        assert (state["status"], state["error"]["code"]) == ("open", "card_declined")
        assert event_types(client)[-1] == "setup_intent.setup_failed"

    def test_does_not_save_a_card_whose_owner_refused(self, client, sandbox):
        session = an_open_setup(client)

        state = sandbox.complete(session.id, card="4000002500003155", authenticate=False)

        assert state["error"]["code"] == "setup_intent_authentication_failure"
        assert state["setup_intent_status"] == "requires_payment_method"

    def test_cancels_its_setup_when_it_expires(self, client):
        session = an_open_setup(client)

        client.v1.checkout.sessions.expire(session.id)

        assert client.v1.setup_intents.retrieve(session.setup_intent).status == "canceled"

    def test_alone_may_touch_its_setup(self, client):
        session = an_open_setup(client)

        with pytest.raises(stripe.InvalidRequestError, match="Checkout Session"):
            client.v1.setup_intents.cancel(session.setup_intent)
