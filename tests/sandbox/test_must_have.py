"""The routes that the site may rest on: each answers, and none is forgotten or left for later.

Planted and seen to fall: a route taken off the table of routes, and one that answers 501.
"""

import re

import httpx
import pytest

from sandbox.all_routes import ROUTES
from sandbox.description.document import nameless
from tests.sandbox.steps import (
    KEY,
    SUCCESS,
    a_paid_intent,
    a_saved_card,
    an_open_session,
    client_of,
)

MUST_HAVE = """
POST /v1/checkout/sessions                GET /v1/checkout/sessions
GET /v1/checkout/sessions/{session}       GET /v1/checkout/sessions/{session}/line_items
POST /v1/checkout/sessions/{session}/expire
POST /v1/payment_intents                  GET /v1/payment_intents
GET /v1/payment_intents/{intent}          POST /v1/payment_intents/{intent}
POST /v1/payment_intents/{intent}/confirm POST /v1/payment_intents/{intent}/cancel
POST /v1/setup_intents                    GET /v1/setup_intents/{setup}
POST /v1/setup_intents/{setup}/confirm    POST /v1/setup_intents/{setup}/cancel
POST /v1/customers                        GET /v1/customers
GET /v1/customers/{customer}              POST /v1/customers/{customer}
GET /v1/customers/{customer}/payment_methods
POST /v1/payment_methods                  GET /v1/payment_methods/{method}
POST /v1/payment_methods/{method}/attach  POST /v1/payment_methods/{method}/detach
GET /v1/charges                           GET /v1/charges/{charge}
GET /v1/balance                           GET /v1/balance_transactions
GET /v1/balance_transactions/{line}
POST /v1/refunds                          GET /v1/refunds
GET /v1/refunds/{refund}                  POST /v1/refunds/{refund}/cancel
GET /v1/disputes                          GET /v1/disputes/{dispute}
POST /v1/disputes/{dispute}               POST /v1/disputes/{dispute}/close
POST /v1/products                         GET /v1/products
GET /v1/products/{product}                POST /v1/products/{product}
POST /v1/prices                           GET /v1/prices
GET /v1/prices/{price}                    POST /v1/prices/{price}
POST /v1/subscriptions                    GET /v1/subscriptions
GET /v1/subscriptions/{subscription}      POST /v1/subscriptions/{subscription}
POST /v1/invoices                         GET /v1/invoices
GET /v1/invoices/{invoice}                POST /v1/invoices/{invoice}
POST /v1/invoices/{invoice}/finalize      POST /v1/invoices/{invoice}/send
POST /v1/invoices/{invoice}/pay           POST /v1/invoices/{invoice}/void
POST /v1/invoices/{invoice}/mark_uncollectible
POST /v1/invoiceitems                     GET /v1/invoiceitems
GET /v1/invoiceitems/{extra}              POST /v1/invoiceitems/{extra}
POST /v1/billing_portal/sessions
POST /v2/core/accounts                    GET /v2/core/accounts
GET /v2/core/accounts/{account}           POST /v2/core/account_links
GET /v1/accounts/{account}                POST /v1/account_links
POST /v1/transfers                        GET /v1/transfers
GET /v1/transfers/{transfer}              POST /v1/transfers/{transfer}/reversals
GET /v1/transfers/{transfer}/reversals
GET /v1/application_fees                  GET /v1/application_fees/{fee}
POST /v1/application_fees/{fee}/refunds   GET /v1/application_fees/{fee}/refunds
POST /v1/payouts                          GET /v1/payouts
GET /v1/payouts/{payout}                  GET /v1/events
GET /v1/events/{event}
POST /v1/webhook_endpoints                GET /v1/webhook_endpoints
GET /v1/webhook_endpoints/{endpoint}      POST /v1/webhook_endpoints/{endpoint}
DELETE /v1/webhook_endpoints/{endpoint}   DELETE /v1/subscriptions/{subscription}
DELETE /v1/customers/{customer}
"""
TABLE = re.findall(r"(GET|POST|DELETE) (\S+)", MUST_HAVE)


def a_world(client, sandbox):
    """One resource of each kind; returns their ids by the names that the table uses."""
    sandbox.control("balance", {"amount_minor": 90_000, "currency": "eur"})
    account = sandbox.control("accounts", {})["id"]
    taken = {"payment_intent_data": {"application_fee_amount": 100}}
    a_paid_intent(sandbox, client_of(sandbox, account=account), **taken)
    customer, method = a_saved_card(sandbox, client)
    intent = a_paid_intent(sandbox, client)
    disputed = a_paid_intent(sandbox, client)
    price = client.v1.prices.create(
        {
            "currency": "eur",
            "unit_amount": 1000,
            "recurring": {"interval": "month"},
            "product_data": {"name": "Monthly"},
        }
    )
    subscription = client.v1.subscriptions.create(
        {"customer": customer, "items": [{"price": price.id}], "default_payment_method": method}
    )
    transfer = {"amount": 100, "currency": "eur", "destination": account}
    endpoint = {"url": "http://127.0.0.1:9/", "enabled_events": ["payout.failed"]}
    extra = {"customer": customer, "amount": 500, "currency": "eur"}
    return {
        "account": account,
        "charge": intent.latest_charge.id,
        "customer": customer,
        "dispute": sandbox.control(f"charges/{disputed.id}/dispute", {})["id"],
        "endpoint": client.v1.webhook_endpoints.create(endpoint).id,
        "event": client.v1.events.list({"limit": 1}).data[0].id,
        "extra": client.v1.invoice_items.create(extra).id,
        "fee": client.v1.application_fees.list().data[0].id,
        "intent": intent.id,
        "invoice": subscription.latest_invoice,
        "line": intent.latest_charge.balance_transaction,
        "method": method,
        "payout": client.v1.payouts.create({"amount": 100, "currency": "eur"}).id,
        "price": price.id,
        "product": price.product,
        "refund": client.v1.refunds.create({"payment_intent": intent.id, "amount": 100}).id,
        "session": an_open_session(client, success_url=SUCCESS).id,
        "setup": client.v1.setup_intents.create({}).id,
        "subscription": subscription.id,
        "transfer": client.v1.transfers.create(transfer).id,
    }


