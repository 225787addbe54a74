"""Subscriptions: begun in Checkout or over the interface, renewed by the clock, failed, paused.

Planted and seen to fall: a renewal that is charged twice, a pause that charges all the same, a
failed renewal that is never tried again, and a month that forgets its 31st.
"""

import time
from datetime import UTC, datetime

import httpx
import pytest
import stripe

from sandbox.billing.periods import period_begins
from tests.sandbox.steps import SUCCESS, client_of, event_types

DAY = 86_400
MONTHLY = {
    "currency": "eur",
    "unit_amount": 1000,
    "recurring": {"interval": "month"},
    "product_data": {"name": "A monthly gift to Lomé"},
}


def a_session(client, **more):
    return client.v1.checkout.sessions.create(
        {
            "mode": "subscription",
            "success_url": SUCCESS,
            "line_items": [{"quantity": 1, "price_data": MONTHLY}],
            **more,
        }
    )


def a_subscription(client, sandbox, card="4242424242424242", **more):
    session = a_session(client, **more)
    state = sandbox.complete(session.id, card=card)
    return client.v1.subscriptions.retrieve(state["subscription"])


def a_customer_with(client, card):
    customer = client.v1.customers.create({"email": "giver@example.org"})
    method = client.v1.payment_methods.attach(card, {"customer": customer.id})
    return customer.id, method.id


def created(client, card="pm_card_visa", **more):
    customer, method = a_customer_with(client, card)
    price = client.v1.prices.create(MONTHLY)
    params = {
        "customer": customer,
        "items": [{"price": price.id}],
        "default_payment_method": method,
        **more,
    }
    return client.v1.subscriptions.create(params)


def pay_with(client, subscription, card):
    method = client.v1.payment_methods.attach(card, {"customer": subscription.customer})
    client.v1.subscriptions.update(subscription.id, {"default_payment_method": method.id})


def invoices_of(client, subscription):
    return client.v1.invoices.list({"subscription": subscription.id, "limit": 100}).data


def renewed(sandbox, times=1):
    sandbox.control("clock/advance", {"days": 31 * times, "hours": 2})


class TestPeriods:
    def test_end_with_the_month_and_find_back_to_their_day(self):
        anchor = int(datetime(2026, 1, 31, 12, tzinfo=UTC).timestamp())

        begins = [period_begins(anchor, "month", 1, number=n) for n in range(5)]

        days = [datetime.fromtimestamp(moment, UTC).strftime("%m-%d") for moment in begins]
        assert days == ["01-31", "02-28", "03-31", "04-30", "05-31"]

    @pytest.mark.parametrize(
        ("interval", "count", "day"),
        [("day", 3, "2028-03-03"), ("week", 2, "2028-03-14"), ("year", 1, "2029-02-28")],
    )
    def test_are_of_the_length_that_was_asked_for(self, interval, count, day):
        anchor = int(datetime(2028, 2, 29, tzinfo=UTC).timestamp())

        moment = period_begins(anchor, interval, count, number=1)

        assert datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d") == day


