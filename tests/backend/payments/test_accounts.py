"""A committee's own account at Stripe: opened once, ready when Stripe says so, paused, lost.

Planted and seen to fall: see the table of faults (tests/architecture/faults.py).
"""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connections
from django.utils import timezone

from backend.common.ids import uuid7
from backend.mail.models import Mail
from backend.organisations.models import Organisation
from backend.payments import account_states as states
from backend.payments import accounts, inbox
from backend.payments.gateways import stripe as gateway
from backend.payments.models import StripeAccount, StripeAccountTransition, StripeEvent
from backend.payments.queries import account_waits
from tests.backend.payments.accounts import (
    a_committee_with_people,
    a_ready_account,
    an_account,
    hear,
    onboard,
    ways_of,
)
from tests.backend.payments.rows import a_project_now
from tests.backend.pledges.cards import a_campaign, a_secured_pledge, close
from tests.factories import a_city
from tests.jobs import do_jobs

CREATE = {"verb": "post", "path": "/v2/core/accounts"}
LOOK = {"verb": "get", "path": "/v2/core/accounts/{id}"}


def meets(sandbox, kind, count=1, **where):
    sandbox.control("faults/next", {"kind": kind, "count": count, **(where or CREATE)})


def at_stripe(committee):
    """The ids of the accounts that Stripe has for the committee."""
    found = gateway._client().v2.core.accounts.list().auto_paging_iter()
    prefix = f"account:{committee.pk}:"
    return [
        one.id for one in found if one.to_dict()["metadata"].get("account", "").startswith(prefix)
    ]


@pytest.mark.django_db(transaction=True)
class TestOpenAccount:
    def test_asks_for_one_that_is_the_committees_own(self, sandbox):
        committee = a_committee_with_people(name="Friends of Lomé", city=a_city(country="FR"))

        account = an_account(committee)

        found = gateway._client().v2.core.accounts.retrieve(
            account.account_id, {"include": ["defaults", "identity", "configuration.merchant"]}
        )
        duties = found.defaults.responsibilities
        assert account.state == states.NEEDS_INFORMATION
        assert (found.display_name, found.dashboard) == ("Friends of Lomé", "full")
        assert (duties.fees_collector, duties.losses_collector) == ("stripe", "stripe")
        assert (found.identity.country, found.defaults.currency) == ("FR", "eur")
        assert ways_of(account) == [states.OPENING, states.NEEDS_INFORMATION]

    def test_sends_no_pledge_there_before_it_is_ready(self, sandbox):
        committee = a_committee_with_people()

        an_account(committee)

        assert Organisation.objects.get(pk=committee.pk).stripe_account == ""

    def test_again_gives_the_first(self, sandbox):
        committee = a_committee_with_people()

        first, second = an_account(committee), an_account(committee)

        assert first == second
        assert at_stripe(committee) == [first.account_id]

    def test_by_two_at_once_gives_one(self, sandbox):
        committee, start = a_committee_with_people(), Barrier(2)

        def ask(_number):
            start.wait(timeout=10)
            try:
                return an_account(committee).pk
            except accounts.StripeSilent:
                return None
            finally:
                connections.close_all()

        with ThreadPoolExecutor() as pool:
            answers = set(pool.map(ask, range(2)))
        again = an_account(committee)

        assert answers <= {again.pk, None}
        assert at_stripe(committee) == [again.account_id]

    def test_of_a_committee_that_nobody_verified_is_refused(self, sandbox):
        committee = a_committee_with_people(verified_on=None)

        with pytest.raises(accounts.NotVerified):
            an_account(committee)

        assert not StripeAccount.objects.exists()

    def test_in_a_country_without_stripe_is_refused(self, sandbox):
        with pytest.raises(accounts.CountryNotServed):
            an_account(a_committee_with_people(city=a_city(country="BJ")))

        assert not StripeAccount.objects.exists()

    @pytest.mark.parametrize("kind", ["drop_after", "error_after"])
    def test_whose_answer_was_lost_finds_what_it_made(self, sandbox, kind):
        committee = a_committee_with_people()
        meets(sandbox, kind, 3)

        with suppress(accounts.StripeSilent):
            an_account(committee)
        sandbox.control("faults/clear", {})
        account = an_account(committee)

        assert at_stripe(committee) == [account.account_id]

    def test_of_a_silent_stripe_is_gone_on_with_by_the_sweep(self, sandbox):
        committee = a_committee_with_people()
        meets(sandbox, "rate_limit", 3)
        with pytest.raises(accounts.StripeSilent):
            an_account(committee)
        sandbox.control("faults/clear", {})
        between = StripeAccount.objects.get().state

        accounts.look_after_accounts(at=timezone.now() + accounts.ASK_AGAIN_AFTER * 2)

        account = StripeAccount.objects.get()
        assert (between, account.state) == (states.OPENING, states.NEEDS_INFORMATION)
        assert at_stripe(committee) == [account.account_id]

    def test_a_day_later_looks_before_it_asks(self, sandbox):
        committee = a_committee_with_people()
        account = an_account(committee)
        StripeAccountTransition.objects.all().delete()
        StripeAccount.objects.update(
            state=states.OPENING, account_id=None, key=account.key, created_at=timezone.now()
        )
        sandbox.control("settings", {"idempotency_seconds": 0})

        accounts.carry_out_opening(
            account=StripeAccount.objects.get(), at=timezone.now() + timedelta(hours=24)
        )
        sandbox.control("settings", {"idempotency_seconds": 86_400})

        assert at_stripe(committee) == [account.account_id]

    def test_that_stripe_refuses_says_why_and_may_be_tried_again(self, sandbox):
        committee = a_committee_with_people()
        account = accounts._record_account(
            organisation_id=committee.pk, opened_by=uuid7(), at=timezone.now()
        )
        StripeAccount.objects.update(request={**account.request, "colour": "green"})
        account.refresh_from_db()

        with pytest.raises(accounts.StripeSaysNo, match="colour"):
            accounts.carry_out_opening(account=account, at=timezone.now())
        account.refresh_from_db()
        second = an_account(committee)

        assert (account.state, bool(account.problem)) == (states.NONE, True)
        assert (second.key, second.state) == (
            f"account:{committee.pk}:2",
            states.NEEDS_INFORMATION,
        )


