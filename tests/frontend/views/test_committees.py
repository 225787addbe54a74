"""A committee's account at Stripe on its page: who may, what a look asks, what is said.

Planted and seen to fall: an editor let in; another committee's chair let in; the look at the second
factor's age left out; the onboarding link made when the page is looked at.
"""

from datetime import timedelta
from itertools import count

import httpx
import pytest
from django.utils import timezone

from backend.organisations.models import Membership
from backend.payments.models import StripeAccount
from backend.pledges.models import Pledge
from tests.backend.payments.accounts import a_committee_with_people, a_ready_account, hear, onboard
from tests.backend.payments.rows import a_project_now
from tests.factories import NOON, a_committee, a_pledge
from tests.frontend.views.reading import html_of, text_of, title_of
from tests.jobs import do_jobs
from tests.people import a_person, age_second_factor, sign_in

FORM = {
    "amount": "25",
    "email": "ada@example.org",
    "name": "",
    "key": "3f0d0f6e-7a55-4b1c-9a3f-0f0f0f0f0f0f",
}
# Each sign-in from a place of its own: one place may not try as often as these tests do.
_places = count(1)


def enter(client, committee, role="chair", **fields):
    person = a_person(**{"with_codes": True, **fields})
    Membership.objects.create(organisation=committee, user=person.user, role=role, since=NOON)
    sign_in(client, person, ip=f"198.51.100.{next(_places)}")
    return person


def page_of(committee):
    return f"/en/committees/{committee.slug}/stripe/"


@pytest.mark.django_db
class TestWhoMay:
    @pytest.mark.parametrize(
        ("role", "status"), [("chair", 200), ("treasurer", 200), ("editor", 404), ("member", 404)]
    )
    def test_is_chair_or_treasurer(self, client, role, status):
        committee = a_committee()
        enter(client, committee, role)

        is_linked = page_of(committee) in html_of(client.get("/en/account/"))

        assert client.get(page_of(committee)).status_code == status
        assert client.post(page_of(committee), {"look": "yes"}).status_code in (302, status)
        assert is_linked is (status == 200)

    def test_is_nobody_of_another_committee(self, client):
        enter(client, a_committee())

        assert client.get(page_of(a_committee())).status_code == 404

    def test_has_given_a_second_factor_just_now(self, client):
        committee = a_committee()
        enter(client, committee)
        age_second_factor(client, 15 * 60 + 1)

        seen, posted = client.get(page_of(committee)), client.post(page_of(committee), {})

        assert "/accounts/2fa/reauthenticate/?next=%2Fen%2Fcommittees%2F" in seen["Location"]
        assert "/accounts/2fa/reauthenticate/" in posted["Location"]
        assert not StripeAccount.objects.exists()

    def test_has_a_second_factor(self, client):
        committee = a_committee()
        enter(client, committee, with_codes=False)

        assert client.get(page_of(committee))["Location"] == "/en/accounts/2fa/"


@pytest.mark.django_db(transaction=True)
class TestOpening:
    def test_leads_to_stripe_and_back_until_the_account_is_ready(self, client, sandbox):
        committee = a_committee()
        enter(client, committee)

        before = text_of(client.get(page_of(committee)))
        none_yet = StripeAccount.objects.exists()
        onboarding = client.post(page_of(committee), {"open": "yes"})["Location"]
        do_jobs()
        missing = text_of(client.get(page_of(committee)))
        address = onboarding.replace("localhost", "127.0.0.1")
        back = httpx.post(address, data={"outcome": "active", "iban": "AT611904300234573201"})
        again = httpx.get(address)
        returned = text_of(client.get(f"{page_of(committee)}?from=stripe"))
        do_jobs()
        after = text_of(client.get(page_of(committee)))

        assert ("Not opened yet" in before, none_yet) == (True, False)
        assert "Stripe needs to know more" in missing
        assert "An identity document of whoever represents your association" in missing
        assert "The bank account to which the gifts are paid" in missing
        assert back.headers["Location"].endswith(f"{page_of(committee)}?from=stripe")
        assert again.headers["Location"].endswith(f"{page_of(committee)}?from=expired")
        assert "We are asking Stripe how your account stands" in returned
        assert "Your account is ready" in after
        assert "needs to know" not in after

    def test_that_came_too_late_says_so_and_asks_stripe_nothing(self, client):
        committee = a_committee()
        enter(client, committee)

        page = client.get(f"{page_of(committee)}?from=expired")

        assert "was open for too long" in text_of(page)
        assert page.status_code == 200

    def test_goes_on_with_the_same_account(self, client, sandbox):
        committee = a_committee()
        enter(client, committee)

        links = {client.post(page_of(committee), {"open": "yes"})["Location"] for _ in range(2)}

        assert len(links) == 2
        assert StripeAccount.objects.count() == 1

    def test_while_stripe_is_silent_says_that_nothing_is_lost(self, client, sandbox):
        committee = a_committee()
        enter(client, committee)
        sandbox.control("faults/next", {"kind": "error_before", "count": 9, "path": "/v2/"})

        page = client.post(page_of(committee), {"open": "yes"})
        sandbox.control("faults/clear", {})

        assert (page.status_code, title_of(page)[:7]) == (503, "Error: ")
        assert "Stripe does not answer just now" in text_of(page)
        assert "Stripe is opening your account" in text_of(page)

    def test_of_a_committee_that_nobody_verified_is_refused_in_words(self, client):
        committee = a_committee(verified_on=None)
        enter(client, committee)

        page = client.post(page_of(committee), {"open": "yes"})

        assert page.status_code == 422
        assert "has to be verified first" in text_of(page)

    def test_is_looked_at_again_by_a_button(self, client, sandbox):
        committee = a_committee()
        enter(client, committee)
        client.post(page_of(committee), {"open": "yes"})
        account = StripeAccount.objects.get()
        sandbox.control(f"accounts/{account.account_id}/onboard", {"outcome": "pending"})

        page = client.post(page_of(committee), {"look": "yes"}, follow=True)

        assert "Stripe is checking what you told it" in text_of(page)


