"""Application fees, transfers and their returns: what flows between platform and account.

Planted and seen to fall: a fee above the payment, a refund that keeps the platform's share, and a
transfer of more than the charge it comes from.
"""

import pytest
import stripe

from tests.sandbox.steps import a_paid_intent, client_of, event_types, session_params


@pytest.fixture
def account(sandbox):
    return sandbox.control("accounts", {})["id"]


@pytest.fixture
def committee(sandbox, account):
    return client_of(sandbox, account=account)


def with_money(sandbox, amount=100_000, **more):
    sandbox.control("balance", {"amount_minor": amount, "currency": "eur", **more})


def a_payment_with_fee(sandbox, committee, fee=200):
    return a_paid_intent(sandbox, committee, payment_intent_data={"application_fee_amount": fee})


def balance(client, kind="available"):
    return [funds.amount for funds in getattr(client.v1.balance.retrieve(), kind)]


class TestApplicationFee:
    def test_goes_from_the_direct_charge_to_the_platform(self, client, sandbox, account, committee):
        intent = a_payment_with_fee(sandbox, committee)

        charge = committee.v1.charges.retrieve(
            intent.latest_charge.id, {"expand": ["balance_transaction"]}
        )
        line = charge.balance_transaction
        assert (line.fee, line.net) == (63 + 200, 2500 - 263)
        assert [(fee.type, fee.amount) for fee in line.fee_details] == [
            ("stripe_fee", 63),
            ("application_fee", 200),
        ]
        (fee,) = client.v1.application_fees.list({"charge": charge.id}).data
        assert (fee.amount, fee.account, fee.id) == (200, account, charge.application_fee)
        assert (balance(client, "pending"), balance(committee, "pending")) == ([200], [2237])
        assert event_types(client) == ["application_fee.created"]

    def test_is_refused_on_the_platforms_own_payment(self, client):
        data = {"payment_intent_data": {"application_fee_amount": 1}}
        for act in (
            lambda: client.v1.checkout.sessions.create(session_params(**data)),
            lambda: client.v1.payment_intents.create(
                {"amount": 2000, "currency": "eur", "application_fee_amount": 1}
            ),
        ):
            with pytest.raises(stripe.InvalidRequestError) as refused:
                act()
            assert refused.value.param == "application_fee_amount"

    def test_is_no_more_than_the_payment(self, committee):
        params = {"amount": 2000, "currency": "eur", "application_fee_amount": 2001}

        with pytest.raises(stripe.InvalidRequestError) as refused:
            committee.v1.payment_intents.create(params)

        assert refused.value.param == "application_fee_amount"

    @pytest.mark.parametrize(("refunded", "share"), [(1250, 100), (2500, 200)])
    def test_comes_back_with_its_share_of_a_refund(
        self, client, sandbox, account, committee, refunded, share
    ):
        with_money(sandbox, account=account)
        intent = a_payment_with_fee(sandbox, committee)

        refund = committee.v1.refunds.create(
            {
                "payment_intent": intent.id,
                "amount": refunded,
                "refund_application_fee": True,
                "expand": ["balance_transaction"],
            }
        )

        assert refund.balance_transaction.net == -refunded + share
        (fee,) = client.v1.application_fees.list().data
        assert (fee.amount_refunded, fee.refunded) == (share, share == 200)
        assert balance(client) == [-share]
        assert event_types(client)[-1] == "application_fee.refunded"

    def test_stays_with_the_platform_otherwise(self, client, sandbox, account, committee):
        with_money(sandbox, account=account)
        intent = a_payment_with_fee(sandbox, committee)

        committee.v1.refunds.create({"payment_intent": intent.id})

        assert client.v1.application_fees.list().data[0].amount_refunded == 0

    def test_is_given_back_by_itself(self, client, sandbox, committee):
        a_payment_with_fee(sandbox, committee)
        (fee,) = client.v1.application_fees.list().data

        part = client.v1.application_fees.refunds.create(fee.id, {"amount": 50})
        client.v1.application_fees.refunds.create(fee.id, {})

        given = client.v1.application_fees.retrieve(fee.id)
        assert (given.refunded, [one.amount for one in given.refunds.data]) == (True, [150, 50])
        assert client.v1.application_fees.refunds.retrieve(fee.id, part.id).amount == 50
        assert len(client.v1.application_fees.refunds.list(fee.id).data) == 2
        assert balance(committee) == [200]
        with pytest.raises(stripe.InvalidRequestError) as refused:
            client.v1.application_fees.refunds.create(fee.id, {})
        assert refused.value.code == "application_fee_already_refunded"

    def test_adds_up_in_the_record(self, client, sandbox, account, committee):
        with_money(sandbox, account=account)
        intent = a_payment_with_fee(sandbox, committee)
        committee.v1.refunds.create({"payment_intent": intent.id, "refund_application_fee": True})

        sandbox.control("clock/advance", {"days": 3})

        nets = {t["account"]: t["net_minor"] for t in sandbox.control("record/summary")["totals"]}
        platform = sandbox.control("health")["platform_account"]
        assert nets == {platform: balance(client)[0], account: balance(committee)[0]}


