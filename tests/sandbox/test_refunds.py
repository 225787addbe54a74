"""Refunds and balances: from what is available, pending when it is short, failing later."""

import pytest
import stripe

from tests.sandbox.steps import a_paid_intent, event_types, session_params

DAYS_UNTIL_AVAILABLE = 2


def with_money(sandbox, *, amount=100_000, currency="eur"):
    sandbox.control("balance", {"amount_minor": amount, "currency": currency})


class TestCreateRefund:
    def test_gives_back_what_is_left(self, client, sandbox):
        intent = a_paid_intent(sandbox, client)
        with_money(sandbox)

        part = client.v1.refunds.create({"payment_intent": intent.id, "amount": 500})
        rest = client.v1.refunds.create({"charge": intent.latest_charge.id})

        assert [(r.amount, r.status) for r in (part, rest)] == [
            (500, "succeeded"),
            (2000, "succeeded"),
        ]
        charge = client.v1.charges.retrieve(intent.latest_charge.id, {"expand": ["refunds"]})
        assert (charge.refunded, charge.amount_refunded) == (True, 2500)
        assert [refund.id for refund in charge.refunds.data] == [rest.id, part.id]

    def test_refuses_more_than_is_left(self, client, sandbox):
        intent = a_paid_intent(sandbox, client)
        with_money(sandbox)
        client.v1.refunds.create({"payment_intent": intent.id, "amount": 2000})

        with pytest.raises(stripe.InvalidRequestError) as refused:
            client.v1.refunds.create({"payment_intent": intent.id, "amount": 501})

        assert refused.value.param == "amount"

    def test_refuses_a_second_whole_refund(self, client, sandbox):
        intent = a_paid_intent(sandbox, client)
        with_money(sandbox)
        client.v1.refunds.create({"payment_intent": intent.id})

        with pytest.raises(stripe.InvalidRequestError) as refused:
            client.v1.refunds.create({"payment_intent": intent.id})

        assert refused.value.code == "charge_already_refunded"

    def test_keeps_to_the_digits_of_the_currency(self, client, sandbox):
        intent = a_paid_intent(sandbox, client, amount=5120, currency="kwd")

        with pytest.raises(stripe.InvalidRequestError, match="multiple of 10"):
            client.v1.refunds.create({"payment_intent": intent.id, "amount": 5})

    def test_takes_from_the_balance_and_not_the_fee(self, client, sandbox):
        intent = a_paid_intent(sandbox, client)
        with_money(sandbox, amount=1000)

        refund = client.v1.refunds.create(
            {"payment_intent": intent.id, "amount": 400, "expand": ["balance_transaction"]}
        )

        line = refund.balance_transaction
        assert (line.amount, line.fee, line.net, line.type) == (-400, 0, -400, "refund")
        assert client.v1.balance.retrieve().available[0].amount == 600

    def test_of_a_payment_that_failed_is_refused(self, client):
        intent = client.v1.payment_intents.create({"amount": 2000, "currency": "eur"})

        with pytest.raises(stripe.InvalidRequestError, match="successful charge"):
            client.v1.refunds.create({"payment_intent": intent.id})


class TestShortBalance:
    def test_leaves_a_refund_pending_until_funds_are_available(self, client, sandbox):
        first, _ = a_paid_intent(sandbox, client), a_paid_intent(sandbox, client)

        refund = client.v1.refunds.create({"payment_intent": first.id})
        assert (refund.status, refund.pending_reason) == ("pending", "insufficient_funds")
        sandbox.control("clock/advance", {"days": DAYS_UNTIL_AVAILABLE})

        assert client.v1.refunds.retrieve(refund.id).status == "succeeded"
        assert "refund.updated" in event_types(client)

    def test_lets_a_pending_refund_be_cancelled(self, client, sandbox):
        intent = a_paid_intent(sandbox, client)
        refund = client.v1.refunds.create({"payment_intent": intent.id})

        canceled = client.v1.refunds.cancel(refund.id)

        assert canceled.status == "canceled"
        assert client.v1.charges.retrieve(intent.latest_charge.id).amount_refunded == 0

    def test_does_not_let_a_done_refund_be_cancelled(self, client, sandbox):
        intent = a_paid_intent(sandbox, client)
        with_money(sandbox)
        refund = client.v1.refunds.create({"payment_intent": intent.id})

        with pytest.raises(stripe.InvalidRequestError):
            client.v1.refunds.cancel(refund.id)