@pytest.mark.django_db(transaction=True)
class TestReadiness:
    @pytest.mark.parametrize(
        ("outcome", "state", "goes_there"),
        [
            ("active", states.READY, True),
            ("pending", states.IN_REVIEW, False),
            ("missing", states.NEEDS_INFORMATION, False),
        ],
    )
    def test_follows_what_stripe_says(self, sandbox, outcome, state, goes_there):
        account = onboard(sandbox, an_account(a_committee_with_people()), outcome)

        known = account.organisation.stripe_account
        assert account.state == state
        assert known == (account.account_id if goes_there else "")
        assert bool(account.missing) == (outcome == "missing")

    def test_comes_when_stripe_has_checked(self, sandbox):
        account = onboard(sandbox, an_account(a_committee_with_people()), "pending")

        onboard(sandbox, account, "active")

        assert account.state == states.READY
        assert ways_of(account)[2:] == [states.IN_REVIEW, states.READY]
        assert Mail.objects.filter(kind="stripe_ready").count() == 2

    def test_ends_when_stripe_asks_for_more_and_the_committee_is_told(self, sandbox):
        account = a_ready_account(sandbox)

        sandbox.control(f"accounts/{account.account_id}/restrict", {})
        hear(account)

        assert account.state == states.RESTRICTED
        assert account_waits(account.account_id, at=timezone.now()) is not None
        assert Mail.objects.filter(kind="stripe_restricted").count() == 2

    def test_is_seen_by_a_look_where_the_events_were_lost(self, sandbox):
        account = an_account(a_committee_with_people())
        sandbox.control(f"accounts/{account.account_id}/onboard", {})

        accounts.look_after_accounts(at=timezone.now() + timedelta(hours=2))

        account.refresh_from_db()
        assert account.state == states.READY

    def test_waits_for_cards_that_are_saved_on_the_account_before(self, sandbox):
        project = a_campaign(sandbox)
        committee = project.committee
        before = committee.stripe_account
        a_secured_pledge(sandbox, project)
        account = StripeAccount.objects.create(
            organisation=committee,
            key="account:new",
            request={},
            account_id=sandbox.control("accounts", {})["id"],
            created_at=timezone.now(),
        )
        accounts.move_account(account, "entered", at=timezone.now())

        accounts.look_at_account(account_id=account.account_id, at=timezone.now())
        committee.refresh_from_db()
        between = committee.stripe_account
        close(project)
        accounts.look_at_account(account_id=account.account_id, at=timezone.now())
        committee.refresh_from_db()

        assert (between, committee.stripe_account) == (before, account.account_id)

    def test_of_an_account_that_a_steward_wrote_down_is_found_out(self, sandbox):
        account_id = sandbox.control("accounts", {})["id"]
        a_committee_with_people(stripe_account=account_id)
        a_committee_with_people(stripe_account=f"acct_{uuid7().hex}")

        accounts.look_after_accounts(at=timezone.now())

        account = StripeAccount.objects.get()
        assert (account.account_id, account.state) == (account_id, states.READY)

    def test_of_one_account_holds_up_no_other(self, sandbox):
        first, second = (an_account(a_committee_with_people()) for _ in range(2))
        sandbox.control(f"accounts/{second.account_id}/onboard", {})
        meets(sandbox, "rate_limit", 3, verb="get", path=f"/v2/core/accounts/{first.account_id}")

        accounts.look_after_accounts(at=timezone.now() + timedelta(hours=2))
        sandbox.control("faults/clear", {})

        second.refresh_from_db()
        assert second.state == states.READY


