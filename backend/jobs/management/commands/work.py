"""`manage.py work`: do the jobs until told to stop."""

import asyncio
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector


class Command(BaseCommand):
    """Runs one worker; several may run at once, on one machine or many."""

    help = "Do the jobs of the queue until told to stop (Ctrl-C or SIGTERM)."

    def handle(self, **options: Any) -> None:
        """Open the worker's own connections and wait for jobs."""
        with app.replace_connector(DjangoConnector().get_worker_connector()):
            asyncio.run(self._work())

    async def _work(self) -> None:
        async with app.open_async():
            await app.run_worker_async(
                concurrency=settings.JOBS_AT_ONCE,
                fetch_job_polling_interval=1,
                update_heartbeat_interval=settings.JOBS_STALLED_SECONDS / 5,
                stalled_worker_timeout=settings.JOBS_STALLED_SECONDS,
                delete_jobs="successful",
            )
