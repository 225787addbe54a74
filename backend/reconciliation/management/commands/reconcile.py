"""Compare the three records now, and name what differs."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from backend.money.display import format_money
from backend.reconciliation.models import Comparison
from backend.reconciliation.operations import compare_records


class Command(BaseCommand):
    """`manage.py reconcile`: exit 1 if something differs, 2 if Stripe did not answer."""

    help = "Compare receipts, book and Stripe's record of the last 35 days; exit 1 if they differ."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take from which age on something is missed."""
        parser.add_argument(
            "--young", type=int, default=15, metavar="MINUTES",
            help="what is younger is not missed yet (15)",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one line of figures and one for each difference."""
        now = timezone.now()
        comparison = compare_records(at=now, young=timedelta(minutes=options["young"]))
        differences = list(comparison.differences.order_by("at", "id"))
        self.stdout.write(_figures(comparison, len(differences)))
        for row in differences:
            age = int((now - row.at).total_seconds()) // 60
            amount = format_money(row.amount, "en")
            self.stdout.write(f"    {row.kind} {row.name} {amount} since {age} min")
        if differences:
            raise CommandError(f"{len(differences)} differ", returncode=1)
        if comparison.silent_accounts:
            raise CommandError("Stripe did not answer for every account", returncode=2)


def _figures(comparison: Comparison, differences: int) -> str:
    return (
        f"{comparison.stripe_lines:,} lines at Stripe, {comparison.postings:,} postings, "
        f"{comparison.receipts:,} receipts; {comparison.on_the_way:,} on their way, "
        f"{comparison.under_way:,} debits under way, "
        f"{comparison.payouts:,} payouts, {comparison.silent_accounts:,} silent accounts; "
        f"{differences:,} differ"
    )
