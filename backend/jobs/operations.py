"""What a steward does about a job that went wrong."""

from datetime import datetime

from django.db import transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from backend.jobs.queue import waiting_queue


class NotFailed(LookupError):
    """The job is not there any more, or has not failed."""


@transaction.atomic
def retry_job(*, job_id: int, at: datetime) -> None:
    """Put a failed job back into the queue; jobs are harmless when done twice. Raises NotFailed."""
    job = ProcrastinateJob.objects.select_for_update().filter(pk=job_id, status="failed").first()
    if job is None:
        raise NotFailed(str(job_id))
    waiting_queue().job_manager.retry_job_by_id(
        job_id=job.pk, retry_at=at, priority=job.priority, queue=job.queue_name, lock=job.lock
    )
