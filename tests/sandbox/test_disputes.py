"""Disputes, inquiries and early fraud warnings: money withdrawn, and given back when won.

Planted and seen to fall: a refund of a disputed charge let through, the fee kept after a win, and
the last day for evidence without effect.
"""

import pytest
import stripe

from tests.sandbox.steps import a_paid_intent, an_open_session, client_of, event_types

FEE = 1500


def with_money(sandbox, *, amount=100_000, currency="eur"):
    sandbox.control("balance", {"amount_minor": amount, "currency": currency})


def available(client):
    return client.v1.balance.retrieve().available[0].amount


def a_dispute(client, sandbox, **how):
    intent = a_paid_intent(sandbox, client)
    opened = sandbox.control(f"charges/{intent.latest_charge.id}/dispute", how)
    return intent, client.v1.disputes.retrieve(opened["id"])


def dispute_events(client):
    return event_types(client, type="charge.dispute.*")


class TestOpenDispute:
    def test_takes_the_amount_and_a_fee(self, client, sandbox):
        with_money(sandbox)

        intent, dispute = a_dispute(client, sandbox)

        assert (dispute.status, dispute.amount, dispute.reason) == (
            "needs_response",
            2500,
            "fraudulent",
        )
        line = dispute.balance_transactions[0]
        assert (line.amount, line.fee, line.net) == (-2500, FEE, -2500 - FEE)
        assert (line.type, line.reporting_category, line.source) == (
            "adjustment",
            "dispute",
            dispute.id,
        )
        assert available(client) == 100_000 - 2500 - FEE
        charge = client.v1.charges.retrieve(intent.latest_charge.id)
        assert (charge.disputed, charge.refunded) == (True, False)
        assert dispute_events(client) == [
            "charge.dispute.created",
            "charge.dispute.funds_withdrawn",
        ]

    def test_takes_more_than_there_is(self, client, sandbox):
        a_dispute(client, sandbox)

        assert available(client) == -2500 - FEE

    def test_may_be_about_a_part_for_another_reason(self, client, sandbox):
        _, dispute = a_dispute(client, sandbox, amount_minor=700, reason="duplicate")

        assert (dispute.amount, dispute.reason) == (700, "duplicate")

    @pytest.mark.parametrize("amount", [0, 2501])
    def test_is_about_no_more_than_the_charge(self, client, sandbox, amount):
        intent = a_paid_intent(sandbox, client)

        status, _ = sandbox.controlled(f"charges/{intent.id}/dispute", {"amount_minor": amount})

        assert status == 400
        assert client.v1.disputes.list().data == []

    def test_happens_once_to_a_charge(self, client, sandbox):
        intent, _ = a_dispute(client, sandbox)

        status, answer = sandbox.controlled(f"charges/{intent.id}/dispute", {})

        assert (status, "already" in answer["error"]["message"]) == (400, True)

    def test_is_found_by_charge_and_by_intent(self, client, sandbox):
        intent, dispute = a_dispute(client, sandbox)
        a_dispute(client, sandbox)

        disputes = client.v1.disputes
        assert len(disputes.list().data) == 2
        assert [d.id for d in disputes.list({"payment_intent": intent.id}).data] == [dispute.id]
        by_charge = disputes.list({"charge": intent.latest_charge.id, "expand": ["data.charge"]})
        assert by_charge.data[0].charge.disputed is True

    def test_belongs_to_the_account_of_the_charge(self, client, sandbox):
        account = sandbox.control("accounts", {})["id"]
        _, dispute = a_dispute(client_of(sandbox, account=account), sandbox)

        with pytest.raises(stripe.InvalidRequestError) as refused:
            client.v1.disputes.retrieve(dispute.id)

        assert refused.value.code == "resource_missing"
        assert client.v1.disputes.list().data == []

    def test_comes_by_itself_with_the_card_made_for_it(self, client, sandbox):
        session = an_open_session(client)

        sandbox.complete(session.id, card="4000000000002685")

        (dispute,) = client.v1.disputes.list().data
        assert (dispute.reason, dispute.status) == ("product_not_received", "needs_response")

    def test_of_a_direct_debit_is_lost_at_once(self, client, sandbox):
        session = an_open_session(client)
        state = sandbox.complete(session.id, method="sepa_debit")
        sandbox.control(f"payment_intents/{state['payment_intent']}/settle", {})

        sandbox.control(f"charges/{state['payment_intent']}/dispute", {})

        (dispute,) = client.v1.disputes.list().data
        assert (dispute.status, dispute.evidence_details.due_by) == ("lost", None)
        assert dispute_events(client)[-1] == "charge.dispute.closed"


