"""How the queue stands: what is late, stuck or failed, and a failed job that is tried again.

Planted and seen to fall: lateness counted from the enqueueing of a job that is for later; a
living worker's job called stuck; a job that has not failed tried again.
"""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from backend.jobs.operations import NotFailed, retry_job
from backend.jobs.queries import look_at_queue
from backend.jobs.queue import enqueue
from tests.backend.jobs.test_queue import a_worker, put

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def look(*, after=timedelta(0)):
    return look_at_queue(at=timezone.now() + after)


def kinds(queue):
    return [(trouble.name, trouble.kind) for trouble in queue.troubles]


def status_of(job):
    with connection.cursor() as cursor:
        cursor.execute("SELECT status FROM procrastinate_jobs WHERE id = %s", [job])
        return cursor.fetchone()[0]


class TestLooking:
    def test_finds_an_empty_queue_well(self):
        queue = look()

        assert (queue.waiting, queue.doing, queue.troubles, queue.workers) == (0, 0, [], 0)

    def test_a_job_is_late_after_five_minutes(self):
        enqueue("mail.send", mail_id="1")

        assert look(after=4 * MINUTE).troubles == []
        assert look(after=4 * MINUTE).waiting == 1
        assert kinds(look(after=6 * MINUTE)) == [("mail.send", "late")]

    def test_a_job_for_later_is_late_only_after_its_own_moment(self):
        enqueue("mail.send", at=timezone.now() + 60 * MINUTE, mail_id="1")

        assert (look().waiting, look().later) == (0, 1)
        assert look(after=62 * MINUTE).troubles == []
        assert look(after=66 * MINUTE).late == 1

    def test_a_job_is_stuck_when_its_worker_is_silent(self, settings):
        settings.JOBS_STALLED_SECONDS = 10
        put("doing", worker=a_worker(silent_seconds=1), name="pledges.send_receipt")
        put("doing", worker=a_worker(silent_seconds=60))

        queue = look()

        assert (queue.doing, queue.stuck, queue.workers) == (2, 1, 1)
        assert kinds(queue) == [("mail.send", "stuck")]


class TestTryingAgain:
    def test_puts_a_failed_job_back(self):
        job = put("failed")
        assert kinds(look()) == [("mail.send", "failed")]

        retry_job(job_id=job, at=timezone.now())

        assert status_of(job) == "todo"
        assert look().failed == 0

    @pytest.mark.parametrize("status", ["todo", "doing", "succeeded"])
    def test_is_for_failed_jobs_only(self, status):
        job = put(status, worker=a_worker(silent_seconds=0))

        with pytest.raises(NotFailed):
            retry_job(job_id=job, at=timezone.now())

        assert status_of(job) == status

    def test_of_a_job_that_is_gone_is_refused(self):
        with pytest.raises(NotFailed):
            retry_job(job_id=0, at=timezone.now())
