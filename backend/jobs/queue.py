"""The door to the job queue, which lives in the same database as everything else.

A job is enqueued in the transaction that causes it: rolled back together, committed together.
A worker killed in the middle leaves the job to be done again, so every job is written to be
harmless when it runs twice.
"""

from collections.abc import Callable
from datetime import datetime
from functools import cache, wraps
from typing import Any

from django.db import transaction
from procrastinate import App, RetryDecision, RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import Job


class Patience(RetryStrategy):
    """Tries again, except what was enqueued `once`: whoever asked for that asks again by itself.

    A second one may wait by then, and the queue takes no two with the same name.
    """

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """Return when to try again, or None for never."""
        if job.queueing_lock is not None:
            return None
        return super().get_retry_decision(exception=exception, job=job)


# Waits 2, 4, 8 … seconds, ten times: about half an hour of an unreachable Stripe or mail server.
RETRY = Patience(max_attempts=10, exponential_wait=2)


def enqueue(
    name: str,
    *,
    lock: str | None = None,
    once: str | None = None,
    at: datetime | None = None,
    **arguments: Any,
) -> None:
    """Have the job `name` done after this transaction commits.

    Jobs with the same `lock` run one after the other. While a job with the same `once` waits,
    another is not added, and it is not tried again when it fails. `at` is the moment before which
    it does not start.
    """
    task = waiting_queue().configure_task(name, lock=lock, queueing_lock=once, schedule_at=at)
    try:
        # A savepoint: what is refused because it waits already must not undo its cause.
        with transaction.atomic():
            task.defer(**arguments)
    except AlreadyEnqueued:
        return


@cache
def waiting_queue() -> App:
    """Return the queue on Django's own connection: inside a worker the global app has another."""
    return app.with_connector(DjangoConnector())


def job(name: str) -> Callable[[Callable[..., None]], Any]:
    """Declare a job under a name such as "payments.apply_event"; failures are tried again."""
    return app.task(name=name, retry=RETRY)


def periodic(name: str, *, cron: str) -> Callable[[Callable[..., None]], Any]:
    """Declare a job that the worker starts by itself, by a cron line (six fields: seconds last).

    Two workers start it once; a run that is still waiting is not doubled.
    """

    def register(function: Callable[..., None]) -> Any:
        @wraps(function)
        def run(timestamp: int) -> None:
            function()

        return app.periodic(cron=cron)(app.task(name=name, queueing_lock=name)(run))

    return register