@pytest.mark.django_db(transaction=True)
class TestEvents:
    def test_of_any_account_are_kept_under_it_and_applied_once(self, sandbox):
        account = a_ready_account(sandbox)

        kept = StripeEvent.objects.filter(type__startswith="account.")

        assert set(kept.values_list("account", flat=True)) == {account.account_id}
        assert set(kept.values_list("state", flat=True)) == {"applied"}
        assert ways_of(account).count(states.READY) == 1

    def test_of_an_account_of_nobody_here_change_nothing(self, sandbox):
        account_id = sandbox.control("accounts", {})["id"]
        event = StripeEvent.objects.create(
            id="evt_1", account=account_id, type="account.updated", subject_id=account_id,
            created_at=timezone.now(), received_at=timezone.now(), was_pulled=False,
        )  # fmt: skip

        inbox.apply_event(event_id=event.pk, at=timezone.now())

        assert not StripeAccount.objects.exists()

    def test_are_pulled_for_an_account_without_any_payment(self, sandbox):
        account = an_account(a_committee_with_people())
        sandbox.control(f"accounts/{account.account_id}/onboard", {})

        inbox.pull_all_events(at=timezone.now())
        do_jobs()

        account.refresh_from_db()
        assert account.state == states.READY


@pytest.mark.django_db(transaction=True)
class TestChangedBank:
    def test_pauses_new_pledges_for_three_days_and_tells_chair_and_treasurer(self, sandbox):
        account = a_ready_account(sandbox)

        sandbox.control(f"accounts/{account.account_id}/bank", {})
        hear(account)

        until = account.paused_until
        told = set(
            Mail.objects.filter(kind="stripe_bank_changed").values_list("recipient", flat=True)
        )
        slug = account.organisation.slug
        assert until - account.bank_changed_at == timedelta(hours=72)
        assert told == {f"chair.{slug}@example.org", f"treasurer.{slug}@example.org"}
        assert (
            account_waits(account.account_id, at=until - timedelta(microseconds=1)).until == until
        )
        assert account_waits(account.account_id, at=until) is None

    def test_is_seen_by_a_look_where_its_event_was_lost(self, sandbox):
        account = a_ready_account(sandbox)
        sandbox.control(f"accounts/{account.account_id}/bank", {})

        accounts.look_after_accounts(at=timezone.now() + timedelta(hours=2))

        account.refresh_from_db()
        assert account.paused_until

    def test_looked_at_again_is_the_same_change(self, sandbox):
        account = a_ready_account(sandbox)
        sandbox.control(f"accounts/{account.account_id}/bank", {})
        hear(account)
        until = account.paused_until

        accounts.look_at_account(
            account_id=account.account_id, at=timezone.now() + timedelta(hours=9)
        )
        do_jobs()

        account.refresh_from_db()
        assert account.paused_until == until
        assert Mail.objects.filter(kind="stripe_bank_changed").count() == 2

    def test_the_first_bank_account_is_no_change(self, sandbox):
        assert a_ready_account(sandbox).paused_until is None

    def test_once_more_begins_anew(self, sandbox):
        account = a_ready_account(sandbox)
        sandbox.control(f"accounts/{account.account_id}/bank", {})
        hear(account)
        first = account.paused_until

        sandbox.control(f"accounts/{account.account_id}/bank", {"iban": "AT611904300234573201"})
        hear(account)

        assert account.paused_until > first


