"""`manage.py load_demo`: cities, sample projects, supporters and sign-ins; once."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from backend.common.progress import progress
from backend.demo.loading import load_cities, load_samples
from backend.demo.sign_ins import write_sign_ins


class Command(BaseCommand):
    """Fills an installation with sample projects; a second run writes nothing."""

    help = "Load the demonstration: twin cities, sample projects and sign-ins. Not in production."

    def handle(self, *_arguments: Any, **_options: Any) -> None:
        """Load what is missing, and write the sign-ins to a file of their own."""
        if not settings.IS_DEMO:
            raise CommandError("The demonstration is not loaded where TWINFUND_MODE=production.")
        now = timezone.now()
        load_cities(at=now, follow=progress)
        load_samples(at=now, follow=progress)
        write_sign_ins(folder=settings.VAR_DIR)
