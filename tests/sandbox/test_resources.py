"""Customers, payment methods, accounts, lists, expansion, routes, keys."""

import time

import httpx
import pytest
import stripe

from tests.sandbox.steps import KEY, a_paid_intent, a_saved_card, client_of, event_types


class TestCustomers:
    def test_are_made_changed_and_deleted(self, client):
        customer = client.v1.customers.create({"email": "a@example.org", "metadata": {"k": "1"}})
        client.v1.customers.update(customer.id, {"name": "A giver", "metadata": {"k": ""}})

        changed = client.v1.customers.retrieve(customer.id)
        assert (changed.name, changed.metadata.to_dict()) == ("A giver", {})
        assert client.v1.customers.delete(customer.id).deleted is True
        assert client.v1.customers.retrieve(customer.id).deleted is True
        assert event_types(client) == ["customer.created", "customer.updated", "customer.deleted"]

    def test_are_found_by_email(self, client):
        wanted = client.v1.customers.create({"email": "a@example.org"})
        client.v1.customers.create({"email": "b@example.org"})

        found = client.v1.customers.list({"email": "a@example.org"}).data

        assert [customer.id for customer in found] == [wanted.id]

    def test_take_their_cards_with_them(self, client, sandbox):
        customer, method = a_saved_card(sandbox, client)

        client.v1.customers.delete(customer)

        assert client.v1.payment_methods.retrieve(method).customer is None


class TestPaymentMethods:
    def test_are_attached_once_and_detached_for_good(self, client):
        customer = client.v1.customers.create({})
        method = client.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})

        assert client.v1.payment_methods.list({"customer": customer.id}).data[0].id == method.id
        client.v1.payment_methods.detach(method.id)

        with pytest.raises(stripe.InvalidRequestError) as refused:
            client.v1.payment_methods.attach(method.id, {"customer": customer.id})
        assert refused.value.code == "payment_method_unexpected_state"

    def test_are_made_from_a_test_number(self, client):
        card = {"number": "5555555555554444", "exp_month": 8, "exp_year": 2035, "cvc": "123"}

        method = client.v1.payment_methods.create({"type": "card", "card": card})

        shown = (method.card.brand, method.card.last4, method.card.exp_year)
        assert shown == ("mastercard", "4444", 2035)

    def test_past_their_date_are_refused(self, client):
        card = {"number": "4242424242424242", "exp_month": 1, "exp_year": 2020}

        with pytest.raises(stripe.CardError) as refused:
            client.v1.payment_methods.create({"type": "card", "card": card})

        assert refused.value.code == "invalid_expiry_year"


class TestAccounts:
    def test_do_not_see_each_other(self, client, sandbox):
        account = sandbox.control("accounts", {"country": "BE"})["id"]
        committee = client_of(sandbox, account=account)
        intent = a_paid_intent(sandbox, committee)

        for act in (
            lambda: client.v1.payment_intents.retrieve(intent.id),
            lambda: client.v1.charges.retrieve(intent.latest_charge.id),
            lambda: client.v1.refunds.create({"payment_intent": intent.id}),
        ):
            with pytest.raises(stripe.InvalidRequestError) as refused:
                act()
            assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")
        assert client.v1.events.list().data == []
        assert client.v1.balance.retrieve().pending == []
        assert committee.v1.balance.retrieve().pending[0].amount == 2437

    def test_that_do_not_exist_are_refused(self, sandbox):
        stranger = client_of(sandbox, account="acct_none")

        with pytest.raises(stripe.PermissionError) as refused:
            stranger.v1.balance.retrieve()

        assert refused.value.error.code == "account_invalid"

    def test_are_shown_to_their_platform(self, client, sandbox):
        account = sandbox.control("accounts", {"country": "CH", "currency": "chf"})["id"]

        shown = client.v1.accounts.retrieve(account)

        assert (shown.country, shown.default_currency, shown.charges_enabled) == ("CH", "chf", True)
        assert [one.id for one in client.v1.accounts.list().data] == [account]
        own = client.v1.accounts.retrieve_current()
        assert own.id == sandbox.control("health")["platform_account"]


