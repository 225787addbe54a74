"""A committee's account is no longer connected: campaigns wait, cards are let go, all are told.

Planted and seen to fall: see the table of faults (tests/architecture/faults.py).
"""

from datetime import timedelta

import pytest
from django.utils import timezone

from backend.ledger.invariants import check_invariants
from backend.mail.models import Mail
from backend.payments import account_states, accounts, inbox
from backend.payments import states as payment_states
from backend.payments.models import Payment, StripeAccount, StripeEvent
from backend.pledges import states
from backend.pledges.campaigns import look_after_campaigns
from backend.pledges.closing import close_campaign
from backend.pledges.losing import let_lost_cards_go
from backend.pledges.models import Pledge, PledgeTransition
from backend.pledges.operations import AccountWaits
from backend.pledges.securing import withdraw_pledge
from backend.projects.models import Project
from backend.projects.operations import move_project
from tests.backend.payments.accounts import a_ready_account, hear
from tests.backend.payments.rows import a_pledge_on_stripes_page, a_project_now, pull_and_apply
from tests.backend.pledges.cards import (
    a_card_page,
    a_secured_pledge,
    charges_of,
    past_deadline,
    state_of,
)
from tests.factories import a_pledge
from tests.jobs import do_jobs

pytestmark = pytest.mark.django_db(transaction=True)


def a_campaign_on(account, **fields):
    return a_project_now(
        committee=account.organisation,
        **{
            "campaign": "all_or_nothing",
            "goal_minor": 10_000,
            "minimum_minor": 2_500,
            **fields,
        },
    )


def lose(sandbox, account, *, told=True):
    """The committee ends the connection; Stripe tells it by an event that nobody can pull."""
    sandbox.control(f"accounts/{account.account_id}/deauthorize", {})
    if told:
        StripeEvent.objects.create(
            id=f"evt_of_{account.account_id}",
            account=account.account_id,
            type="account.application.deauthorized",
            subject_id="ca_1",
            created_at=timezone.now(),
            received_at=timezone.now(),
            was_pulled=False,
        )
        inbox.apply_event(event_id=f"evt_of_{account.account_id}", at=timezone.now())
    do_jobs()
    account.refresh_from_db()


def letters():
    return dict(Mail.objects.filter(kind="pledge_account_lost").values_list("recipient", "text"))


