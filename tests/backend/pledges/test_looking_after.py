"""What a dead process left of a pledge is found again: a row without a payment, a lost letter.

Planted and seen to fall: see the table of faults (tests/architecture/faults.py).
"""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from backend.mail.models import Mail
from backend.pledges import states
from backend.pledges.models import Pledge
from backend.pledges.operations import look_after_pledges
from tests.backend.payments.rows import a_payment
from tests.backend.pledges.test_invariants import a_settled_pledge
from tests.factories import a_pledge
from tests.jobs import do_jobs

pytestmark = pytest.mark.django_db


def a_pledge_made(minutes_ago):
    pledge = a_pledge()
    made = timezone.now() - timedelta(minutes=minutes_ago)
    Pledge.objects.filter(pk=pledge.pk).update(made_at=made)
    return pledge


def state_of(pledge):
    pledge.refresh_from_db()
    return pledge.state


class TestForgottenPledges:
    @pytest.mark.parametrize(("minutes", "state"), [(54, states.NEW), (56, states.EXPIRED)])
    def test_end_after_a_while(self, minutes, state):
        pledge = a_pledge_made(minutes)

        look_after_pledges(at=timezone.now())

        assert state_of(pledge) == state

    def test_go_on_while_their_payment_is_looked_for(self):
        pledge = a_pledge_made(120)
        a_payment(pledge.purpose, state="new", session_id=None)

        look_after_pledges(at=timezone.now())

        assert state_of(pledge) == states.NEW


class TestLostLetters:
    def test_are_written_once(self):
        a_settled_pledge(at=timezone.now() - timedelta(minutes=6))
        Mail.objects.all().delete()

        look_after_pledges(at=timezone.now())
        look_after_pledges(at=timezone.now())
        do_jobs()
        look_after_pledges(at=timezone.now())
        again = do_jobs()

        assert Mail.objects.get().kind == "pledge_receipt"
        assert again == []

    def test_are_waited_for_some_minutes(self):
        a_settled_pledge(at=timezone.now() - timedelta(minutes=4))
        Mail.objects.all().delete()

        look_after_pledges(at=timezone.now())

        assert do_jobs() == []

    def test_that_lie_in_the_outbox_are_not_lost(self):
        a_settled_pledge(at=timezone.now() - timedelta(minutes=6))
        Mail.objects.update(state="parked", sent_at=None)

        look_after_pledges(at=timezone.now())

        assert do_jobs() == []


class TestF01:
    def test_f01_a_job_that_is_started_twice_thanks_once(self):
        pledge = a_settled_pledge()

        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO procrastinate_jobs (task_name, queue_name, args) SELECT"
                " 'pledges.send_receipt', 'default', jsonb_build_object('pledge_id', %s::text)"
                " FROM generate_series(1, 3)",
                [str(pledge.pk)],
            )
        done = do_jobs()

        assert done == ["pledges.send_receipt"] * 3
        assert Mail.objects.filter(kind="pledge_receipt").count() == 1