@pytest.mark.django_db(transaction=True)
class TestNoAccess:
    def test_without_an_event_takes_no_pledges_and_is_taken_for_lost_only_when_it_lasts(
        self, sandbox
    ):
        account = a_ready_account(sandbox)
        sandbox.control(f"accounts/{account.account_id}/deauthorize", {})
        now = timezone.now()

        states_seen = []
        for hours in (0, 71, 72):
            accounts.look_at_account(account_id=account.account_id, at=now + timedelta(hours=hours))
            account.refresh_from_db()
            states_seen.append(account.state)

        assert states_seen == [states.RESTRICTED, states.RESTRICTED, states.DEAUTHORISED]
        assert account_waits(account.account_id, at=now)

    def test_for_a_moment_is_forgotten(self, sandbox):
        account = a_ready_account(sandbox)
        accounts.note_no_access(account=account, is_ended=False, at=timezone.now())

        accounts.look_at_account(
            account_id=account.account_id, at=timezone.now() + timedelta(hours=80)
        )

        account.refresh_from_db()
        assert (account.state, account.no_access_since) == (states.READY, None)

    def test_said_by_an_event_is_believed_at_once(self, sandbox):
        account = a_ready_account(sandbox)
        sandbox.control(f"accounts/{account.account_id}/deauthorize", {})

        accounts.look_at_account(account_id=account.account_id, at=timezone.now(), is_ended=True)
        do_jobs()

        account.refresh_from_db()
        assert account.state == states.DEAUTHORISED
        assert account.account_id not in inbox.accounts_with_open_money(at=timezone.now())
        assert Mail.objects.filter(kind="stripe_deauthorised").count() == 2

    def test_said_by_an_event_that_is_not_true_changes_nothing(self, sandbox):
        account = a_ready_account(sandbox)

        accounts.look_at_account(account_id=account.account_id, at=timezone.now(), is_ended=True)

        account.refresh_from_db()
        assert account.state == states.READY

    def test_is_noticed_by_the_pull(self, sandbox):
        account = a_ready_account(sandbox)
        sandbox.control(f"accounts/{account.account_id}/deauthorize", {})

        inbox.pull_all_events(at=timezone.now())
        do_jobs()

        account.refresh_from_db()
        assert (account.state, account.missing) == (states.RESTRICTED, ["no_access"])

    def test_lets_the_committee_open_another(self, sandbox):
        account = a_ready_account(sandbox)
        accounts.note_no_access(account=account, is_ended=True, at=timezone.now())

        second = a_ready_account(sandbox, account.organisation)

        assert second != account
        assert second.organisation.stripe_account == second.account_id


@pytest.mark.django_db
class TestOwnKey:
    @pytest.mark.parametrize(("only", "waits"), [(False, False), (True, True)])
    def test_takes_pledges_unless_each_committee_needs_an_account(self, settings, only, waits):
        settings.STRIPE_CONNECT_ONLY = only

        assert bool(account_waits("", at=timezone.now())) is waits

    def test_of_an_account_of_which_nothing_is_known_yet_takes_pledges(self):
        a_project_now()

        assert account_waits("acct_entered_by_hand", at=timezone.now()) is None


@pytest.mark.django_db(transaction=True)
class TestEveryEdge:
    def test_is_gone_along_by_what_stripe_says(self, sandbox):
        account = an_account(a_committee_with_people())
        for outcome in ("pending", "missing", "pending", "active", "pending"):
            onboard(sandbox, account, outcome)
        sandbox.control(f"accounts/{account.account_id}/restrict", {})
        hear(account)
        onboard(sandbox, account, "pending")
        onboard(sandbox, account, "active")
        sandbox.control(f"accounts/{account.account_id}/restrict", {})
        hear(account)
        onboard(sandbox, account, "active")
        for path in ((), ("pending",), ("active",), ("active", "missing")):
            other = an_account(a_committee_with_people())
            for outcome in path:
                onboard(sandbox, other, outcome)
            sandbox.control(f"accounts/{other.account_id}/deauthorize", {})
            accounts.look_at_account(account_id=other.account_id, at=timezone.now(), is_ended=True)
        gone = set(StripeAccountTransition.objects.values_list("old", "event", "new"))

        all_edges = {(edge.old, edge.event, edge.new) for edge in states.EDGES}
        # The others need no Stripe: a refused opening, an account that a steward wrote down.
        assert all_edges - gone == {
            (states.OPENING, "refused", states.NONE),
            (states.NONE, "entered", states.NEEDS_INFORMATION),
        }
        assert gone <= all_edges


class TestGraph:
    def test_has_an_event_for_each_way_between_two_states(self):
        ways = {(edge.old, edge.new) for edge in states.EDGES}

        assert len(ways) == len(states.EDGES) == 17
        assert all(states.event_between(old, new) for old, new in ways)

    def test_refuses_every_other_way(self):
        ways = {(edge.old, edge.new) for edge in states.EDGES}
        others = [
            (old, new) for old in states.STATES for new in states.STATES if (old, new) not in ways
        ]

        for old, new in others:
            with pytest.raises(states.NoSuchEdge):
                states.event_between(old, new)
        assert len(others) == 7 * 7 - 17

    def test_of_a_lost_account_ends(self):
        assert not [edge for edge in states.EDGES if edge.old == states.DEAUTHORISED]
