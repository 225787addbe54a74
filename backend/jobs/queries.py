"""What stands in the queue: what is late, stuck or failed, and whether anybody works."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Max, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Greatest
from procrastinate.contrib.django.models import (
    ProcrastinateEvent,
    ProcrastinateJob,
    ProcrastinateWorker,
)

# Nothing that is due should wait as long as this.
LATE_AFTER = timedelta(minutes=5)
SHOWN = 50


@dataclass(frozen=True, slots=True)
class Trouble:
    """A job that did not go as it should: `kind` is "late", "stuck" or "failed"."""

    id: int
    name: str
    kind: str
    since: datetime | None
    attempts: int


@dataclass(frozen=True, slots=True)
class Queue:
    """The queue at one moment."""

    workers: int
    seen_at: datetime | None
    waiting: int
    later: int
    doing: int
    late: int
    stuck: int
    failed: int
    troubles: list[Trouble]


def look_at_queue(*, at: datetime) -> Queue:
    """Return how the queue stands: numbers of all, and the oldest of what is in trouble."""
    alive = at - timedelta(seconds=settings.JOBS_STALLED_SECONDS)
    workers = ProcrastinateWorker.objects.filter(last_heartbeat__gte=alive).count()
    seen_at = ProcrastinateWorker.objects.aggregate(seen=Max("last_heartbeat"))["seen"]
    jobs = _jobs()
    of_kind = {
        "late": Q(status="todo", due__lt=at - LATE_AFTER),
        "stuck": Q(status="doing") & (Q(worker=None) | Q(worker__last_heartbeat__lt=alive)),
        "failed": Q(status="failed"),
    }
    numbers = jobs.aggregate(
        waiting=Count("id", filter=Q(status="todo", due__lte=at)),
        later=Count("id", filter=Q(status="todo", due__gt=at)),
        doing=Count("id", filter=Q(status="doing")),
        **{kind: Count("id", filter=which) for kind, which in of_kind.items()},
    )
    troubles = [
        Trouble(job.pk, job.task_name, kind, job.since, job.attempts)
        for kind, which in of_kind.items()
        for job in jobs.filter(which).order_by("id")[:SHOWN]
    ]
    return Queue(workers=workers, seen_at=seen_at, troubles=troubles, **numbers)


def _jobs() -> QuerySet[ProcrastinateJob]:
    """Return the jobs with the moment at which each became due, and when it last moved."""
    moments = ProcrastinateEvent.objects.filter(job=OuterRef("pk")).order_by().values("job")
    first = Subquery(moments.annotate(moment=Min("at")).values("moment"))
    last = Subquery(moments.annotate(moment=Max("at")).values("moment"))
    return ProcrastinateJob.objects.annotate(
        due=Greatest(Coalesce("scheduled_at", first), first), since=last
    )
