"""`manage.py register_webhook --url URL --save FILE`: have Stripe send its events here.

Two endpoints with the same address: one tells of our own account, the other of the committees'.
"""

import secrets
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from backend.payments.gateways.stripe import StripeRefused, StripeUnreachable, register_endpoint


class Command(BaseCommand):
    """Makes the endpoints and keeps their signing secrets in a file that only its owner reads."""

    help = "Make the webhook endpoints at Stripe and save their signing secrets to a file."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the address and the file."""
        parser.add_argument("--url", required=True, help="…/webhooks/stripe/ of this site")
        parser.add_argument("--save", required=True, type=Path, help="file for the secrets (0600)")

    def handle(self, **options: Any) -> None:
        """Register once; Stripe tells each secret only then."""
        key = f"webhook:{secrets.token_hex(8)}"
        try:
            told = [
                register_endpoint(url=options["url"], key=f"{key}:own"),
                register_endpoint(url=options["url"], key=f"{key}:committees", of_committees=True),
            ]
        except (StripeRefused, StripeUnreachable) as problem:
            raise CommandError(f"Stripe did not make the endpoints: {problem}") from problem
        target: Path = options["save"]
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch(mode=0o600)
        target.chmod(0o600)
        target.write_text(",".join(told))
        self.stdout.write(f"Stripe will send its events to {options['url']}")
