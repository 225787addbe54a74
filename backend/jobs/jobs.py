"""The queue's own upkeep."""

from django.conf import settings
from django.utils import timezone
from procrastinate.contrib.django import app


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
        await app.job_manager.retry_job(stalled, retry_at=timezone.now())
