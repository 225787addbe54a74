"""`manage.py import_ties FILE`: take the ties of the mayors' report of 2001 as announced."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from backend.cities.list_import import import_ties
from backend.cities.management.listing import print_report, read_list


class Command(BaseCommand):
    """Imports announced ties; refused and flagged lines are named on standard output."""

    help = (
        "Imports announced ties from a CSV file with the columns of import_twinnings and "
        "paragraph and what. Ties that stand are not changed, but get the report's note."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the file."""
        parser.add_argument("file", metavar="FILE")

    def handle(self, *_arguments: Any, **options: Any) -> None:
        """Import the file; exit with 2 if it cannot be read at all."""
        readings = read_list(options["file"], more=("paragraph", "what"))
        print_report(import_ties(readings=readings, at=timezone.now()), self.stdout)