@pytest.mark.django_db(transaction=True)
class TestWhileNobodyCanPledge:
    def paused(self, sandbox):
        account = a_ready_account(sandbox)
        project = a_project_now(committee=account.organisation, slug="well")
        sandbox.control(f"accounts/{account.account_id}/bank", {})
        return hear(account), project

    def test_the_project_and_its_form_say_until_when(self, client, sandbox):
        self.paused(sandbox)

        page = text_of(client.get("/en/projects/well/"))
        form = text_of(client.get("/en/projects/well/pledge/"))

        for text in (page, form):
            assert "The committee’s bank account has changed." in text
            assert "no pledges are taken until" in text
        assert "No pledges for the moment" in page
        assert 'action="/en/projects/well/pledge/"' not in html_of(client.get("/en/projects/well/"))

    def test_a_form_that_was_open_is_refused_in_words(self, client, sandbox):
        self.paused(sandbox)

        page = client.post("/en/projects/well/pledge/", FORM)

        assert page.status_code == 422
        assert "no pledges are taken until" in text_of(page)
        assert not Pledge.objects.exists()

    def test_a_pledge_of_before_cannot_be_paid_now_and_says_why(self, client, sandbox):
        account = a_ready_account(sandbox)
        pledge = a_pledge(a_project_now(committee=account.organisation), at=timezone.now())
        sandbox.control(f"accounts/{account.account_id}/restrict", {})
        hear(account)

        page = text_of(client.get(f"/en/pledges/{pledge.token}/"))
        answer = client.post(f"/en/pledges/{pledge.token}/payment/")

        assert "The committee’s account at Stripe cannot take payments just now" in page
        assert answer["Location"] == f"/en/pledges/{pledge.token}/"

    def test_the_committee_reads_until_when_and_what_to_do(self, client, sandbox):
        account, _ = self.paused(sandbox)
        enter(client, account.organisation)

        page = text_of(client.get(page_of(account.organisation)))

        assert "New pledges wait" in page
        assert "change your password at Stripe" in page

    def test_ends_by_itself(self, client, sandbox):
        account, _ = self.paused(sandbox)
        StripeAccount.objects.filter(pk=account.pk).update(
            paused_until=timezone.now() - timedelta(seconds=1)
        )

        assert "No pledges for the moment" not in text_of(client.get("/en/projects/well/"))


@pytest.mark.django_db(transaction=True)
class TestWords:
    @pytest.mark.parametrize(
        ("outcome", "said"),
        [("pending", "Stripe is checking"), ("missing", "Stripe needs to know more")],
    )
    def test_follow_the_account(self, client, sandbox, outcome, said):
        committee = a_committee_with_people()
        enter(client, committee)
        client.post(page_of(committee), {"open": "yes"})
        onboard(sandbox, StripeAccount.objects.get(), outcome)

        assert said in text_of(client.get(page_of(committee)))

    def test_of_an_own_account_tell_where_gifts_go_until_then(self, client, settings):
        committee = a_committee()
        enter(client, committee)

        own_key = text_of(client.get(page_of(committee)))
        settings.STRIPE_CONNECT_ONLY = True
        only = text_of(client.get(page_of(committee)))

        assert "Until then gifts go to the account of whoever runs this site" in own_key
        assert "Until then nobody can pledge to your projects" in only
