"""The door to Stripe: what its errors mean to us, and what never leaves without a key.

Planted and seen to fall: a 429 taken for a no; a 404 taken for any other no; the key left out; a
fee in another currency taken for one of ours.
"""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from backend.payments.gateways import stripe as gateway
from tests.sandbox.steps import session_params

pytestmark = pytest.mark.django_db(transaction=True)


def create(key="key-1", **changes):
    return gateway.create_session(
        request=session_params(metadata={"payment": key}, **changes), key=key, account=""
    )


def give_back(charge_id, key):
    return gateway.create_refund(
        charge_id=charge_id, amount_minor=100, refund_key="refund:1", key=key, account=""
    )


class TestErrors:
    @pytest.mark.parametrize(
        ("kind", "meaning"),
        [
            ("drop_before", gateway.StripeUnreachable),
            ("drop_after", gateway.StripeUnreachable),
            ("rate_limit", gateway.StripeUnreachable),
            ("error_before", gateway.StripeBroken),
            ("error_after", gateway.StripeBroken),
        ],
    )
    def test_that_say_nothing_of_the_effect_are_no_refusals(self, sandbox, kind, meaning):
        sandbox.control("faults/next", {"kind": kind, "count": 9})

        with pytest.raises(meaning) as told:
            create(key=f"key-{kind}")
        sandbox.control("faults/clear", {})

        assert told.type is meaning

    def test_of_a_wrong_request_are_a_refusal_with_stripes_words(self, sandbox):
        with pytest.raises(gateway.StripeRefused, match="expires_at"):
            create(key="key-past", expires_at=1)

    def test_of_an_unknown_id_say_that_it_is_not_there(self, sandbox):
        with pytest.raises(gateway.NotAtStripe):
            gateway.fetch_session(session_id="cs_test_of_nobody", account="")

    def test_of_a_key_with_other_parameters_leave_its_effect_open(self, sandbox):
        create(key="key-twice")

        with pytest.raises(gateway.StripeBroken):
            create(key="key-twice", amount=2600)


class TestKeys:
    def test_the_same_key_makes_one_session(self, sandbox):
        assert create(key="key-same").id == create(key="key-same").id

    @pytest.mark.parametrize(
        "call",
        [
            lambda: create(),
            lambda: gateway.close_session(session_id="cs_1", key="k", account=""),
            lambda: give_back("ch_1", key="k"),
            lambda: gateway.refunds_of(charge_id="ch_1", account=""),
            lambda: gateway.disputes_of(charge_id="ch_1", account=""),
            lambda: gateway.charge_of_refund(refund_id="re_1", account=""),
            lambda: gateway.charge_of_dispute(dispute_id="du_1", account=""),
            lambda: gateway.payment_key_of(charge_id="ch_1", account=""),
            lambda: gateway.fetch_session(session_id="cs_1", account=""),
            lambda: gateway.find_session(payment_key="k", since=timezone.now(), account=""),
            lambda: list(gateway.events_since(moment=timezone.now(), account="")),
            lambda: gateway.register_endpoint(url="http://127.0.0.1:9/", key="k"),
        ],
        ids=[
            *("create", "close", "refund", "refunds", "disputes", "of a refund", "of a dispute"),
            *("key", "fetch", "find", "events", "register"),
        ],
    )
    def test_f10_no_call_leaves_from_inside_a_transaction(self, call):
        with transaction.atomic(), pytest.raises(gateway.InsideTransaction):
            call()

    def test_f08_every_post_of_the_gateway_carries_one(self, sandbox):
        """Where our own key is missing the SDK makes one up, so its name shows whose it is."""
        session = create(key="key-own")
        paid = create(key="key-paid")
        sandbox.complete(paid.id)
        charge = gateway.fetch_session(session_id=paid.id, account="").charged
        gateway.close_session(session_id=session.id, key="key-close", account="")
        give_back(charge.charge_id, key="key-return")

        with pytest.raises(gateway.StripeBroken):
            create(key="key-close")
        with pytest.raises(gateway.StripeBroken):
            create(key="key-return")


class TestReading:
    def test_a_session_tells_what_is_charged_and_kept(self, sandbox):
        session = create(key="key-read")
        sandbox.complete(session.id)

        paid = gateway.fetch_session(session_id=session.id, account="")

        assert (paid.status, paid.payment_status) == ("complete", "paid")
        assert (paid.charged.amount_minor, paid.charged.currency) == (2500, "EUR")
        assert (paid.charged.fee_minor, paid.charged.is_returned) == (63, False)

    def test_a_fee_in_another_currency_is_none_of_this_book(self):
        assert gateway._fee({"id": "txn_1", "fee": 63, "currency": "usd"}, "eur") is None
        assert gateway._fee("txn_1", "eur") is None
        assert gateway._fee({"id": "txn_1", "fee": 63, "currency": "eur"}, "eur") == 63

    @pytest.mark.parametrize("status", ["failed", "pending"])
    def test_a_charge_that_did_not_succeed_is_none(self, status):
        assert gateway._charged({"latest_charge": {"id": "ch_1", "status": status}}) is None

    def test_a_lost_session_is_found_by_its_payment_even_when_clocks_differ(self, sandbox):
        session = create(key="key-lost")

        found = gateway.find_session(
            payment_key="key-lost", since=timezone.now() + timedelta(minutes=10), account=""
        )
        never = gateway.find_session(payment_key="key-no", since=timezone.now(), account="")

        assert (found.id, never) == (session.id, None)

    @pytest.mark.parametrize(("currency", "minor"), [("jpy", 500), ("xof", 1000)])
    def test_f29_a_currency_without_cents_is_not_multiplied(self, sandbox, currency, minor):
        session = create(key=f"key-{currency}", amount=minor, currency=currency)
        sandbox.complete(session.id)

        paid = gateway.fetch_session(session_id=session.id, account="")

        assert (paid.charged.amount_minor, paid.charged.currency) == (minor, currency.upper())
