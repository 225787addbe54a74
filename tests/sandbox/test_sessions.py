"""Checkout sessions: what each mode takes, amounts, expiry, listing."""

import time

import pytest
import stripe

from tests.sandbox.steps import an_open_session, an_open_setup, event_types, session_params

MINUTE, HOUR = 60, 3600


def refusal_of(client, **changes):
    params = {name: part for name, part in session_params(**changes).items() if part is not None}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.checkout.sessions.create(params)
    return refused.value


class TestCreateSession:
    def test_opens_a_page_for_one_payment(self, client, sandbox):
        session = an_open_session(client, client_reference_id="pledge-7", metadata={"pledge": "7"})

        assert session.status == "open"
        assert session.payment_status == "unpaid"
        assert session.amount_total == 2500
        assert session.payment_intent is None
        assert session.url == f"http://localhost:{sandbox.port}/c/pay/{session.id}"
        assert session.metadata["pledge"] == "7"
        assert session.livemode is False

    def test_adds_up_the_lines(self, client):
        line = session_params(amount=300)["line_items"][0]

        session = an_open_session(client, line_items=[{**line, "quantity": 3}, line])

        assert session.amount_total == 1200
        lines = client.v1.checkout.sessions.line_items.list(session.id).data
        assert [line.amount_total for line in lines] == [900, 300]

    def test_needs_lines_for_a_payment(self, client):
        assert refusal_of(client, line_items=None).param == "line_items"

    def test_needs_an_address_to_go_on(self, client):
        assert refusal_of(client, success_url=None).param == "success_url"

    def test_refuses_an_address_that_is_none(self, client):
        assert refusal_of(client, success_url="javascript:alert(1)").code == "url_invalid"

    def test_refuses_two_currencies(self, client):
        lines = [session_params(currency=name)["line_items"][0] for name in ("eur", "usd")]

        assert "same currency" in str(refusal_of(client, line_items=lines))

    def test_refuses_what_belongs_to_the_other_mode(self, client):
        refused = refusal_of(client, setup_intent_data={"description": "x"})

        assert refused.param == "setup_intent_data"

    @pytest.mark.parametrize("name", ["submit_type", "payment_intent_data", "line_items"])
    def test_refuses_money_when_only_a_card_is_saved(self, client, name):
        foreign = {**session_params(), "submit_type": "donate", "payment_intent_data": {}}
        foreign["payment_intent_data"] = {"description": "x"}

        with pytest.raises(stripe.InvalidRequestError) as refused:
            an_open_setup(client, **{name: foreign[name]})

        assert refused.value.param == name

    def test_needs_a_currency_to_save_a_method(self, client):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            client.v1.checkout.sessions.create({"mode": "setup", "success_url": "http://x.test/"})

        assert refused.value.param == "currency"

    def test_refuses_a_customer_and_an_email_together(self, client):
        customer = client.v1.customers.create({"email": "a@example.org"})

        refused = refusal_of(client, customer=customer.id, customer_email="b@example.org")

        assert refused.param == "customer_email"

    def test_says_in_words_that_a_subscription_takes_only_recurring_prices(self, client):
        with pytest.raises(stripe.APIError, match="subscription") as refused:
            an_open_session(client, mode="subscription")

        assert refused.value.http_status == 501

    def test_says_in_words_that_a_known_parameter_is_not_followed(self, client):
        with pytest.raises(stripe.APIError, match="allow_promotion_codes") as refused:
            an_open_session(client, allow_promotion_codes=True)

        assert refused.value.http_status == 501

    def test_refuses_a_parameter_that_stripe_does_not_have(self, client):
        refused = refusal_of(client, colour="green")

        assert (refused.code, refused.param) == ("parameter_unknown", "colour")

    def test_offers_for_euros_what_banks_have(self, client):
        banks = ["bancontact", "ideal", "sepa_debit"]

        assert an_open_session(client).payment_method_types == ["card", *banks]
        assert an_open_session(client, currency="usd").payment_method_types == ["card"]

    @pytest.mark.parametrize(
        ("payer", "offered"),
        [
            ("BE", ["card", "bancontact", "sepa_debit"]),
            ("nl", ["card", "ideal", "sepa_debit"]),
            ("FR", ["card", "sepa_debit"]),
        ],
    )
    def test_offers_a_countrys_method_to_its_people(self, client, sandbox, payer, offered):
        sandbox.control("settings", {"payer_country": payer})

        assert an_open_session(client).payment_method_types == offered

    def test_offers_ideal_from_one_euro_on(self, client):
        assert "ideal" in an_open_session(client, amount=100).payment_method_types
        assert "ideal" not in an_open_session(client, amount=99).payment_method_types

    @pytest.mark.parametrize(
        "later",
        [{"payment_intent_data": {"setup_future_usage": "off_session"}}, None],
        ids=["a payment that saves its method", "saving alone"],
    )
    def test_keeps_for_later_only_what_can_be_charged_again(self, client, later):
        session = an_open_session(client, **later) if later else an_open_setup(client)

        assert session.payment_method_types == ["card", "sepa_debit"]

    def test_offers_only_methods_that_are_allowed(self, client):
        session = an_open_session(client, allowed_payment_method_types=["card", "klarna"])

        assert session.payment_method_types == ["card"]

    def test_refuses_to_offer_nothing(self, client):
        refused = refusal_of(client, currency="usd", allowed_payment_method_types=["sepa_debit"])

        assert refused.param == "allowed_payment_method_types"

    def test_offers_no_method_that_was_excluded(self, client):
        session = an_open_session(client, excluded_payment_method_types=["sepa_debit", "ideal"])

        assert session.payment_method_types == ["card", "bancontact"]


