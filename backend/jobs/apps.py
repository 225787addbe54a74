"""Start-up of the job queue."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """The queue's own jobs and the command that starts a worker."""

    name = "backend.jobs"
