"""`manage.py import_twinnings FILE`: take a list of twin towns into our book."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from backend.cities.list_import import import_twinnings
from backend.cities.management.listing import print_report, read_list
from backend.common.progress import progress


class Command(BaseCommand):
    """Imports pairs of twin towns; refused and flagged lines are named on standard output."""

    help = (
        "Imports twin towns from a CSV file (.csv, .csv.gz, or - for standard input) with the "
        "columns city1, country1, lat1, lng1, city2, country2, lat2, lng2."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the file."""
        parser.add_argument("file", metavar="FILE")

    def handle(self, *_arguments: Any, **options: Any) -> None:
        """Import the file; exit with 2 if it cannot be read at all."""
        readings = read_list(options["file"])
        report = import_twinnings(readings=readings, at=timezone.now(), follow=progress)
        print_report(report, self.stdout)