class TestLists:
    def test_walk_forth_and_back_by_cursors(self, client):
        ids = [client.v1.customers.create({}).id for _ in range(7)][::-1]

        first = client.v1.customers.list({"limit": 3})
        second = client.v1.customers.list({"limit": 3, "starting_after": first.data[-1].id})
        back = client.v1.customers.list({"limit": 2, "ending_before": second.data[0].id})

        assert [one.id for one in first.data] == ids[:3]
        assert [one.id for one in second.data] == ids[3:6]
        assert [one.id for one in back.data] == ids[1:3]
        assert (first.has_more, second.has_more, back.has_more) == (True, True, True)

    def test_are_walked_whole_by_the_sdk(self, client):
        ids = [client.v1.customers.create({}).id for _ in range(5)][::-1]

        pages = client.v1.customers.list({"limit": 2})

        assert [one.id for one in pages.auto_paging_iter()] == ids

    def test_choose_by_moment(self, client, sandbox):
        early = client.v1.customers.create({})
        sandbox.control("clock/advance", {"hours": 1})
        late = client.v1.customers.create({})
        middle = int(time.time()) + 1800

        customers = client.v1.customers
        assert [c.id for c in customers.list({"created": {"gte": middle}}).data] == [late.id]
        assert [c.id for c in customers.list({"created": {"lt": middle}}).data] == [early.id]
        assert [c.id for c in customers.list({"created": late.created}).data] == [late.id]

    @pytest.mark.parametrize("limit", [0, 101])
    def test_hold_one_to_a_hundred(self, client, limit):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            client.v1.customers.list({"limit": limit})

        assert refused.value.param == "limit"

    def test_refuse_a_cursor_that_does_not_exist(self, client):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            client.v1.customers.list({"starting_after": "cus_none"})

        assert refused.value.param == "starting_after"


class TestExpansion:
    def test_reaches_through_four_levels(self, client, sandbox):
        a_paid_intent(sandbox, client)

        page = client.v1.checkout.sessions.list(
            {"expand": ["data.payment_intent.latest_charge.balance_transaction.source"]}
        )

        line = page.data[0].payment_intent.latest_charge.balance_transaction
        assert line.source.amount == 2500

    @pytest.mark.parametrize("path", ["amount", "nothing", "status"])
    def test_of_what_is_no_reference_is_refused(self, client, path):
        intent = client.v1.payment_intents.create({"amount": 2000, "currency": "eur"})

        with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
            client.v1.payment_intents.retrieve(intent.id, {"expand": [path]})


class TestRoutes:
    def call(self, sandbox, verb, path, *, key=KEY, **more):
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        return httpx.request(verb, f"{sandbox.url}{path}", headers=headers, **more)

    @pytest.mark.parametrize(
        ("verb", "path"),
        [("GET", "/v1/nothing"), ("DELETE", "/v1/charges"), ("POST", "/v1/customers/a/b/c")],
    )
    def test_that_stripe_does_not_have_are_404(self, sandbox, verb, path):
        answer = self.call(sandbox, verb, path)

        assert answer.status_code == 404
        assert answer.json()["error"]["type"] == "invalid_request_error"
        assert "Unrecognized request URL" in answer.json()["error"]["message"]

    @pytest.mark.parametrize(
        ("verb", "path"),
        [("GET", "/v1/topups"), ("POST", "/v1/coupons"), ("GET", "/v2/core/events")],
    )
    def test_that_are_not_built_say_so(self, sandbox, verb, path):
        answer = self.call(sandbox, verb, path)

        assert answer.status_code == 501
        assert "not" in answer.json()["error"]["message"]

    @pytest.mark.parametrize("key", ["sk_live_abc", "rk_live_abc"])
    def test_refuse_a_live_key_in_words(self, sandbox, key):
        answer = self.call(sandbox, "GET", "/v1/balance", key=key)

        assert answer.status_code == 401
        assert "live key" in answer.json()["error"]["message"]
        assert key not in answer.text

    @pytest.mark.parametrize("key", ["", "nonsense", "pk_test_abc", "sk_test_"])
    def test_need_a_test_key(self, sandbox, key):
        assert self.call(sandbox, "GET", "/v1/balance", key=key).status_code == 401

    @pytest.mark.parametrize("key", ["sk_test_a", "rk_test_a"])
    def test_take_any_test_key(self, sandbox, key):
        assert self.call(sandbox, "GET", "/v1/balance", key=key).status_code == 200

    def test_take_no_json(self, sandbox):
        assert self.call(sandbox, "POST", "/v1/customers", json={}).status_code == 400

    def test_answer_to_their_own_name_only(self, sandbox):
        answer = httpx.get(f"{sandbox.url}/_sandbox/health", headers={"Host": "elsewhere.test"})

        assert answer.status_code == 400