class TestCheckoutOfModeSubscription:
    def test_charges_the_first_month_and_saves_the_card(self, client, sandbox):
        data = {"metadata": {"pledge": "7"}, "description": "Monthly"}
        session = a_session(client, subscription_data=data, submit_type="donate")

        state = sandbox.complete(session.id, email="giver@example.org")

        done = client.v1.checkout.sessions.retrieve(
            session.id, {"expand": ["subscription", "invoice.payments", "customer"]}
        )
        assert (state["status"], done.payment_status, done.payment_intent) == (
            "complete",
            "paid",
            None,
        )
        subscription = done.subscription
        assert (subscription.status, subscription.metadata.to_dict()) == ("active", {"pledge": "7"})
        assert done.customer.email == "giver@example.org"
        assert (done.invoice.status, done.invoice.billing_reason) == ("paid", "subscription_create")
        paid = done.invoice.payments.data[0].payment.payment_intent
        intent = client.v1.payment_intents.retrieve(paid)
        assert (intent.status, intent.amount_received) == ("succeeded", 1000)
        assert subscription.default_payment_method == intent.payment_method
        types = event_types(client)
        assert types[-1] == "checkout.session.completed"
        assert {"customer.subscription.created", "invoice.paid", "payment_method.attached"} <= set(
            types
        )

    def test_begins_nothing_after_a_decline(self, client, sandbox):
        session = a_session(client)

        state = sandbox.complete(session.id, card="4000000000000002")

        assert state["status"] == "open"
        assert client.v1.subscriptions.list({"status": "all"}).data == []
        assert client.v1.invoices.list().data == []

    def test_begins_after_3d_secure(self, client, sandbox):
        subscription = a_subscription(client, sandbox, card="4000002500003155")

        assert subscription.status == "active"

    def test_waits_for_the_bank_with_a_direct_debit(self, client, sandbox):
        session = a_session(client)
        state = sandbox.complete(session.id, method="sepa_debit")
        (invoice,) = client.v1.invoices.list().data
        assert (state["payment_status"], invoice.status) == ("unpaid", "open")

        sandbox.control("clock/advance", {"days": 5})

        assert client.v1.invoices.retrieve(invoice.id).status == "paid"
        assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"

    @pytest.mark.parametrize(
        ("more", "param"),
        [
            ({"payment_intent_data": {"description": "x"}}, "payment_intent_data"),
            ({"customer_creation": "always"}, "customer_creation"),
            ({"line_items": []}, "line_items"),
        ],
    )
    def test_refuses_what_does_not_belong_to_it(self, client, more, param):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            a_session(client, **more)

        assert refused.value.param == param

    def test_refuses_a_recurring_price_in_a_single_payment(self, client):
        price = client.v1.prices.create(MONTHLY)

        with pytest.raises(stripe.InvalidRequestError, match="recurring price"):
            a_session(client, mode="payment", line_items=[{"price": price.id, "quantity": 1}])

    def test_says_how_often_on_the_page(self, client):
        session = a_session(client, locale="fr", submit_type="donate")

        page = httpx.get(session.url.replace("localhost", "127.0.0.1"))

        assert "par mois" in page.text
        assert "A monthly gift to Lomé" in page.text

    def test_gives_the_platform_its_share_on_an_account(self, client, sandbox):
        committee = client_of(sandbox, account=sandbox.control("accounts", {})["id"])

        a_subscription(committee, sandbox, subscription_data={"application_fee_percent": 2.5})
        renewed(sandbox)

        fees = client.v1.application_fees.list().data
        assert [fee.amount for fee in fees] == [25, 25]


class TestRenewal:
    def test_charges_each_month_once(self, client, sandbox):
        subscription = a_subscription(client, sandbox)

        renewed(sandbox, times=3)

        invoices = invoices_of(client, subscription)
        assert [(i.status, i.billing_reason, i.amount_paid) for i in invoices] == [
            ("paid", "subscription_cycle", 1000)
        ] * 3 + [("paid", "subscription_create", 1000)]
        assert len({invoice.number for invoice in invoices}) == 4
        assert len(client.v1.charges.list().data) == 4
        now = client.v1.subscriptions.retrieve(subscription.id).to_dict()
        item = now["items"]["data"][0]
        assert item["current_period_start"] == invoices[0].period_start
        assert "invoice.finalized" in event_types(client, type="invoice.*")

    def test_is_a_draft_for_an_hour(self, client, sandbox):
        subscription = a_subscription(client, sandbox)
        end = subscription.to_dict()["items"]["data"][0]["current_period_end"]

        sandbox.control("clock/advance", {"seconds": end - int(time.time()) + 60})

        latest = invoices_of(client, subscription)[0]
        assert (latest.status, latest.billing_reason) == ("draft", "subscription_cycle")

    def test_that_fails_is_tried_again_until_the_card_works(self, client, sandbox):
        subscription = a_subscription(client, sandbox)
        pay_with(client, subscription, "pm_card_chargeCustomerFail")
        renewed(sandbox)
        failed = invoices_of(client, subscription)[0]
        assert (failed.status, failed.attempt_count) == ("open", 1)
        assert client.v1.subscriptions.retrieve(subscription.id).status == "past_due"
        assert failed.next_payment_attempt is not None

        pay_with(client, subscription, "pm_card_visa")
        sandbox.control("clock/advance", {"days": 3})

        paid = client.v1.invoices.retrieve(failed.id, {"expand": ["payments"]})
        assert (paid.status, len(paid.payments.data)) == ("paid", 1)
        assert client.v1.subscriptions.retrieve(subscription.id).status == "active"

    @pytest.mark.parametrize("becomes", ["canceled", "unpaid", "past_due"])
    def test_that_fails_for_good_ends_as_is_set(self, client, sandbox, becomes):
        sandbox.control("settings", {"failed_subscription_becomes": becomes})
        subscription = a_subscription(client, sandbox)
        pay_with(client, subscription, "pm_card_chargeCustomerFail")
        renewed(sandbox)

        sandbox.control("clock/advance", {"days": 16})

        ended = client.v1.subscriptions.retrieve(subscription.id)
        assert ended.status == becomes
        assert invoices_of(client, subscription)[0].attempt_count == 4
        assert len(event_types(client, type="invoice.payment_failed")) == 4
        deleted = event_types(client, type="customer.subscription.deleted")
        assert len(deleted) == (becomes == "canceled")

    def test_that_needs_the_payer_says_so(self, client, sandbox):
        subscription = a_subscription(client, sandbox)
        pay_with(client, subscription, "pm_card_authenticationRequired")

        renewed(sandbox)

        assert "invoice.payment_action_required" in event_types(client)

    def test_can_be_paid_by_hand_with_another_card(self, client, sandbox):
        subscription = a_subscription(client, sandbox)
        pay_with(client, subscription, "pm_card_chargeCustomerFail")
        renewed(sandbox)
        failed = invoices_of(client, subscription)[0]
        with pytest.raises(stripe.CardError):
            client.v1.invoices.pay(failed.id)
        other = client.v1.payment_methods.attach(
            "pm_card_visa", {"customer": subscription.customer}
        )

        paid = client.v1.invoices.pay(failed.id, {"payment_method": other.id})

        assert paid.status == "paid"
        by_intent = client.v1.invoice_payments.list({"invoice": paid.id}).data[0]
        found = client.v1.invoice_payments.list(
            {
                "payment": {
                    "type": "payment_intent",
                    "payment_intent": by_intent.payment.payment_intent,
                }
            }
        )
        assert [one.invoice for one in found.data] == [paid.id]


