"""Refunds, disputes, subscriptions, accounts: what comes after a payment, on either side.

Planted and seen to fall: a refund of a disputed charge let through, and a subscription that is not
active after its first payment.
"""

import pytest
import stripe

from tests.contract.steps import NOWHERE, a_payer, a_payment, charge_of

AVAILABLE_AT_ONCE = "pm_card_bypassPending"


class TestRefund:
    def test_gives_back_a_part_and_then_the_rest(self, side):
        intent = a_payment(side, AVAILABLE_AT_ONCE)

        part = side.noted(
            side.v1.refunds.create(
                {"charge": intent.latest_charge, "amount": 500, "metadata": {"why": "asked"}}
            )
        )
        side.v1.refunds.create({"payment_intent": intent.id})

        charge = charge_of(side, intent)
        assert (part.amount, part.metadata.to_dict()) == (500, {"why": "asked"})
        assert (charge.amount_refunded, charge.refunded) == (2500, True)
        found = side.v1.refunds.list({"charge": charge.id}).data
        assert [refund.amount for refund in found] == [2000, 500]
        with pytest.raises(stripe.InvalidRequestError) as refused:
            side.v1.refunds.create({"payment_intent": intent.id})
        assert refused.value.code == "charge_already_refunded"

    def test_is_no_more_than_the_rest(self, side):
        intent = a_payment(side, AVAILABLE_AT_ONCE)

        with pytest.raises(stripe.InvalidRequestError):
            side.v1.refunds.create({"payment_intent": intent.id, "amount": 2501})

    def test_that_takes_days_begins_pending(self, side):
        a_payment(side, AVAILABLE_AT_ONCE)
        intent = a_payment(side, "pm_card_pendingRefund")

        refund = side.v1.refunds.create({"payment_intent": intent.id})

        assert refund.status == "pending"


class TestDispute:
    def disputed(self, side, card="pm_card_createDispute"):
        intent = a_payment(side, card)
        params = {"payment_intent": intent.id}
        found = side.eventually(lambda: side.v1.disputes.list(params).data, "the dispute")
        return intent, side.noted(found[0])

    def test_takes_amount_and_fee_and_refuses_a_refund(self, side):
        intent, dispute = self.disputed(side)

        (line,) = dispute.balance_transactions
        assert (dispute.status, dispute.amount, dispute.reason) == (
            "needs_response",
            2500,
            "fraudulent",
        )
        assert (line.amount, line.type, line.reporting_category) == (
            -2500,
            "adjustment",
            "dispute",
        )
        assert line.fee > 0
        assert charge_of(side, intent).disputed is True
        with pytest.raises(stripe.InvalidRequestError) as refused:
            side.v1.refunds.create({"payment_intent": intent.id})
        assert refused.value.code == "charge_disputed"

    @pytest.mark.parametrize(
        ("text", "status"), [("winning_evidence", "won"), ("losing_evidence", "lost")]
    )
    def test_ends_as_the_evidence_says(self, side, text, status):
        _, dispute = self.disputed(side)

        side.v1.disputes.update(dispute.id, {"evidence": {"uncategorized_text": text}})

        def ended():
            now = side.v1.disputes.retrieve(dispute.id)
            return now if now.status == status else None

        closed = side.eventually(ended, status)
        assert closed.evidence.uncategorized_text == text

    def test_can_be_given_in_to(self, side):
        _, dispute = self.disputed(side, "pm_card_createDisputeProductNotReceived")

        assert side.v1.disputes.close(dispute.id).status == "lost"


class TestSubscription:
    def begun(self, side):
        customer, method = a_payer(side)
        price = side.noted(
            side.v1.prices.create(
                {
                    "currency": "eur",
                    "unit_amount": 1000,
                    "recurring": {"interval": "month"},
                    "product_data": {"name": "Monthly"},
                }
            )
        )
        return side.noted(
            side.v1.subscriptions.create(
                {
                    "customer": customer,
                    "items": [{"price": price.id}],
                    "default_payment_method": method,
                    "metadata": {"pledge": "7"},
                    "expand": ["latest_invoice.payments"],
                }
            )
        )

    def test_charges_its_first_month(self, side):
        subscription = self.begun(side)

        invoice = subscription.latest_invoice
        assert (subscription.status, invoice.status) == ("active", "paid")
        assert (invoice.amount_paid, invoice.billing_reason) == (1000, "subscription_create")
        assert invoice.parent.subscription_details.subscription == subscription.id
        paid_by = invoice.payments.data[0].payment.payment_intent
        assert side.v1.payment_intents.retrieve(paid_by).status == "succeeded"

    def test_is_paused_resumed_and_ended(self, side):
        subscription = self.begun(side)

        paused = side.v1.subscriptions.update(
            subscription.id, {"pause_collection": {"behavior": "void"}}
        )
        resumed = side.v1.subscriptions.update(subscription.id, {"pause_collection": ""})
        planned = side.v1.subscriptions.update(subscription.id, {"cancel_at_period_end": True})
        ended = side.v1.subscriptions.cancel(subscription.id)

        assert (paused.status, paused.pause_collection.behavior) == ("active", "void")
        assert resumed.pause_collection is None
        assert planned.cancel_at_period_end is True
        assert ended.status == "canceled"


class TestInvoice:
    def test_to_be_paid_by_bank_transfer_is_sent(self, side):
        customer = side.v1.customers.create({"email": "office@example.org", "name": "A company"})
        draft = side.v1.invoices.create(
            {
                "customer": customer.id,
                "collection_method": "send_invoice",
                "days_until_due": 30,
                "currency": "eur",
                "payment_settings": {
                    "payment_method_types": ["customer_balance"],
                    "payment_method_options": {
                        "customer_balance": {
                            "funding_type": "bank_transfer",
                            "bank_transfer": {
                                "type": "eu_bank_transfer",
                                "eu_bank_transfer": {"country": "DE"},
                            },
                        }
                    },
                },
            }
        )
        line = {"customer": customer.id, "invoice": draft.id, "amount": 50_000, "currency": "eur"}
        side.v1.invoice_items.create(line)

        sent = side.noted(side.v1.invoices.send_invoice(draft.id))

        assert (sent.status, sent.amount_due, sent.amount_paid) == ("open", 50_000, 0)
        assert side.v1.invoices.void_invoice(sent.id).status == "void"


class TestConnectedAccount:
    def test_opens_and_gets_a_link_to_onboarding(self, side):
        account = side.noted(
            side.v2.core.accounts.create(
                {
                    "display_name": "Friends of Lomé",
                    "contact_email": "committee@example.org",
                    "dashboard": "full",
                    "identity": {"country": "FR"},
                    "defaults": {
                        "responsibilities": {
                            "fees_collector": "stripe",
                            "losses_collector": "stripe",
                        }
                    },
                    "configuration": {
                        "merchant": {"capabilities": {"card_payments": {"requested": True}}}
                    },
                    "include": ["configuration.merchant", "requirements"],
                }
            )
        )
        onboarding = {"refresh_url": NOWHERE, "return_url": NOWHERE}

        link = side.v2.core.account_links.create(
            {
                "account": account.id,
                "use_case": {
                    "type": "account_onboarding",
                    "account_onboarding": onboarding,
                },
            }
        )

        status = account.configuration.merchant.capabilities.card_payments.status
        assert (status, link.url.startswith("http")) == ("restricted", True)
        assert account.requirements.entries != []
        assert side.v1.accounts.retrieve(account.id).charges_enabled is False