class TestTransfer:
    def test_moves_money_to_the_account(self, client, sandbox, account, committee):
        with_money(sandbox)

        transfer = client.v1.transfers.create(
            {
                "amount": 4000,
                "currency": "eur",
                "destination": account,
                "transfer_group": "solidarity",
                "metadata": {"fund": "1"},
            }
        )

        assert (balance(client), balance(committee)) == ([96_000], [4000])
        arrived = committee.v1.charges.retrieve(transfer.destination_payment)
        assert (arrived.source_transfer, arrived.amount, arrived.paid) == (transfer.id, 4000, True)
        found = client.v1.transfers.list({"transfer_group": "solidarity"}).data
        assert [one.id for one in found] == [transfer.id]
        assert client.v1.transfers.retrieve(transfer.id).metadata.to_dict() == {"fund": "1"}
        assert event_types(client)[-1] == "transfer.created"

    def test_of_a_charge_comes_when_the_charge_is_available(
        self, client, sandbox, account, committee
    ):
        intent = a_paid_intent(sandbox, client)
        params = {
            "amount": 2000,
            "currency": "eur",
            "destination": account,
            "source_transaction": intent.latest_charge.id,
        }
        client.v1.transfers.create(params)
        assert (balance(committee), balance(committee, "pending")) == ([0], [2000])

        with pytest.raises(stripe.InvalidRequestError) as refused:
            client.v1.transfers.create({**params, "amount": 501})

        assert refused.value.param == "amount"
        sandbox.control("clock/advance", {"days": 3})
        assert balance(committee) == [2000]

    def test_is_no_more_than_there_is(self, client, account):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            client.v1.transfers.create({"amount": 1, "currency": "eur", "destination": account})

        assert refused.value.code == "balance_insufficient"

    @pytest.mark.parametrize(
        ("country", "outcome", "code"),
        [
            ("BJ", "active", "transfers_not_allowed"),
            ("TG", "active", "transfers_not_allowed"),
            ("FR", "missing", "insufficient_capabilities_for_transfer"),
        ],
    )
    def test_reaches_only_ready_accounts_of_the_region(
        self, client, sandbox, country, outcome, code
    ):
        with_money(sandbox)
        there = sandbox.control("accounts", {"country": country})["id"]
        sandbox.control(f"accounts/{there}/onboard", {"outcome": outcome})

        with pytest.raises(stripe.InvalidRequestError) as refused:
            client.v1.transfers.create({"amount": 100, "currency": "eur", "destination": there})

        assert refused.value.code == code

    def test_is_reversed_in_part_and_then_whole(self, client, sandbox, account, committee):
        with_money(sandbox)
        params = {"amount": 4000, "currency": "eur", "destination": account}
        transfer = client.v1.transfers.create(params)

        part = client.v1.transfers.reversals.create(transfer.id, {"amount": 1000})
        client.v1.transfers.reversals.create(transfer.id, {})

        reversed_one = client.v1.transfers.retrieve(transfer.id)
        assert (reversed_one.reversed, reversed_one.amount_reversed) == (True, 4000)
        assert (balance(client), balance(committee)) == ([100_000], [0])
        assert client.v1.transfers.reversals.retrieve(transfer.id, part.id).amount == 1000
        assert len(client.v1.transfers.reversals.list(transfer.id).data) == 2
        assert event_types(client)[-1] == "transfer.reversed"
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.transfers.reversals.create(transfer.id, {})