class TestPause:
    @pytest.mark.parametrize(
        ("behavior", "status"),
        [("void", "void"), ("mark_uncollectible", "uncollectible"), ("keep_as_draft", "draft")],
    )
    def test_charges_nothing(self, client, sandbox, behavior, status):
        subscription = a_subscription(client, sandbox)
        client.v1.subscriptions.update(
            subscription.id, {"pause_collection": {"behavior": behavior}}
        )

        renewed(sandbox)

        assert invoices_of(client, subscription)[0].status == status
        assert len(client.v1.charges.list().data) == 1
        assert client.v1.subscriptions.retrieve(subscription.id).status == "active"

    def test_ends_by_itself_or_by_hand(self, client, sandbox):
        by_itself, by_hand = a_subscription(client, sandbox), a_subscription(client, sandbox)
        soon = {"behavior": "void", "resumes_at": int(time.time()) + 5 * DAY}
        client.v1.subscriptions.update(by_itself.id, {"pause_collection": soon})
        client.v1.subscriptions.update(by_hand.id, {"pause_collection": {"behavior": "void"}})

        client.v1.subscriptions.update(by_hand.id, {"pause_collection": ""})
        renewed(sandbox)

        for one in (by_itself, by_hand):
            assert client.v1.subscriptions.retrieve(one.id).pause_collection is None
            assert invoices_of(client, one)[0].status == "paid"


class TestChange:
    def test_of_the_amount_counts_from_the_next_month(self, client, sandbox):
        subscription = a_subscription(client, sandbox)
        price = client.v1.prices.create({**MONTHLY, "unit_amount": 2500})
        item = subscription.to_dict()["items"]["data"][0]["id"]

        client.v1.subscriptions.update(
            subscription.id,
            {"items": [{"id": item, "price": price.id}], "proration_behavior": "none"},
        )
        renewed(sandbox)

        assert [i.total for i in invoices_of(client, subscription)] == [2500, 1000]
        assert "customer.subscription.updated" in event_types(client)

    def test_with_proration_is_not_built_and_says_so(self, client, sandbox):
        subscription = a_subscription(client, sandbox)

        with pytest.raises(stripe.APIError) as refused:
            client.v1.subscriptions.update(subscription.id, {"items": [{"quantity": 2}]})

        assert refused.value.http_status == 501

    def test_of_metadata_and_description_is_kept(self, client, sandbox):
        subscription = a_subscription(client, sandbox)

        changed = client.v1.subscriptions.update(
            subscription.id, {"metadata": {"k": "v"}, "description": "For Lomé"}
        )

        assert (changed.metadata.to_dict(), changed.description) == ({"k": "v"}, "For Lomé")


