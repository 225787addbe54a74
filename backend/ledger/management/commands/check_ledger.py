"""Run the named invariants that exist so far."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from backend.ledger.invariants import Outcome, UnknownInvariant, check_invariants
from backend.ledger.patience import no_time_limit

_IDS_SHOWN = 20


class Command(BaseCommand):
    """`manage.py check_ledger [I-zero …]`: exit 1 if one does not hold."""

    help = "Check the named invariants, all or those given; exit 1 if one does not hold."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the names of the invariants to look at."""
        parser.add_argument("names", nargs="*", help="I-zero, I-chain …; all if none is given")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one line for each, and the ids for which it does not hold."""
        broken = []
        with no_time_limit():
            try:
                outcomes = check_invariants(options["names"])
            except UnknownInvariant as unknown:
                raise CommandError(f"unknown invariant: {unknown}", returncode=2) from None
            for outcome in outcomes:
                self._print(outcome)
                broken += [] if outcome.holds else [outcome.name]
        if broken:
            raise CommandError(f"{', '.join(broken)} broken")

    def _print(self, outcome: Outcome) -> None:
        verdict = "ok" if outcome.holds else f"FAILED for {len(outcome.finding.broken)}"
        self.stdout.write(
            f"{outcome.name:<16} {outcome.finding.looked_at:>10,} rows"
            f" {outcome.seconds:>8.2f} s  {verdict}"
        )
        for name in outcome.finding.broken[:_IDS_SHOWN]:
            self.stdout.write(f"    {name}")
        if len(outcome.finding.broken) > _IDS_SHOWN:
            self.stdout.write(f"    and {len(outcome.finding.broken) - _IDS_SHOWN} more")
