"""The demo's mail server: a table that a page shows."""

from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

from backend.mail.models import DemoMessage


class DemoMailbox(BaseEmailBackend):
    """Keeps every message in the database instead of sending it."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Keep the messages and return how many there were."""
        now = timezone.now()
        DemoMessage.objects.bulk_create(
            DemoMessage(
                recipients=", ".join(message.recipients()),
                subject=message.subject[:300],
                text=str(message.body),
                html=_html_of(message),
                sent_at=now,
            )
            for message in email_messages
        )
        return len(email_messages)


def _html_of(message: EmailMessage) -> str:
    for alternative in getattr(message, "alternatives", []):
        if alternative.mimetype == "text/html":
            return str(alternative.content)
    return ""