class TestRefundOfADisputedCharge:
    def test_is_refused_while_open_and_when_lost(self, client, sandbox):
        with_money(sandbox)
        intent, dispute = a_dispute(client, sandbox)

        codes = []
        for act in (lambda: None, lambda: sandbox.control(f"disputes/{dispute.id}/lose", {})):
            act()
            with pytest.raises(stripe.InvalidRequestError) as refused:
                client.v1.refunds.create({"payment_intent": intent.id})
            codes.append(refused.value.code)

        assert codes == ["charge_disputed", "charge_disputed"]
        assert client.v1.refunds.list().data == []

    def test_is_possible_again_when_it_was_won(self, client, sandbox):
        with_money(sandbox)
        intent, dispute = a_dispute(client, sandbox)
        sandbox.control(f"disputes/{dispute.id}/win", {})

        refund = client.v1.refunds.create({"payment_intent": intent.id})

        assert refund.status == "succeeded"

    def test_that_came_first_stands_and_the_rest_is_disputed(self, client, sandbox):
        with_money(sandbox)
        intent = a_paid_intent(sandbox, client)
        client.v1.refunds.create({"payment_intent": intent.id, "amount": 1000})

        dispute = sandbox.control(f"charges/{intent.id}/dispute", {})

        assert dispute["amount"] == 1500
        assert client.v1.charges.retrieve(intent.latest_charge.id).amount_refunded == 1000

    def test_that_gave_everything_back_does_not_hinder_a_dispute(self, client, sandbox):
        with_money(sandbox)
        intent = a_paid_intent(sandbox, client)
        client.v1.refunds.create({"payment_intent": intent.id})

        dispute = sandbox.control(f"charges/{intent.id}/dispute", {})

        assert dispute["amount"] == 2500
        assert available(client) == 100_000 - 2500 - 2500 - FEE

    def test_fails_if_it_was_waiting_for_money(self, client, sandbox):
        intent = a_paid_intent(sandbox, client)
        refund = client.v1.refunds.create({"payment_intent": intent.id})

        sandbox.control(f"charges/{intent.id}/dispute", {})

        failed = client.v1.refunds.retrieve(refund.id)
        assert (failed.status, failed.failure_reason) == (
            "failed",
            "charge_for_pending_refund_disputed",
        )


class TestEvidence:
    def test_is_staged_first_and_submitted_later(self, client, sandbox):
        _, dispute = a_dispute(client, sandbox)
        evidence = {"customer_name": "A giver", "uncategorized_text": "They came to the feast."}

        staged = client.v1.disputes.update(dispute.id, {"evidence": evidence, "submit": False})
        handed = client.v1.disputes.update(
            dispute.id, {"submit": True, "metadata": {"pledge": "7"}}
        )

        assert (staged.status, staged.evidence.customer_name) == ("needs_response", "A giver")
        assert (staged.evidence_details.has_evidence, staged.evidence_details.submission_count) == (
            True,
            0,
        )
        assert (handed.status, handed.evidence_details.submission_count) == ("under_review", 1)
        assert handed.metadata.to_dict() == {"pledge": "7"}
        assert dispute_events(client)[-2:] == ["charge.dispute.updated"] * 2

    def test_goes_to_the_bank_at_once_if_nothing_is_said(self, client, sandbox):
        _, dispute = a_dispute(client, sandbox)

        handed = client.v1.disputes.update(dispute.id, {"evidence": {"receipt": "file_1"}})

        assert handed.status == "under_review"

    def test_is_taken_once(self, client, sandbox):
        _, dispute = a_dispute(client, sandbox)
        client.v1.disputes.update(dispute.id, {"evidence": {"uncategorized_text": "One"}})

        with pytest.raises(stripe.InvalidRequestError) as refused:
            client.v1.disputes.update(dispute.id, {"evidence": {"uncategorized_text": "Two"}})

        assert refused.value.param == "evidence"

    @pytest.mark.parametrize(
        ("text", "status"), [("winning_evidence", "won"), ("losing_evidence", "lost")]
    )
    def test_in_stripes_test_words_decides_at_once(self, client, sandbox, text, status):
        _, dispute = a_dispute(client, sandbox)

        client.v1.disputes.update(dispute.id, {"evidence": {"uncategorized_text": text}})

        assert client.v1.disputes.retrieve(dispute.id).status == status

    @pytest.mark.parametrize(("is_won", "status"), [(True, "won"), (False, "lost")])
    def test_is_weighed_for_weeks(self, client, sandbox, is_won, status):
        sandbox.control("settings", {"dispute_is_won": is_won})
        _, dispute = a_dispute(client, sandbox)
        client.v1.disputes.update(dispute.id, {"evidence": {"uncategorized_text": "Look."}})

        sandbox.control("clock/advance", {"days": 59})
        assert client.v1.disputes.retrieve(dispute.id).status == "under_review"
        sandbox.control("clock/advance", {"days": 1})

        assert client.v1.disputes.retrieve(dispute.id).status == status

    def test_that_never_comes_loses_the_dispute(self, client, sandbox):
        _, dispute = a_dispute(client, sandbox)

        sandbox.control("clock/advance", {"days": 7})

        lost = client.v1.disputes.retrieve(dispute.id)
        assert (lost.status, lost.evidence_details.past_due) == ("lost", True)


