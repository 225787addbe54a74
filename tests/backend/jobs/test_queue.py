"""The queue: in the transaction of its cause, once where that is asked for, given back when lost.

Planted and seen to fall: a job enqueued `once` tried again beside its successor; and see the
table of faults (tests/architecture/faults.py).
"""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.jobs import Job

from backend.jobs import jobs
from backend.jobs.queue import RETRY, enqueue
from backend.payments.jobs import pull_events


def rows(*columns):
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM procrastinate_jobs ORDER BY id")
        names = [column.name for column in cursor.description]
        found = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return [tuple(row[column] for column in columns) for row in found]


def put(status, *, worker=None, once=None, name="mail.send"):
    """Write a job as a worker would have left it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs"
            " (task_name, queue_name, args, status, worker_id, queueing_lock)"
            " VALUES (%s, 'default', '{}', %s, %s, %s) RETURNING id",
            [name, status, worker, once],
        )
        return cursor.fetchone()[0]


def a_worker(*, silent_seconds):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (%s) RETURNING id",
            [timezone.now() - timedelta(seconds=silent_seconds)],
        )
        return cursor.fetchone()[0]


def requeue():
    """Run the job that gives back, as a worker does: on the worker's own connection."""

    async def run():
        async with app.open_async():
            await jobs.requeue_stalled(timestamp=0)

    # In a thread: a browser that is open in this process has a loop of its own in the main one.
    with (
        app.replace_connector(DjangoConnector().get_worker_connector()),
        ThreadPoolExecutor(1) as beside,
    ):
        beside.submit(lambda: asyncio.run(run())).result()


def a_job(**fields):
    kept = {"id": 1, "queue": "default", "lock": None, "task_name": "mail.send", **fields}
    return Job(**{"queueing_lock": None, "attempts": 0, **kept})


@pytest.mark.django_db(transaction=True)
class TestEnqueue:
    def test_keeps_the_job_only_if_its_cause_is_kept(self):
        with transaction.atomic():
            enqueue("mail.send", mail_id="1")
            transaction.set_rollback(True)

        assert rows("id") == []

    def test_keeps_name_arguments_and_moment(self):
        at = timezone.now() + timedelta(hours=1)

        enqueue("mail.send", mail_id="1", at=at, lock="one after the other")

        [(name, arguments, moment, lock)] = rows("task_name", "args", "scheduled_at", "lock")
        assert (name, json.loads(arguments)) == ("mail.send", {"mail_id": "1"})
        assert (moment, lock) == (at, "one after the other")

    def test_adds_once_while_one_waits_and_the_transaction_goes_on(self):
        with transaction.atomic():
            enqueue("mail.send", mail_id="1", once="mail:1")
            enqueue("mail.send", mail_id="1", once="mail:1")
            enqueue("mail.send", mail_id="2", once="mail:2")

        assert rows("queueing_lock") == [("mail:1",), ("mail:2",)]

    def test_adds_again_when_the_first_is_being_done(self):
        put("doing", once="mail:1")

        enqueue("mail.send", mail_id="1", once="mail:1")

        assert rows("status") == [("doing",), ("todo",)]


class TestRetry:
    def test_waits_longer_each_time_and_ends(self):
        waits = [
            RETRY.get_retry_decision(exception=OSError(), job=a_job(attempts=attempts))
            for attempts in range(11)
        ]

        now = timezone.now()
        seconds = [(wait.retry_at - now).total_seconds() for wait in waits if wait]
        assert seconds == sorted(seconds)
        assert 1000 < sum(seconds) < 3000
        assert waits[10] is None

    def test_leaves_what_is_asked_for_once_to_whoever_asks(self):
        job = a_job(queueing_lock="event:evt_1")

        assert RETRY.get_retry_decision(exception=OSError(), job=job) is None

    def test_is_nothing_for_what_comes_by_itself(self):
        assert pull_events.retry_strategy is None
        assert pull_events.queueing_lock == "payments.pull_events"


@pytest.mark.django_db(transaction=True)
class TestRequeueStalled:
    def test_gives_back_the_jobs_of_a_worker_that_fell_silent(self):
        put("doing", worker=a_worker(silent_seconds=60))

        requeue()

        assert rows("status", "attempts") == [("todo", 1)]

    def test_leaves_the_jobs_of_one_that_lives(self):
        put("doing", worker=a_worker(silent_seconds=1))

        requeue()

        assert rows("status") == [("doing",)]

    def test_drops_one_whose_successor_waits_and_gives_back_the_others(self):
        dead = a_worker(silent_seconds=60)
        doubled = put("doing", worker=dead, once="payments.pull_events")
        waiting = put("todo", once="payments.pull_events")
        other = put("doing", worker=dead)

        requeue()

        assert rows("id", "status") == [(waiting, "todo"), (other, "todo")]
        assert doubled < waiting