class TestTheEnd:
    def test_suspends_the_committees_open_campaigns_and_no_others(self, sandbox):
        account = a_ready_account(sandbox)
        project, other = a_campaign_on(account), a_project_now()
        finished = a_campaign_on(account, state="succeeded")

        lose(sandbox, account)

        project.refresh_from_db()
        assert account.state == account_states.DEAUTHORISED
        assert (project.state, state_of(other), state_of(finished)) == (
            "suspended", "published", "succeeded",
        )  # fmt: skip
        assert "no longer connected" in project.state_reason["en"]
        assert set(project.state_reason) == {"en", "fr", "es"}

    def test_lets_every_saved_card_go_and_tells_its_holder(self, sandbox):
        account = a_ready_account(sandbox)
        project = a_campaign_on(account)
        pledges = [
            a_secured_pledge(sandbox, project, email=f"{name}@example.org") for name in ("a", "b")
        ]
        promised = Project.objects.get(pk=project.pk).promised_minor

        lose(sandbox, account)

        project.refresh_from_db()
        told = letters()
        assert promised == 5_000
        assert (project.promised_minor, project.promises) == (0, 0)
        assert [state_of(pledge) for pledge in pledges] == [states.RELEASED] * 2
        assert set(Payment.objects.values_list("state", flat=True)) == {payment_states.RELEASED}
        assert set(told) == {"a@example.org", "b@example.org"}
        assert "Your card was not charged, and it is let go." in told["a@example.org"]

    def test_tells_whoever_has_stripes_page_open_not_to_pay_there(self, sandbox):
        account = a_ready_account(sandbox)
        a_pledge_on_stripes_page(
            a_project_now(committee=account.organisation), email="p@example.org"
        )

        lose(sandbox, account)

        assert "please do not pay there" in letters()["p@example.org"]

    def test_tells_nobody_whose_gift_has_arrived_or_who_never_began(self, sandbox):
        account = a_ready_account(sandbox)
        project = a_project_now(committee=account.organisation)
        _, payment = a_pledge_on_stripes_page(project)
        sandbox.complete(payment.session_id)
        pull_and_apply(account.account_id)
        a_pledge(project, at=timezone.now())

        lose(sandbox, account)

        assert letters() == {}

    def test_tells_each_once_however_often_it_is_done(self, sandbox):
        account = a_ready_account(sandbox)
        a_secured_pledge(sandbox, a_campaign_on(account))
        lose(sandbox, account)

        let_lost_cards_go(account=account.account_id, at=timezone.now())
        do_jobs()

        assert Mail.objects.filter(kind="pledge_account_lost").count() == 1

    def test_takes_no_pledges_from_then_on_even_if_a_steward_opens_the_campaign_again(
        self, sandbox
    ):
        account = a_ready_account(sandbox)
        project = a_campaign_on(account)
        lose(sandbox, account)

        project = move_project(
            project_id=project.pk, event="resumed", by="steward", at=timezone.now()
        )

        with pytest.raises(AccountWaits) as refused:
            a_pledge(project, at=timezone.now())
        assert refused.value.code == "account_not_ready"

    def test_leaves_the_committee_free_to_open_another_account(self, sandbox):
        account = a_ready_account(sandbox)
        a_secured_pledge(sandbox, a_campaign_on(account))
        lose(sandbox, account)

        second = a_ready_account(sandbox, account.organisation)

        assert second.organisation.stripe_account == second.account_id

    def test_leaves_no_event_and_no_payment_that_is_asked_about_for_ever(self, sandbox):
        account = a_ready_account(sandbox)
        pledge, _ = a_pledge_on_stripes_page(a_project_now(committee=account.organisation))
        StripeEvent.objects.create(
            id="evt_before", account=account.account_id, type="charge.refunded", subject_id="ch_1",
            created_at=timezone.now(), received_at=timezone.now(), was_pulled=False,
        )  # fmt: skip
        lose(sandbox, account)

        event = inbox.apply_event(event_id="evt_before", at=timezone.now())
        asked = inbox.sweep_payments(at=timezone.now() + accounts.LOST_AFTER)

        assert (event.state, asked) == ("ignored", 0)
        assert state_of(pledge) == states.PENDING

    def test_holds_every_invariant(self, sandbox):
        account = a_ready_account(sandbox)
        a_secured_pledge(sandbox, a_campaign_on(account))

        lose(sandbox, account)

        assert [found.name for found in check_invariants() if not found.holds] == []


class TestCharging:
    def test_on_an_account_that_cannot_is_no_fault_of_the_card(self, sandbox):
        account = a_ready_account(sandbox)
        project = a_campaign_on(account)
        pledge = a_secured_pledge(sandbox, project)
        sandbox.control(f"accounts/{account.account_id}/restrict", {})
        hear(account)

        past_deadline(project)
        close_campaign(project_id=project.pk, at=timezone.now())
        do_jobs()
        between = state_of(pledge), Mail.objects.filter(kind="pledge_card_failed").count()
        sandbox.control(f"accounts/{account.account_id}/onboard", {})
        hear(account)
        Payment.objects.update(checked_at=None)
        self.go_on(project)

        assert between == (states.CHARGING, 0)
        assert state_of(pledge) == states.SETTLED
        assert charges_of(sandbox, pledge) == [2500]

    def go_on(self, project):
        PledgeTransition.objects.filter(event="charge_begun").update(
            at=timezone.now() - timedelta(hours=1)
        )
        look_after_campaigns(at=timezone.now())
        do_jobs()


class TestWithdrawing:
    def test_from_a_paused_campaign_is_possible(self, sandbox):
        account = a_ready_account(sandbox)
        pledge = a_secured_pledge(sandbox, a_campaign_on(account))
        sandbox.control(f"accounts/{account.account_id}/bank", {})
        hear(account)

        withdraw_pledge(pledge_id=pledge.pk, at=timezone.now())

        assert state_of(pledge) == states.WITHDRAWN
        assert StripeAccount.objects.get().paused_until
        assert Pledge.objects.count() == 1

    def test_a_page_for_a_card_that_was_open_is_finished_all_the_same(self, sandbox):
        account = a_ready_account(sandbox)
        pledge, page = a_card_page(a_campaign_on(account))
        sandbox.control(f"accounts/{account.account_id}/bank", {})
        hear(account)

        sandbox.complete(page.session_id)
        pull_and_apply(account.account_id)

        assert state_of(pledge) == states.SECURED