class TestDecision:
    def test_for_the_merchant_brings_amount_and_fee_back(self, client, sandbox):
        with_money(sandbox)
        _, dispute = a_dispute(client, sandbox)

        sandbox.control(f"disputes/{dispute.id}/win", {})

        won = client.v1.disputes.retrieve(dispute.id)
        taken, returned = won.balance_transactions
        assert (returned.amount, returned.fee, returned.net) == (2500, -FEE, 2500 + FEE)
        assert (taken.net + returned.net, returned.reporting_category) == (0, "dispute_reversal")
        assert available(client) == 100_000
        assert dispute_events(client)[-2:] == [
            "charge.dispute.closed",
            "charge.dispute.funds_reinstated",
        ]
        totals = sandbox.control("record/summary")["totals"][0]
        assert totals["net_minor"] == 100_000 + 2437

    def test_for_the_payer_keeps_both(self, client, sandbox):
        with_money(sandbox)
        _, dispute = a_dispute(client, sandbox)

        sandbox.control(f"disputes/{dispute.id}/lose", {})

        assert available(client) == 100_000 - 2500 - FEE
        assert dispute_events(client)[-1] == "charge.dispute.closed"
        (totals,) = sandbox.control("record/summary")["totals"]
        assert (totals["dispute_minor"], totals["dispute_fee_minor"]) == (2500, FEE)

    @pytest.mark.parametrize("second", ["win", "lose"])
    def test_is_final(self, client, sandbox, second):
        _, dispute = a_dispute(client, sandbox)
        sandbox.control(f"disputes/{dispute.id}/lose", {})

        status, _ = sandbox.controlled(f"disputes/{dispute.id}/{second}", {})

        assert status == 400

    def test_can_be_given_in_to(self, client, sandbox):
        _, dispute = a_dispute(client, sandbox)

        closed = client.v1.disputes.close(dispute.id)

        assert closed.status == "lost"
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.disputes.close(dispute.id)

    def test_takes_the_fee_that_was_set(self, client, sandbox):
        sandbox.control("settings", {"dispute_fees": {"eur": 2000}})

        _, dispute = a_dispute(client, sandbox)

        assert dispute.balance_transactions[0].fee_details[0].amount == 2000


class TestInquiry:
    def test_takes_no_money_and_lets_refund(self, client, sandbox):
        with_money(sandbox)
        intent, dispute = a_dispute(client, sandbox, inquiry=True)

        assert (dispute.status, dispute.balance_transactions) == ("warning_needs_response", [])
        assert dispute.is_charge_refundable is True
        assert client.v1.refunds.create({"payment_intent": intent.id}).status == "succeeded"
        assert dispute_events(client) == ["charge.dispute.created"]

    def test_ends_without_money_when_it_is_won(self, client, sandbox):
        _, dispute = a_dispute(client, sandbox, inquiry=True)

        closed = sandbox.control(f"disputes/{dispute.id}/win", {})

        assert (closed["status"], closed["balance_transactions"]) == ("warning_closed", [])

    def test_that_is_lost_becomes_a_dispute(self, client, sandbox):
        _, dispute = a_dispute(client, sandbox, inquiry=True)

        sandbox.control(f"disputes/{dispute.id}/lose", {})

        became = client.v1.disputes.retrieve(dispute.id)
        assert (became.status, became.is_charge_refundable) == ("needs_response", False)
        assert became.balance_transactions[0].amount == -2500


class TestEarlyFraudWarning:
    def test_tells_of_a_charge_before_any_dispute(self, client, sandbox):
        intent = a_paid_intent(sandbox, client)

        made = sandbox.control(f"charges/{intent.id}/warn", {})

        warnings = client.v1.radar.early_fraud_warnings
        assert [w.id for w in warnings.list({"payment_intent": intent.id}).data] == [made["id"]]
        warning = warnings.retrieve(made["id"])
        assert (warning.charge, warning.actionable) == (intent.latest_charge.id, True)
        assert event_types(client)[-1] == "radar.early_fraud_warning.created"
        assert sandbox.controlled(f"charges/{intent.id}/warn", {})[0] == 400