class TestMustHave:
    def test_routes_are_all_built(self):
        # Where Stripe calls a path's parameter otherwise does not matter.
        wanted = {(verb.lower(), nameless(path)) for verb, path in TABLE}

        assert len(wanted) == len(TABLE) > 85
        assert wanted - ROUTES == set()

    def test_routes_all_answer(self, client, sandbox):
        ids = a_world(client, sandbox)
        headers = {"Authorization": f"Bearer {KEY}"}
        kept = {}

        for verb, path in TABLE:
            kind = "application/json" if path.startswith("/v2") else None
            answer = httpx.request(
                verb,
                f"{sandbox.url}{path.format(**ids)}",
                headers={**headers, **({"Content-Type": kind} if kind else {})},
            )
            kept[f"{verb} {path}"] = answer.status_code

        looked = {status for route, status in kept.items() if route.startswith("GET")}
        assert looked == {200}
        assert {route: s for route, s in kept.items() if s not in (200, 400)} == {}
        assert [s for route, s in kept.items() if route.startswith("DELETE")] == [200] * 3


# Each rule that no description has, and the test that holds it.
RULES = {
    "what a session of each mode may have": "test_sessions::test_refuses_what_belongs_to_the_other",
    "a session lasts 30 minutes to 24 hours": "test_sessions::test_lies_between_half_an_hour",
    "slow methods complete unpaid": "test_completing::test_completes_the_session_unpaid",
    "slow methods are answered later": "test_completing::test_is_answered_by_itself_days_later",
    "a decline leaves the session open": "test_completing::test_leaves_the_session_open_after_a",
    "a decline carries its intent": "test_payment_intents::test_is_declined_with_the_intent_in",
    "an intent succeeds once": "test_payment_intents::test_succeeds_once",
    "a failed intent can be tried again": "test_payment_intents::test_falls_back_after_a_decline",
    "no refund above the remainder": "test_refunds::test_refuses_more_than_is_left",
    "a refund waits for a short balance": "test_refunds::test_leaves_a_refund_pending_until",
    "a refund fails later": "test_refunds::test_succeeds_and_then_fails",
    "fees are settings by currency": "test_refunds::test_takes_the_fee_that_was_set",
    "money is pending, then available": "test_refunds::test_is_pending_first_and_available",
    "a payout sums its lines": "test_payouts::test_sums_its_transactions_exactly",
    "a dispute takes amount and fee": "test_disputes::test_takes_the_amount_and_a_fee",
    "a won dispute returns both": "test_disputes::test_for_the_merchant_brings_amount_and_fee",
    "no refund of what was charged back": "test_disputes::test_is_refused_while_open_and_when",
    "accounts do not see each other": "test_resources::test_do_not_see_each_other",
    "application fees on accounts only": "test_between_accounts::test_is_refused_on_the_platforms",
    "a key repeats the first answer": "test_idempotency::test_answers_the_same_again_and_says_so",
    "a key refuses other parameters": "test_idempotency::test_refuses_other_parameters",
    "a key in use answers 409": "test_idempotency::test_in_use_answers_409",
    "a key is pruned after 24 hours": "test_clock::test_prunes_keys_after_a_day",
    "amounts keep to their currency": "test_sessions::test_of_two_currencies_are_whole_hundreds",
    "metadata has limits": "test_payment_intents::test_beyond_its_limits_is_refused",
    "unknown parameters are refused": "test_sessions::test_refuses_a_parameter_that_stripe_does",
    "unknown routes are 404": "test_resources::test_that_stripe_does_not_have_are_404",
    "known routes not built are 501": "test_resources::test_that_are_not_built_say_so",
    "events are tried again for three days": "test_clock::test_tries_again_with_growing_pauses",
    "invoices are never partly funded": "test_invoices::test_that_is_short_waits_for_the_rest",
    "a bank transfer leaves its surplus": "test_invoices::test_that_is_over_leaves_the_surplus",
}


class TestRules:
    @pytest.mark.parametrize("rule", RULES)
    def test_each_has_a_test(self, rule, request):
        module, _, name = RULES[rule].partition("::")
        text = (request.path.parent / f"{module}.py").read_text(encoding="utf-8")

        assert f"def {name}" in text
