"""`manage.py register_webhook --url URL --save FILE`: have Stripe send its events here."""

import secrets
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from backend.payments.gateways.stripe import StripeRefused, StripeUnreachable, register_endpoint


class Command(BaseCommand):
    """Makes the endpoint and keeps its signing secret in a file that only its owner reads."""

    help = "Make a webhook endpoint at Stripe and save its signing secret to a file."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the address and the file."""
        parser.add_argument("--url", required=True, help="…/webhooks/stripe/ of this site")
        parser.add_argument("--save", required=True, type=Path, help="file for the secret (0600)")

    def handle(self, **options: Any) -> None:
        """Register once; Stripe tells the secret only then."""
        try:
            secret = register_endpoint(url=options["url"], key=f"webhook:{secrets.token_hex(8)}")
        except (StripeRefused, StripeUnreachable) as problem:
            raise CommandError(f"Stripe did not make the endpoint: {problem}") from problem
        target: Path = options["save"]
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch(mode=0o600)
        target.chmod(0o600)
        target.write_text(secret)
        self.stdout.write(f"Stripe will send its events to {options['url']}")
