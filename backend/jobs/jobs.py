"""The queue's own upkeep."""

from django.conf import settings
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Status


@app.periodic(cron="* * * * * */2")
@app.task(name="jobs.requeue_stalled", queueing_lock="jobs.requeue_stalled")
async def requeue_stalled(timestamp: int) -> None:
    """Give the jobs of killed workers back to the queue.

    A worker that dies by kill -9 leaves its jobs in the state "doing"; its heartbeat ends, and
    that is how it is known.
    """
    stalled_jobs = await app.job_manager.get_stalled_jobs(
        seconds_since_heartbeat=settings.JOBS_STALLED_SECONDS
    )
    for stalled in stalled_jobs:
        try:
            await app.job_manager.retry_job(stalled, retry_at=timezone.now())
        except UniqueViolation:
            # The same one waits already: this one has nothing left to do.
            await app.job_manager.finish_job(stalled, status=Status.ABORTED, delete_job=True)