class TestAmounts:
    @pytest.mark.parametrize(
        ("currency", "least"),
        [("eur", 50), ("gbp", 30), ("jpy", 50), ("dkk", 250), ("huf", 17500), ("xof", 1)],
    )
    def test_start_at_the_least_charge(self, client, currency, least):
        assert an_open_session(client, amount=least, currency=currency).amount_total == least

    @pytest.mark.parametrize(
        ("currency", "amount"),
        [("eur", 49), ("gbp", 29), ("jpy", 49), ("dkk", 249), ("huf", 17499), ("xof", 0)],
    )
    def test_below_it_are_refused(self, client, currency, amount):
        assert refusal_of(client, amount=amount, currency=currency).code == "amount_too_small"

    @pytest.mark.parametrize("currency", ["kwd", "bhd", "jod", "omr", "tnd"])
    def test_with_three_decimals_end_in_zero(self, client, currency):
        assert an_open_session(client, amount=5120, currency=currency).amount_total == 5120
        assert "multiple of 10" in str(refusal_of(client, amount=5124, currency=currency))

    @pytest.mark.parametrize("currency", ["isk", "ugx"])
    def test_of_two_currencies_are_whole_hundreds(self, client, currency):
        assert an_open_session(client, amount=15000, currency=currency).amount_total == 15000
        assert "multiple of 100" in str(refusal_of(client, amount=15050, currency=currency))

    def test_have_a_largest(self, client):
        assert an_open_session(client, amount=99_999_999).amount_total == 99_999_999
        assert refusal_of(client, amount=100_000_000).param is not None

    def test_of_an_unknown_currency_are_refused(self, client):
        assert refusal_of(client, currency="zzz").param == "currency"


class TestExpiry:
    def test_is_a_day_later_if_not_said(self, client):
        session = an_open_session(client)

        assert session.expires_at == session.created + 24 * HOUR

    @pytest.mark.parametrize("seconds", [30 * MINUTE, 24 * HOUR])
    def test_lies_between_half_an_hour_and_a_day(self, client, seconds):
        moment = int(time.time()) + seconds

        assert an_open_session(client, expires_at=moment).expires_at == moment

    @pytest.mark.parametrize("seconds", [28 * MINUTE, 24 * HOUR + 2 * MINUTE])
    def test_outside_of_it_is_refused(self, client, seconds):
        assert refusal_of(client, expires_at=int(time.time()) + seconds).param == "expires_at"

    def test_closes_the_session_when_its_time_comes(self, client, sandbox):
        session = an_open_session(client)

        sandbox.control("clock/advance", {"seconds": 24 * HOUR - 2})
        assert client.v1.checkout.sessions.retrieve(session.id).status == "open"
        sandbox.control("clock/advance", {"seconds": 3})

        expired = client.v1.checkout.sessions.retrieve(session.id)
        assert (expired.status, expired.url) == ("expired", None)
        assert event_types(client) == ["checkout.session.expired"]

    def test_can_be_brought_about_by_the_caller(self, client):
        session = an_open_session(client)

        assert client.v1.checkout.sessions.expire(session.id).status == "expired"

    def test_of_a_paid_session_is_refused(self, client, sandbox):
        session = an_open_session(client)
        sandbox.complete(session.id)

        with pytest.raises(stripe.InvalidRequestError, match="open"):
            client.v1.checkout.sessions.expire(session.id)

    def test_cancels_the_payment_that_a_decline_had_begun(self, client, sandbox):
        session = an_open_session(client)
        intent = sandbox.complete(session.id, card="4000000000000002")["payment_intent"]

        client.v1.checkout.sessions.expire(session.id)

        assert client.v1.payment_intents.retrieve(intent).status == "canceled"


class TestListSessions:
    def test_finds_by_payment_intent_and_by_status(self, client, sandbox):
        paid, still_open = an_open_session(client), an_open_session(client)
        intent = sandbox.complete(paid.id)["payment_intent"]

        sessions = client.v1.checkout.sessions
        assert [s.id for s in sessions.list({"payment_intent": intent}).data] == [paid.id]
        assert [s.id for s in sessions.list({"status": "open"}).data] == [still_open.id]
