"""Connected accounts: opened over v2, made ready on the onboarding page, changed, let go.

Planted and seen to fall: an account that can charge before it is ready, a link that works twice,
and a deauthorised account that can still be called.
"""

import httpx
import pytest
import stripe

from tests.sandbox.receiver import wait_until
from tests.sandbox.steps import a_paid_intent, an_open_session, client_of, event_types

REFRESH, RETURN = "http://127.0.0.1:9/again", "http://127.0.0.1:9/back"
INCLUDE = ["configuration.merchant", "configuration.recipient", "defaults", "requirements"]
MERCHANT = {
    "display_name": "Friends of Lomé",
    "contact_email": "committee@example.org",
    "dashboard": "full",
    "identity": {"country": "FR", "entity_type": "non_profit"},
    "defaults": {"responsibilities": {"fees_collector": "stripe", "losses_collector": "stripe"}},
    "configuration": {
        "merchant": {"capabilities": {"card_payments": {"requested": True}}},
        "recipient": {
            "capabilities": {"stripe_balance": {"stripe_transfers": {"requested": True}}}
        },
    },
    "metadata": {"committee": "7"},
    "include": INCLUDE,
}


def an_account(client, **more):
    return client.v2.core.accounts.create({**MERCHANT, **more})


def a_link(client, account):
    onboarding = {"refresh_url": REFRESH, "return_url": RETURN}
    use = {"type": "account_onboarding", "account_onboarding": onboarding}
    return client.v2.core.account_links.create({"account": account, "use_case": use})


def seen(client, account):
    return client.v2.core.accounts.retrieve(account, {"include": INCLUDE})


def card_payments(client, account):
    return seen(client, account).configuration.merchant.capabilities.card_payments.status


class TestCreateAccount:
    def test_opens_one_that_still_has_to_tell_everything(self, client):
        account = an_account(client)

        merchant = account.configuration.merchant
        assert account.applied_configurations == ["merchant", "recipient"]
        assert merchant.capabilities.card_payments.status == "restricted"
        details = merchant.capabilities.card_payments.status_details[0]
        assert (details.code, details.resolution) == ("requirements_past_due", "provide_info")
        assert account.metadata.to_dict() == {"committee": "7"}
        assert account.defaults.responsibilities.fees_collector == "stripe"
        waiting = {entry.awaiting_action_from for entry in account.requirements.entries}
        assert (waiting, len(account.requirements.entries)) == ({"user"}, 3)

    def test_shows_only_what_is_included(self, client):
        account = an_account(client, include=["defaults"])

        assert account.defaults.currency == "eur"
        assert (account.configuration, account.requirements, account.identity) == (None, None, None)

    @pytest.mark.parametrize(("country", "currency"), [("CH", "chf"), ("GB", "gbp"), ("DE", "eur")])
    def test_takes_the_currency_of_its_country(self, client, country, currency):
        account = an_account(client, identity={"country": country})

        assert account.defaults.currency == currency

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"identity": {}}, "identity_country_required"),
            ({"colour": "green"}, "parameter_unknown"),
            ({"dashboard": "big"}, None),
        ],
    )
    def test_refuses_what_stripe_refuses(self, client, change, code):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            an_account(client, **change)

        assert (refused.value.http_status, refused.value.code) == (400, code)

    def test_is_seen_by_v1_too_and_listed_by_both(self, client):
        account = an_account(client)

        old = client.v1.accounts.retrieve(account.id)

        assert (old.charges_enabled, old.details_submitted, old.type) == (False, False, "none")
        assert old.capabilities.card_payments == "inactive"
        assert len(old.requirements.currently_due) == 3
        assert [one.id for one in client.v1.accounts.list().data] == [account.id]
        assert [one.id for one in client.v2.core.accounts.list().data] == [account.id]

    def test_is_changed_and_asks_for_more(self, client):
        account = an_account(client)
        more = {"merchant": {"capabilities": {"sepa_debit_payments": {"requested": True}}}}

        changed = client.v2.core.accounts.update(
            account.id, {"display_name": "Lomé", "configuration": more, "include": INCLUDE}
        )

        assert changed.display_name == "Lomé"
        assert changed.configuration.merchant.capabilities.sepa_debit_payments.status == (
            "restricted"
        )

    def test_that_does_not_exist_is_not_found(self, client):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            client.v2.core.accounts.retrieve("acct_none")

        assert (refused.value.http_status, refused.value.code) == (404, "not_found")

    def test_takes_json_only(self, sandbox):
        answer = httpx.post(
            f"{sandbox.url}/v2/core/accounts",
            headers={"Authorization": "Bearer sk_test_a"},
            data={"display_name": "A"},
        )

        assert (answer.status_code, "json" in answer.text) == (400, True)


