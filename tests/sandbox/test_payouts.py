"""Payouts: automatic ones sum their transactions exactly; those by hand; what the bank returns.

Planted and seen to fall: a line that is counted in two payouts, a returned payout that is never
paid out again, and a payout by hand above what is available.
"""

import pytest
import stripe

from tests.sandbox.steps import a_paid_intent, client_of, event_types

DAY = 86_400


def with_money(sandbox, amount=10_000, currency="eur"):
    sandbox.control("balance", {"amount_minor": amount, "currency": currency})


def available(client):
    return [funds.amount for funds in client.v1.balance.retrieve().available]


def lines_of(client, payout):
    return client.v1.balance_transactions.list({"payout": payout.id, "limit": 100}).data


class TestAutomaticPayout:
    @pytest.fixture(autouse=True)
    def daily(self, sandbox):
        sandbox.control("settings", {"payout_every_seconds": DAY})

    def test_sums_its_transactions_exactly(self, client, sandbox):
        first = a_paid_intent(sandbox, client, amount=1999)
        a_paid_intent(sandbox, client, amount=7301)
        sandbox.control("clock/advance", {"days": 2})
        with_money(sandbox, 333)
        client.v1.refunds.create({"payment_intent": first.id, "amount": 100})

        sandbox.control("clock/advance", {"days": 1})

        (payout,) = client.v1.payouts.list().data
        own, *others = sorted(lines_of(client, payout), key=lambda line: line.type != "payout")
        assert (own.id, own.net) == (payout.balance_transaction, -payout.amount)
        assert sorted(line.type for line in others) == ["charge", "charge", "refund", "topup"]
        assert sum(line.net for line in others) == payout.amount
        assert available(client) == [0]
        assert event_types(client)[-2:] == ["payout.created", "payout.reconciliation_completed"]

    def test_takes_each_line_once(self, client, sandbox):
        for _ in range(3):
            a_paid_intent(sandbox, client)
            sandbox.control("clock/advance", {"days": 1})
        sandbox.control("clock/advance", {"days": 4})

        payouts = client.v1.payouts.list().data
        lines = [line.id for payout in payouts for line in lines_of(client, payout)]
        assert len(payouts) == 3
        assert len(lines) == len(set(lines)) == 6
        assert [payout.amount for payout in payouts] == [2437, 2437, 2437]

    def test_is_of_one_currency_and_one_account(self, client, sandbox):
        account = sandbox.control("accounts", {})["id"]
        committee = client_of(sandbox, account=account)
        a_paid_intent(sandbox, committee)
        a_paid_intent(sandbox, client)
        a_paid_intent(sandbox, client, currency="jpy", amount=1000)

        sandbox.control("clock/advance", {"days": 3})

        found = [(payout.currency, payout.amount) for payout in client.v1.payouts.list().data]
        assert sorted(found) == [("eur", 2437), ("jpy", 955)]
        assert [payout.amount for payout in committee.v1.payouts.list().data] == [2437]

    def test_arrives_days_later(self, client, sandbox):
        a_paid_intent(sandbox, client)
        sandbox.control("clock/advance", {"days": 3})
        (payout,) = client.v1.payouts.list().data
        assert (payout.status, payout.automatic) == ("in_transit", True)

        sandbox.control("clock/advance", {"days": 2})

        paid = client.v1.payouts.list({"status": "paid"}).data
        assert [one.id for one in paid] == [payout.id]
        assert event_types(client)[-1] == "payout.paid"

    def test_that_comes_back_is_paid_out_again(self, client, sandbox):
        a_paid_intent(sandbox, client)
        sandbox.control("clock/advance", {"days": 5})
        (payout,) = client.v1.payouts.list().data

        sandbox.control(f"payouts/{payout.id}/fail", {"code": "account_closed"})

        failed = client.v1.payouts.retrieve(
            payout.id, {"expand": ["failure_balance_transaction", "balance_transaction"]}
        )
        assert (failed.status, failed.failure_code) == ("failed", "account_closed")
        assert failed.failure_balance_transaction.amount == -failed.balance_transaction.amount
        assert available(client) == [2437]
        assert event_types(client)[-1] == "payout.failed"
        sandbox.control("clock/advance", {"days": 1})
        assert [one.amount for one in client.v1.payouts.list().data] == [2437, 2437]
        assert available(client) == [0]

    def test_waits_until_a_debt_is_paid(self, client, sandbox):
        intent = a_paid_intent(sandbox, client)
        sandbox.control("clock/advance", {"days": 4})
        sandbox.control(f"charges/{intent.id}/dispute", {})
        assert available(client) == [-4000]
        a_paid_intent(sandbox, client, amount=10_000)

        sandbox.control("clock/advance", {"days": 4})

        latest = client.v1.payouts.list().data[0]
        assert latest.amount == 10_000 - 175 - 4000


class TestPayoutByHand:
    def test_takes_from_what_is_available(self, client, sandbox):
        with_money(sandbox)

        payout = client.v1.payouts.create(
            {"amount": 4000, "currency": "eur", "metadata": {"why": "rent"}}
        )

        assert (payout.status, payout.automatic) == ("pending", False)
        assert available(client) == [6000]
        changed = client.v1.payouts.update(payout.id, {"metadata": {"why": "wages"}})
        assert changed.metadata.to_dict() == {"why": "wages"}

    def test_is_no_more_than_there_is(self, client, sandbox):
        with_money(sandbox)

        with pytest.raises(stripe.InvalidRequestError) as refused:
            client.v1.payouts.create({"amount": 10_001, "currency": "eur"})

        assert refused.value.code == "balance_insufficient"
        assert client.v1.payouts.list().data == []

    @pytest.mark.parametrize(
        ("currency", "amount"), [("huf", 20_050), ("isk", 20_050), ("kwd", 5_125), ("eur", 0)]
    )
    def test_keeps_to_the_digits_of_the_currency(self, client, sandbox, currency, amount):
        with_money(sandbox, 1_000_000, currency)

        with pytest.raises(stripe.InvalidRequestError) as refused:
            client.v1.payouts.create({"amount": amount, "currency": currency})

        assert refused.value.param == "amount"

    def test_can_be_taken_back_before_it_arrives(self, client, sandbox):
        with_money(sandbox)
        payout = client.v1.payouts.create({"amount": 4000, "currency": "eur"})

        assert client.v1.payouts.cancel(payout.id).status == "canceled"

        sandbox.control("clock/advance", {"days": 5})
        assert available(client) == [10_000]
        assert client.v1.payouts.retrieve(payout.id).status == "canceled"
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.payouts.cancel(payout.id)

    def test_stands_in_the_record(self, client, sandbox):
        with_money(sandbox)
        payout = client.v1.payouts.create({"amount": 4000, "currency": "eur"})
        sandbox.control(f"payouts/{payout.id}/fail", {})

        (totals,) = sandbox.control("record/summary")["totals"]

        assert (totals["payout_minor"], totals["payout_reversal_minor"]) == (4000, 4000)
        assert totals["net_minor"] == 10_000
