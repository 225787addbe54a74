"""An all-or-nothing campaign from the saved card to its end, against the sandbox over real HTTP.

Planted and seen to fall: see the table of faults (tests/architecture/faults.py).
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from backend.mail.models import Mail
from backend.money import Money
from backend.payments import inbox
from backend.payments.charging import carry_out_charge, record_charge
from backend.payments.gateways.stripe import release_method
from backend.payments.models import Pace, Payment, StripeEvent
from backend.payments.pace import PER_SECOND
from backend.pledges.campaigns import look_after_campaigns
from backend.pledges.closing import (
    PAGES_STAY_OPEN_FOR,
    NotDue,
    charge_some,
    close_campaign,
    decide_campaign,
    due_campaigns,
)
from backend.pledges.models import Decision, Pledge
from backend.pledges.operations import start_payment
from backend.projects.models import Project
from tests.backend.payments.rows import a_project_now, broken_invariants
from tests.backend.pledges.cards import (
    ASKS_ONCE,
    DECLINED_LATER,
    GOOD,
    a_campaign,
    a_card_page,
    a_secured_pledge,
    charges_of,
    close,
    past_deadline,
    pull,
    state_of,
)
from tests.jobs import do_jobs

pytestmark = pytest.mark.django_db(transaction=True)


def letters(kind):
    return Mail.objects.filter(kind=f"pledge_{kind}").count()


def sums(project):
    project.refresh_from_db()
    return project.raised_minor, project.promised_minor, project.promises


class TestSavingACard:
    def test_counts_as_promised_and_is_in_no_book(self, sandbox):
        project = a_campaign(sandbox)

        pledge = a_secured_pledge(sandbox, project)

        card = Payment.objects.get()
        assert pledge.state == "secured"
        assert sums(project) == (0, 2500, 1)
        assert project.supporters == 0
        assert (card.kind, card.state, card.card_label) == ("card", "saved", "Visa 4242")
        assert letters("secured") == 1
        assert charges_of(sandbox, pledge) == []
        assert broken_invariants() == []

    def test_is_learnt_from_the_setups_own_event_where_the_pages_was_lost(self, sandbox):
        project = a_campaign(sandbox)
        pledge, page = a_card_page(project)
        sandbox.complete(page.session_id)
        inbox.pull_events(account=project.committee.stripe_account, at=timezone.now())
        StripeEvent.objects.exclude(type="setup_intent.succeeded").delete()
        told = StripeEvent.objects.get()

        inbox.apply_event(event_id=told.pk, at=timezone.now())

        assert state_of(told) == "applied"
        assert state_of(pledge) == "secured"

    def test_again_replaces_the_card_and_lets_the_first_go(self, sandbox):
        project = a_campaign(sandbox)
        pledge = a_secured_pledge(sandbox, project)
        first = Payment.objects.get()
        Payment.objects.filter(pk=first.pk).update(state="released")
        Pledge.objects.update(state="expired")
        Project.objects.update(promised_minor=0, promises=0)

        second = a_card_page_again(sandbox, pledge)

        assert state_of(pledge) == "secured"
        assert state_of(second) == "saved"
        assert sums(project) == (0, 2500, 1)

    def test_after_the_decision_is_let_go_and_said_so(self, sandbox):
        project = a_campaign(sandbox)
        late, page = a_card_page(project, email="late@example.org")
        a_secured_pledge(sandbox, project, amount=Money(5000, "EUR"))
        sandbox.complete(page.session_id)
        past_deadline(project)
        decide_campaign(project_id=project.pk, at=timezone.now())
        do_jobs()

        pull(project)

        page.refresh_from_db()
        assert (state_of(late), page.state) == ("expired", "released")
        assert letters("too_late") == 1
        assert charges_of(sandbox, late) == []
        assert broken_invariants() == []


def a_card_page_again(sandbox, pledge):
    pledge.refresh_from_db()
    start_payment(pledge=pledge, at=timezone.now())
    page = Payment.objects.latest("attempt")
    sandbox.complete(page.session_id)
    pull(pledge.project)
    return page


class TestDecision:
    def test_with_the_minimum_reached_charges_each_card_once(self, sandbox):
        project = a_campaign(sandbox)
        pledges = [a_secured_pledge(sandbox, project, card=card) for card in (GOOD, ASKS_ONCE)]

        decision = close(project)

        assert (decision.is_reached, decision.secured_minor, decision.pledges) == (True, 5000, 2)
        assert [state_of(pledge) for pledge in pledges] == ["settled", "settled"]
        assert [charges_of(sandbox, pledge) for pledge in pledges] == [[2500], [2500]]
        assert sums(project) == (5000, 0, 0)
        assert project.state == "succeeded"
        assert letters("receipt") == 2
        assert cards() == {"released"}
        assert broken_invariants() == []

    def test_a_cent_under_the_minimum_lets_every_card_go_and_says_so(self, sandbox):
        project = a_campaign(sandbox, minimum_minor=2501)
        pledge = a_secured_pledge(sandbox, project)

        decision = close(project)

        assert not decision.is_reached
        assert state_of(pledge) == "released"
        assert sums(project) == (0, 0, 0)
        assert project.state == "failed"
        assert cards() == {"released"}
        assert charges_of(sandbox, pledge) == []
        assert letters("released") == 1
        assert broken_invariants() == []

    def test_counts_money_that_arrived_besides(self, sandbox):
        project = a_campaign(sandbox, minimum_minor=5000, raised_minor=0)
        a_secured_pledge(sandbox, project)
        settled = a_secured_pledge(sandbox, project)
        Pledge.objects.filter(pk=settled.pk).update(state="settled", settled_at=timezone.now())
        past_deadline(project)

        decision = decide_campaign(project_id=project.pk, at=timezone.now())

        assert (decision.secured_minor, decision.received_minor) == (2500, 2500)
        assert decision.is_reached

    def test_of_nothing_is_failed(self):
        project = a_campaign()

        decision = close(project)

        assert (decision.is_reached, decision.pledges) == (False, 0)
        assert state_of(project) == "failed"

    def test_is_due_from_the_very_moment_of_the_deadline(self):
        project = a_campaign()
        moment = project.closes_at

        assert not due_campaigns(at=moment - timedelta(milliseconds=1)).exists()
        assert due_campaigns(at=moment).get() == project

    @pytest.mark.parametrize(
        "fields", [{"campaign": "flexible"}, {"state": "suspended"}, {}], ids=str
    )
    def test_is_refused_before_it_is_due(self, fields):
        project = a_campaign(**fields)
        at = project.closes_at - timedelta(milliseconds=1 if not fields else -1)

        with pytest.raises(NotDue):
            decide_campaign(project_id=project.pk, at=at)

        assert not Decision.objects.exists()

    def test_stays_as_it_was(self):
        project = a_campaign()
        close(project)

        with pytest.raises(IntegrityError, match="stays as it was"), transaction.atomic():
            Decision.objects.update(is_reached=True)

    def test_by_twenty_schedulers_at_once_is_one(self, sandbox):
        project = a_campaign(sandbox, minimum_minor=2500)
        pledge = a_secured_pledge(sandbox, project)
        past_deadline(project)
        start = Barrier(20)

        def decide(_):
            start.wait()
            try:
                return close_campaign(project_id=project.pk, at=timezone.now()).pk
            finally:
                connection.close()

        with ThreadPoolExecutor(20) as threads:
            found = set(threads.map(decide, range(20)))
        do_jobs()

        assert found == {Decision.objects.get().pk}
        assert project.transitions.filter(event="minimum_reached").count() == 1
        assert charges_of(sandbox, pledge) == [2500]


def cards():
    return set(Payment.objects.filter(kind="card").values_list("state", flat=True))


class TestPagesThatAreOpen:
    def test_may_be_finished_for_some_minutes(self, sandbox):
        project = a_campaign(sandbox, minimum_minor=2500)
        pledge, page = a_card_page(project)
        past_deadline(project)

        undecided = close_campaign(project_id=project.pk, at=timezone.now())
        sandbox.complete(page.session_id)
        pull(project)
        decision = close(project)

        assert undecided is None
        assert decision.is_reached
        assert state_of(pledge) == "settled"

    def test_are_closed_after_that_and_what_they_saved_unseen_counts(self, sandbox):
        project = a_campaign(sandbox, minimum_minor=2500)
        seen, page = a_card_page(project)
        left, other = a_card_page(project, email="left@example.org")
        sandbox.complete(page.session_id)
        past_deadline(project)
        at = timezone.now() + PAGES_STAY_OPEN_FOR

        decision = close_campaign(project_id=project.pk, at=at)

        assert (decision.pledges, decision.is_reached) == (1, True)
        assert (state_of(left), state_of(other)) == ("expired", "expired")
        assert sandbox.complete(other.session_id)["error"]
        assert state_of(seen) == "secured"

    def test_hold_the_decision_up_where_stripe_does_not_tell(self, sandbox):
        project = a_campaign(sandbox)
        a_card_page(project)
        past_deadline(project)
        sandbox.control("faults/next", {"kind": "drop_before", "count": 9})

        look_after_campaigns(at=timezone.now() + PAGES_STAY_OPEN_FOR)
        sandbox.control("faults/clear", {})

        assert not Decision.objects.exists()
        assert state_of(project) == "published"


def sweep(times):
    for _ in range(times):
        look_after_campaigns(at=timezone.now())
        do_jobs()


class TestCharging:
    def test_goes_on_with_what_was_broken_off_and_charges_nothing_twice(self, sandbox, settings):
        settings.CHARGE_BROKEN_OFF_SECONDS = 0
        project = a_campaign(sandbox, minimum_minor=2500)
        pledges = [a_secured_pledge(sandbox, project) for _ in range(3)]
        past_deadline(project)
        decide_campaign(project_id=project.pk, at=timezone.now())
        confirm = {"verb": "post", "path": "/v1/payment_intents/pi"}
        sandbox.control("faults/next", {"kind": "error_after", "count": 1, **confirm})
        sandbox.control("faults/next", {"kind": "drop_after", "count": 4, **confirm})

        do_jobs()
        sweep(4)

        assert [state_of(pledge) for pledge in pledges] == ["settled"] * 3
        assert [charges_of(sandbox, pledge) for pledge in pledges] == [[2500]] * 3
        assert state_of(project) == "succeeded"
        assert broken_invariants() == []

    @pytest.mark.parametrize("kind", ["drop_before", "drop_after", "error_before", "error_after"])
    def test_survives_a_lost_answer_to_the_making_of_the_intent(self, sandbox, settings, kind):
        settings.CHARGE_BROKEN_OFF_SECONDS = 0
        project = a_campaign(sandbox, minimum_minor=2500)
        pledge = a_secured_pledge(sandbox, project)
        past_deadline(project)
        decide_campaign(project_id=project.pk, at=timezone.now())
        count = 1 if kind == "error_after" else 4
        making = {"verb": "post", "path": "/v1/payment_intents"}
        sandbox.control("faults/next", {"kind": kind, "count": count, **making})

        do_jobs()
        sandbox.control("faults/clear", {})
        look_after_campaigns(at=timezone.now())
        do_jobs()

        assert state_of(pledge) == "settled"
        assert charges_of(sandbox, pledge) == [2500]
        assert broken_invariants() == []

    def test_of_a_pledge_without_a_card_asks_its_holder_and_holds_up_nobody(self, sandbox):
        project = a_campaign(sandbox, minimum_minor=2500)
        bare = a_secured_pledge(sandbox, project)
        Payment.objects.update(state="released")
        sound = a_secured_pledge(sandbox, project)

        close(project)

        assert (state_of(bare), state_of(sound)) == ("failing", "settled")
        assert letters("card_failed") == 1

    def test_by_a_debit_takes_days_and_says_so(self, sandbox):
        project = a_campaign(sandbox, minimum_minor=2500)
        pledge, page = a_card_page(project)
        sandbox.complete(page.session_id, method="sepa_debit")
        pull(project)

        close(project)
        meanwhile = (state_of(pledge), pledge.is_processing, state_of(project))
        intent = Payment.objects.get(kind="charge").intent_id
        sandbox.control(f"payment_intents/{intent}/settle", {})
        pull(project)
        look_after_campaigns(at=timezone.now())

        assert meanwhile == ("charging", True, "closing")
        assert (state_of(pledge), state_of(project)) == ("settled", "succeeded")
        assert letters("processing") == 1
        assert broken_invariants() == []

    def test_by_a_debit_that_the_bank_refuses_begins_the_week(self, sandbox):
        project = a_campaign(sandbox, minimum_minor=2500)
        pledge, page = a_card_page(project)
        sandbox.complete(page.session_id, method="sepa_debit")
        pull(project)
        close(project)

        intent = Payment.objects.get(kind="charge").intent_id
        sandbox.control(f"payment_intents/{intent}/fail", {})
        pull(project)

        assert (state_of(pledge), pledge.is_processing) == ("failing", False)
        assert letters("card_failed") == 1
        assert broken_invariants() == []

    def test_of_a_card_that_is_gone_at_stripe_begins_the_week_too(self, sandbox):
        project = a_campaign(sandbox, minimum_minor=2500)
        pledge = a_secured_pledge(sandbox, project)
        card = Payment.objects.get()
        release_method(method_id=card.method_id, key="by hand", account=card.account)

        close(project)

        assert state_of(pledge) == "failing"
        assert charges_of(sandbox, pledge) == []
        assert broken_invariants() == []

    def test_of_another_sum_than_was_asked_for_is_a_persons_to_look_at(self, sandbox):
        project = a_campaign(sandbox, minimum_minor=2500)
        pledge = a_secured_pledge(sandbox, project)
        past_deadline(project)
        decide_campaign(project_id=project.pk, at=timezone.now())
        charge_some(project_id=project.pk, seconds=0)
        payment = record_charge(purpose=pledge.purpose, amount=pledge.gross, at=timezone.now())
        Payment.objects.filter(pk=payment.pk).update(amount_minor=2499)
        Pledge.objects.update(state="charging")

        carry_out_charge(payment=payment, at=timezone.now())

        assert state_of(pledge) == "quarantined"
        assert state_of(payment) == "quarantined"
        assert sums(project) == (0, 0, 0)

    def test_keeps_to_the_pace_of_the_account(self, sandbox):
        project = a_campaign(sandbox, minimum_minor=2500)
        for _ in range(6):
            a_secured_pledge(sandbox, project, amount=Money(500, "EUR"))
        past_deadline(project)
        decide_campaign(project_id=project.pk, at=timezone.now())
        began = timezone.now()

        charge_some(project_id=project.pk)

        took = (timezone.now() - began).total_seconds()
        assert Pledge.objects.filter(state="settled").count() == 6
        assert took >= 5 / PER_SECOND["charge"]
        assert set(Pace.objects.values_list("what", flat=True)) >= {"charge", "request"}

    def test_of_many_hands_charges_each_once(self, sandbox):
        project = a_campaign(sandbox, minimum_minor=2500)
        pledges = [a_secured_pledge(sandbox, project, amount=Money(500, "EUR")) for _ in range(12)]
        past_deadline(project)
        decide_campaign(project_id=project.pk, at=timezone.now())

        def charge(_):
            try:
                charge_some(project_id=project.pk)
            finally:
                connection.close()

        with ThreadPoolExecutor(6) as hands:
            list(hands.map(charge, range(6)))

        assert [charges_of(sandbox, pledge) for pledge in pledges] == [[500]] * 12


class TestFinishing:
    def test_under_nine_tenths_of_the_minimum_is_short(self, sandbox):
        project = a_campaign(sandbox, minimum_minor=5000)
        a_secured_pledge(sandbox, project, amount=Money(4499, "EUR"))
        lost = a_secured_pledge(sandbox, project, amount=Money(501, "EUR"), card=DECLINED_LATER)

        close(project)
        waiting = state_of(project)
        look_after_campaigns(at=timezone.now() + timedelta(days=7))

        assert waiting == "closing"
        assert state_of(lost) == "dropped"
        assert sums(project) == (4499, 0, 0)
        assert project.state == "short"
        assert broken_invariants() == []

    def test_with_nine_tenths_of_the_minimum_goes_ahead(self, sandbox):
        project = a_campaign(sandbox, minimum_minor=5000)
        a_secured_pledge(sandbox, project, amount=Money(4500, "EUR"))
        a_secured_pledge(sandbox, project, amount=Money(500, "EUR"), card=DECLINED_LATER)
        close(project)

        look_after_campaigns(at=timezone.now() + timedelta(days=7))

        assert state_of(project) == "succeeded"

    def test_leaves_flexible_campaigns_alone(self):
        project = a_project_now()
        past_deadline(project)

        look_after_campaigns(at=timezone.now())

        assert state_of(project) == "published"
