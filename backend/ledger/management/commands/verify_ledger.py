"""Verify the hash chains of the book, all of them or the ones named."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from backend.ledger.patience import no_time_limit
from backend.ledger.queries import NoSuchChain, day_heads, verify_all_chains, verify_chain


class Command(BaseCommand):
    """`manage.py verify_ledger [--chain CODE …]`: exit 1 names the chain and the line."""

    help = "Verify every line of the book against its hash; exit 1 names the chain and the line."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the chains to look at."""
        parser.add_argument(
            "--chain", action="append", default=[], help="only this one, as `project:<id>`"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the chains named, or the sum of all and the head of the day."""
        with no_time_limit():
            if options["chain"]:
                self._verify_named(options["chain"])
            else:
                self._verify_all()

    def _verify_named(self, chains: list[str]) -> None:
        try:
            checks = [verify_chain(chain) for chain in chains]
        except NoSuchChain as unknown:
            raise CommandError(f"there is no chain {unknown}", returncode=2) from None
        for check in checks:
            self.stdout.write(str(check))
        self._judge(sum(not check.holds for check in checks))

    def _verify_all(self) -> None:
        chains = lines = broken = 0
        for check in verify_all_chains():
            chains, lines = chains + 1, lines + check.lines
            if not check.holds:
                broken += 1
                self.stdout.write(str(check))
        today = day_heads(timezone.now().date())
        self.stdout.write(f"{chains} chains, {lines} lines hold")
        self.stdout.write(f"head of {today.day} over {today.chains} chains: {today.hash}")
        self._judge(broken)

    def _judge(self, broken: int) -> None:
        if broken:
            raise CommandError(f"{broken} chains do not hold")
