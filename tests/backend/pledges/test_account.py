"""A pledge stays on the Stripe account that it was made on, and a campaign on that of its cards.

Planted and seen to fall: each of the four triggers taken away; `FOR SHARE` taken from the one that
writes the account; Stripe asked on the committee's account of today.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, connections, transaction
from django.utils import timezone

from backend.organisations.models import Organisation
from backend.payments import inbox
from backend.payments.gateways import stripe as gateway
from backend.payments.models import Payment
from backend.pledges.models import Pledge
from backend.pledges.operations import start_payment
from backend.projects.models import Project
from tests.backend.payments.rows import a_payment, a_pledge_on_stripes_page, a_project_now
from tests.backend.pledges.cards import a_campaign, a_card_page, a_secured_pledge, close, state_of
from tests.factories import a_committee, a_pledge
from tests.jobs import do_jobs
from tests.running_site import wait_for
from tests.sandbox.steps import client_of

FIRST, SECOND = "acct_first", "acct_second"


def a_project_on(account=FIRST, **fields):
    return a_project_now(committee=a_committee(stripe_account=account), **fields)


def give_account(project, account=SECOND):
    """What happens when a committee's account changes."""
    with transaction.atomic():
        Organisation.objects.filter(pk=project.committee_id).update(stripe_account=account)


@pytest.mark.django_db
class TestPledge:
    @pytest.mark.parametrize("account", ["", FIRST])
    def test_begins_on_the_account_that_its_committee_has(self, account):
        pledge = a_pledge(a_project_on(account), at=timezone.now())

        assert pledge.account == account
        assert Pledge.objects.get().account == account

    def test_begins_on_the_new_account_even_from_a_page_that_is_old(self):
        project = a_project_on("")
        give_account(project)

        pledge = a_pledge(project, at=timezone.now())

        assert (project.committee.stripe_account, pledge.account) == ("", SECOND)

    def test_on_another_account_than_the_committees_is_refused(self):
        pledge = a_pledge(a_project_on(), at=timezone.now())
        pledge.pk, pledge.token, pledge.public_reference = None, "t", "r"
        pledge.account = SECOND

        with pytest.raises(IntegrityError, match="another one"), transaction.atomic():
            pledge.save(force_insert=True)

    @pytest.mark.parametrize("other", ["", SECOND])
    def test_never_goes_to_another(self, other):
        a_pledge(a_project_on(), at=timezone.now())

        with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
            Pledge.objects.update(account=other)
        Pledge.objects.update(name="Ada")

        assert Pledge.objects.get().account == FIRST

    def test_nor_does_its_payment(self):
        a_payment(account=FIRST)

        with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
            Payment.objects.update(account=SECOND)

        assert Payment.objects.get().account == FIRST


@pytest.mark.django_db(transaction=True)
class TestCommittee:
    def test_of_a_flexible_campaign_may_change_and_old_pledges_stay(self, sandbox):
        old = sandbox.control("accounts", {})["id"]
        new = sandbox.control("accounts", {})["id"]
        pledge, payment = a_pledge_on_stripes_page(a_project_on(old))

        give_account(pledge.project, new)
        sandbox.control(f"checkout/sessions/{payment.session_id}/expire", {})
        inbox.pull_all_events(at=timezone.now())
        do_jobs()
        pledge = Pledge.objects.select_related("project__committee").get()
        start_payment(pledge=pledge, at=timezone.now())
        sandbox.complete(Payment.objects.get(attempt=2).session_id)
        inbox.pull_all_events(at=timezone.now())
        do_jobs()

        assert pledge.project.committee.stripe_account == new
        assert set(Payment.objects.values_list("account", flat=True)) == {old}
        assert state_of(pledge) == "settled"

    def test_cannot_change_while_a_card_is_saved(self, sandbox):
        project = a_campaign(sandbox, minimum_minor=2_500)
        pledge = a_secured_pledge(sandbox, project)

        with pytest.raises(IntegrityError, match="cards are saved"):
            give_account(project)
        close(project)

        give_account(project)
        assert state_of(pledge) == "settled"

    def test_cannot_change_while_a_card_may_be_saved_at_any_moment(self, sandbox):
        project = a_campaign(sandbox)
        a_card_page(project)

        with pytest.raises(IntegrityError, match="cards are saved"):
            give_account(project)

    def test_of_other_cards_may_change(self, sandbox):
        a_secured_pledge(sandbox, a_campaign(sandbox))
        other = a_project_on()

        give_account(other)

        assert Project.objects.filter(committee__stripe_account=SECOND).count() == 1

    def test_that_changes_at_this_moment_makes_a_pledge_wait_for_its_end(self):
        project = a_project_on("")

        def pledge():
            try:
                return a_pledge(project, at=timezone.now()).account
            finally:
                connections.close_all()

        with ThreadPoolExecutor() as pool:
            with transaction.atomic():
                give_account(project)
                made = pool.submit(pledge)
                wait_for(somebody_waits, "the pledge to wait", seconds=5)
            assert made.result(timeout=10) == SECOND


def somebody_waits():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return cursor.fetchone()[0]


@pytest.mark.django_db(transaction=True)
class TestRegisterWebhook:
    def test_hears_of_our_own_account_and_of_the_committees(self, sandbox, tmp_path):
        secrets = tmp_path / "secrets"
        url = f"http://127.0.0.1:9/{tmp_path.name}/"
        account = sandbox.control("accounts", {})["id"]

        call_command("register_webhook", url=url, save=secrets, stdout=StringIO())
        ours = told_of_a_session(sandbox, "", url)
        committees = told_of_a_session(sandbox, account, url)

        assert len(set(secrets.read_text().split(","))) == 2
        assert (len(ours), len(committees)) == (1, 1)
        assert ours != committees


def told_of_a_session(sandbox, account, url):
    """The endpoints with that address which hear that a session of the account has expired."""
    _, payment = a_pledge_on_stripes_page(a_project_on(account))
    sandbox.control(f"checkout/sessions/{payment.session_id}/expire", {})
    events = gateway.events_since(moment=timezone.now() - timedelta(seconds=60), account=account)
    event = next(event for event in events if event.subject_id == payment.session_id)
    endpoints = client_of(sandbox).v1.webhook_endpoints.list({"limit": 100})
    ours = {endpoint.id for endpoint in endpoints.data if endpoint.url == url}
    deliveries = sandbox.control(f"deliveries?event={event.id}")["deliveries"]
    return ours & {delivery["endpoint"] for delivery in deliveries}