class TestOnboarding:
    def sent(self, client, account, **form):
        link = a_link(client, account)
        address = link.url.replace("localhost", "127.0.0.1")
        page = httpx.get(address, headers={"Accept-Language": "fr"})
        return page, address, httpx.post(address, data={"iban": "AT611904300234573201", **form})

    def test_makes_the_account_ready_and_tells_so(self, client, sandbox):
        account = an_account(client)

        page, _, answer = self.sent(client, account.id, name="Amis de Lomé", outcome="active")

        assert "Ouvrir votre compte de paiement" in page.text
        assert "Friends of Lomé" in page.text
        assert (answer.status_code, answer.headers["Location"]) == (303, RETURN)
        assert card_payments(client, account.id) == "active"
        committee = client_of(sandbox, account=account.id)
        assert event_types(committee)[-4:] == [
            "account.external_account.created",
            "capability.updated",
            "capability.updated",
            "account.updated",
        ]
        ready = client.v1.accounts.retrieve(account.id)
        assert (ready.charges_enabled, ready.payouts_enabled) == (True, True)
        assert ready.external_accounts.data[0].last4 == "3201"
        assert an_open_session(committee).status == "open"

    def test_may_be_checked_for_a_day(self, client, sandbox):
        account = an_account(client)
        self.sent(client, account.id, outcome="pending")
        assert card_payments(client, account.id) == "pending"
        assert seen(client, account.id).requirements.entries[0].awaiting_action_from == "stripe"

        sandbox.control("clock/advance", {"days": 1})

        assert card_payments(client, account.id) == "active"

    def test_may_lack_a_document(self, client, sandbox):
        account = an_account(client)

        self.sent(client, account.id, outcome="missing")

        assert card_payments(client, account.id) == "restricted"
        (entry,) = seen(client, account.id).requirements.entries
        assert "documents" in entry.description
        self.sent(client, account.id, outcome="active")
        assert card_payments(client, account.id) == "active"

    def test_can_be_left_for_later(self, client):
        account = an_account(client)

        _, _, answer = self.sent(client, account.id, outcome="later")

        assert answer.headers["Location"] == RETURN
        assert card_payments(client, account.id) == "restricted"

    def test_says_what_is_wrong_with_an_iban(self, client):
        account = an_account(client)

        _, _, answer = self.sent(client, account.id, outcome="active", iban="FR00")

        assert (answer.status_code, "This IBAN is not right" in answer.text) == (400, True)

    def test_link_is_used_once_and_soon(self, client, sandbox):
        account = an_account(client)
        _, address, _ = self.sent(client, account.id, outcome="active")
        late = a_link(client, account.id).url.replace("localhost", "127.0.0.1")

        again = httpx.get(address)
        sandbox.control("clock/advance", {"seconds": 301})
        too_late = httpx.get(late)

        for answer in (again, too_late):
            assert (answer.status_code, answer.headers["Location"]) == (303, REFRESH)
        assert httpx.get(f"{sandbox.url}/_sandbox/onboarding/none").status_code == 404

    def test_link_of_v1_leads_to_the_same_page(self, client):
        account = an_account(client)

        link = client.v1.account_links.create(
            {
                "account": account.id,
                "type": "account_onboarding",
                "refresh_url": REFRESH,
                "return_url": RETURN,
            }
        )

        assert "/_sandbox/onboarding/" in link.url
        assert link.expires_at - link.created == 300
        with pytest.raises(stripe.InvalidRequestError) as refused:
            client.v1.account_links.create({"account": account.id, "type": "account_onboarding"})
        assert refused.value.param == "refresh_url"


