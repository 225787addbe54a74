"""`manage.py prepare_database`: everything that a database needs before a version of us runs."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    """Migrates, and makes the table of the shared cache; harmless when nothing is to be done."""

    help = "Bring the database up to this version: migrations, and the table of the shared cache."

    def handle(self, **options: Any) -> None:
        """Do both with the words of each."""
        verbosity = options["verbosity"]
        call_command("migrate", interactive=False, verbosity=verbosity)
        call_command("createcachetable", verbosity=verbosity)
