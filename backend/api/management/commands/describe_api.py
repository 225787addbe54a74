"""Print the API's description: `manage.py describe_api > docs/openapi.json`."""

import json
from typing import Any

from django.core.management.base import BaseCommand

from backend.api.description import described_api


def written() -> str:
    """Return the description as it stands in docs/openapi.json."""
    return json.dumps(described_api(), indent=1, ensure_ascii=False) + "\n"


class Command(BaseCommand):
    """See the module."""

    help = "Print the API's description in OpenAPI 3.1."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print it."""
        self.stdout.write(written(), ending="")