class TestEnd:
    def test_at_the_end_of_the_period(self, client, sandbox):
        subscription = a_subscription(client, sandbox)

        planned = client.v1.subscriptions.update(subscription.id, {"cancel_at_period_end": True})
        assert (planned.status, planned.cancel_at is None) == ("active", False)
        renewed(sandbox)

        ended = client.v1.subscriptions.retrieve(subscription.id)
        assert (ended.status, ended.cancellation_details.reason) == (
            "canceled",
            "cancellation_requested",
        )
        assert len(invoices_of(client, subscription)) == 1

    def test_is_taken_back_in_time(self, client, sandbox):
        subscription = a_subscription(client, sandbox)
        client.v1.subscriptions.update(subscription.id, {"cancel_at_period_end": True})

        kept = client.v1.subscriptions.update(subscription.id, {"cancel_at_period_end": False})
        renewed(sandbox)

        assert (kept.cancel_at, kept.canceled_at) == (None, None)
        assert len(invoices_of(client, subscription)) == 2

    def test_at_once_and_only_once(self, client, sandbox):
        subscription = a_subscription(client, sandbox)

        ended = client.v1.subscriptions.cancel(subscription.id)

        assert (ended.status, ended.ended_at is None) == ("canceled", False)
        assert event_types(client)[-1] == "customer.subscription.deleted"
        assert client.v1.subscriptions.list().data == []
        assert len(client.v1.subscriptions.list({"status": "canceled"}).data) == 1
        with pytest.raises(stripe.InvalidRequestError) as refused:
            client.v1.subscriptions.cancel(subscription.id)
        assert refused.value.code == "resource_missing"
        renewed(sandbox)
        assert len(client.v1.charges.list().data) == 1


class TestCreateSubscription:
    def test_charges_the_saved_card(self, client):
        subscription = created(client)

        assert subscription.status == "active"
        assert [i.status for i in invoices_of(client, subscription)] == ["paid"]

    def test_stays_incomplete_after_a_decline_and_expires(self, client, sandbox):
        subscription = created(client, card="pm_card_chargeCustomerFail")
        assert subscription.status == "incomplete"

        sandbox.control("clock/advance", {"hours": 24})

        assert client.v1.subscriptions.retrieve(subscription.id).status == "incomplete_expired"

    def test_can_make_a_decline_an_error(self, client):
        with pytest.raises(stripe.CardError):
            created(
                client, card="pm_card_chargeCustomerFail", payment_behavior="error_if_incomplete"
            )

    def test_can_wait_for_the_payer(self, client):
        subscription = created(client, payment_behavior="default_incomplete")

        invoice = client.v1.invoices.retrieve(
            subscription.latest_invoice, {"expand": ["payments.data.payment.payment_intent"]}
        )
        intent = invoice.payments.data[0].payment.payment_intent
        assert (subscription.status, intent.status) == ("incomplete", "requires_payment_method")


class TestPortal:
    def opened(self, client, subscription):
        return client.v1.billing_portal.sessions.create(
            {
                "customer": subscription.customer,
                "return_url": "http://127.0.0.1:9/home",
                "locale": "fr",
            }
        ).url.replace("localhost", "127.0.0.1")

    def test_stops_and_keeps_a_subscription(self, client, sandbox):
        subscription = a_subscription(client, sandbox)
        address = self.opened(client, subscription)
        page = httpx.get(address)
        assert "A monthly gift to Lomé" in page.text
        assert "10,00" in page.text
        assert "Retour au site" in page.text
        form = {"subscription": subscription.id}

        httpx.post(address, data={**form, "act": "stop"})
        stopped = client.v1.subscriptions.retrieve(subscription.id)
        again = httpx.post(address, data={**form, "act": "keep"}, follow_redirects=True)

        assert stopped.cancel_at_period_end is True
        assert "Arrêter" in again.text
        assert client.v1.subscriptions.retrieve(subscription.id).cancel_at_period_end is False

    def test_changes_the_card(self, client, sandbox):
        subscription = a_subscription(client, sandbox)
        address = self.opened(client, subscription)

        refused = httpx.post(address, data={"act": "card", "number": "4000000000000002"})
        done = httpx.post(address, data={"act": "card", "number": "5555 5555 5555 4444"})

        assert (refused.status_code, "a été refusée" in refused.text) == (400, True)
        assert done.status_code == 303
        now = client.v1.subscriptions.retrieve(
            subscription.id, {"expand": ["default_payment_method"]}
        )
        assert now.default_payment_method.card.last4 == "4444"

    def test_is_for_its_own_customer_and_an_hour(self, client, sandbox):
        mine, other = a_subscription(client, sandbox), a_subscription(client, sandbox)
        address = self.opened(client, mine)

        foreign = httpx.post(address, data={"subscription": other.id, "act": "stop"})
        sandbox.control("clock/advance", {"hours": 1})

        assert foreign.status_code == 400
        assert httpx.get(address).status_code == 410
        assert httpx.get(f"{sandbox.url}/_sandbox/portal/bps_none").status_code == 404
        assert client.v1.subscriptions.retrieve(other.id).cancel_at_period_end is False