class TestAccountThatIsNotReady:
    def test_takes_no_payment(self, client, sandbox):
        account = an_account(client)
        committee = client_of(sandbox, account=account.id)

        for act in (
            lambda: an_open_session(committee),
            lambda: committee.v1.payment_intents.create({"amount": 2000, "currency": "eur"}),
        ):
            with pytest.raises(stripe.InvalidRequestError, match="card_payments is not active"):
                act()

    def test_takes_none_any_more_when_it_is_restricted(self, client, sandbox):
        account = sandbox.control("accounts", {})["id"]
        committee = client_of(sandbox, account=account)
        a_paid_intent(sandbox, committee)

        sandbox.control(f"accounts/{account}/restrict", {})

        with pytest.raises(stripe.InvalidRequestError):
            an_open_session(committee)
        capability = client.v1.accounts.capabilities.retrieve(account, "card_payments")
        assert (capability.status, capability.requirements.currently_due != []) == (
            "inactive",
            True,
        )
        assert event_types(committee)[-1] == "account.updated"


class TestBankAccount:
    def test_that_changes_is_told(self, client, sandbox):
        account = sandbox.control("accounts", {})["id"]
        before = client.v1.accounts.external_accounts.list(account).data[0]

        sandbox.control(f"accounts/{account}/bank", {"iban": "DE89370400440532013000"})

        after = client.v1.accounts.external_accounts.list(account).data[0]
        assert (before.last4, after.last4, after.country) == ("3201", "3000", "DE")
        types = event_types(client_of(sandbox, account=account))
        assert types == ["account.external_account.updated", "account.updated"]
        found = client.v1.accounts.external_accounts.retrieve(account, after.id)
        assert found.id == after.id

    def test_of_another_account_is_missing(self, client, sandbox):
        account = sandbox.control("accounts", {})["id"]

        with pytest.raises(stripe.InvalidRequestError):
            client.v1.accounts.external_accounts.retrieve(account, "ba_none")


class TestDeauthorize:
    def test_ends_all_access_and_tells_the_platform(self, client, sandbox, receiver):
        account = sandbox.control("accounts", {})["id"]
        name = "account.application.deauthorized"
        endpoint = client.v1.webhook_endpoints.create(
            {"url": receiver.url, "enabled_events": [name], "connect": True}
        )

        sandbox.control(f"accounts/{account}/deauthorize", {})

        wait_until(lambda: receiver.types() == [name], "the event")
        event = receiver.arrived[0].event(endpoint.secret)
        assert (event.account, event.data.object.object) == (account, "application")
        assert client.v1.accounts.list().data == []
        with pytest.raises(stripe.PermissionError) as refused:
            client_of(sandbox, account=account).v1.balance.retrieve()
        assert refused.value.error.code == "account_invalid"


class TestClonedPaymentMethod:
    def test_pays_on_the_account_with_the_platforms_card(self, client, sandbox):
        account = sandbox.control("accounts", {})["id"]
        committee = client_of(sandbox, account=account)
        customer = client.v1.customers.create({})
        saved = client.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})

        clone = committee.v1.payment_methods.create(
            {"customer": customer.id, "payment_method": saved.id}
        )
        paid = committee.v1.payment_intents.create(
            {"amount": 2000, "currency": "eur", "payment_method": clone.id, "confirm": True}
        )

        assert (clone.id != saved.id, clone.customer, clone.card.last4) == (True, None, "4242")
        assert paid.status == "succeeded"

    def test_must_be_the_customers_own(self, client, sandbox):
        committee = client_of(sandbox, account=sandbox.control("accounts", {})["id"])
        customer, other = client.v1.customers.create({}), client.v1.customers.create({})
        saved = client.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
        params = {"customer": other.id, "payment_method": saved.id}

        for who in (committee, client):
            with pytest.raises(stripe.InvalidRequestError) as refused:
                who.v1.payment_methods.create(params)
            assert refused.value.param == "payment_method"