class TestFailRefund:
    def test_brings_the_money_back_days_later(self, client, sandbox):
        intent = a_paid_intent(sandbox, client)
        with_money(sandbox, amount=3000)
        refund = client.v1.refunds.create({"payment_intent": intent.id})

        sandbox.control(f"refunds/{refund.id}/fail", {"reason": "expired_or_canceled_card"})

        failed = client.v1.refunds.retrieve(refund.id, {"expand": ["failure_balance_transaction"]})
        assert (failed.status, failed.failure_reason) == ("failed", "expired_or_canceled_card")
        assert failed.failure_balance_transaction.amount == 2500
        assert client.v1.balance.retrieve().available[0].amount == 3000
        assert client.v1.charges.retrieve(intent.latest_charge.id).amount_refunded == 0
        assert event_types(client)[-1] == "refund.failed"


class TestRefundByTestNumber:
    """Stripe's test numbers whose refunds take days, or come back."""

    def refunded(self, client, sandbox, card):
        with_money(sandbox)
        session = client.v1.checkout.sessions.create(session_params())
        intent = sandbox.complete(session.id, card=card)["payment_intent"]
        return client.v1.refunds.create({"payment_intent": intent})

    def test_is_pending_and_then_succeeds(self, client, sandbox):
        refund = self.refunded(client, sandbox, "4000000000007726")
        assert (refund.status, refund.pending_reason) == ("pending", "processing")

        sandbox.control("clock/advance", {"days": 2})

        done = client.v1.refunds.retrieve(refund.id)
        assert (done.status, done.balance_transaction is None) == ("succeeded", False)
        assert event_types(client, type="refund.*")[-1] == "refund.updated"

    def test_succeeds_and_then_fails(self, client, sandbox):
        refund = self.refunded(client, sandbox, "4000000000005126")
        assert refund.status == "succeeded"

        sandbox.control("clock/advance", {"days": 2})

        assert client.v1.refunds.retrieve(refund.id).status == "failed"
        assert event_types(client, type="refund.*")[-1] == "refund.failed"

    def test_that_was_cancelled_stays_so(self, client, sandbox):
        refund = self.refunded(client, sandbox, "4000000000007726")
        client.v1.refunds.cancel(refund.id)

        sandbox.control("clock/advance", {"days": 2})

        assert client.v1.refunds.retrieve(refund.id).status == "canceled"


class TestBalance:
    def test_is_pending_first_and_available_days_later(self, client, sandbox):
        a_paid_intent(sandbox, client)
        before = client.v1.balance.retrieve()
        assert (before.available[0].amount, before.pending[0].amount) == (0, 2437)

        sandbox.control("clock/advance", {"days": DAYS_UNTIL_AVAILABLE})

        after = client.v1.balance.retrieve()
        assert (after.available[0].amount, after.pending[0].amount) == (2437, 0)

    @pytest.mark.parametrize(
        ("currency", "amount", "fee"),
        [("eur", 2500, 63), ("usd", 50, 26), ("jpy", 1000, 45), ("xof", 10000, 310)],
    )
    def test_takes_the_fee_of_the_currency(self, client, sandbox, currency, amount, fee):
        intent = a_paid_intent(sandbox, client, amount=amount, currency=currency)

        line = client.v1.balance_transactions.list({"source": intent.latest_charge.id}).data[0]

        assert (line.fee, line.net, line.fee_details[0].amount) == (fee, amount - fee, fee)

    def test_takes_the_fee_that_was_set(self, client, sandbox):
        sandbox.control("settings", {"fees": {"eur": [290, 30]}})

        intent = a_paid_intent(sandbox, client, amount=10000)

        line = client.v1.balance_transactions.list({"source": intent.latest_charge.id}).data[0]
        assert line.fee == 320

    def test_lists_its_lines_by_type_and_currency(self, client, sandbox):
        a_paid_intent(sandbox, client)
        a_paid_intent(sandbox, client, currency="usd")
        with_money(sandbox)

        lines = client.v1.balance_transactions
        assert [line.amount for line in lines.list({"type": "topup"}).data] == [100_000]
        assert [line.currency for line in lines.list({"currency": "usd"}).data] == ["usd"]

    def test_has_funds_at_once_from_the_card_made_for_it(self, client, sandbox):
        session = client.v1.checkout.sessions.create(session_params())

        sandbox.complete(session.id, card="4000000000000077")

        assert client.v1.balance.retrieve().available[0].amount == 2437
