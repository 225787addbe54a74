"""Reading the demo's mailbox."""

from django.db.models import QuerySet

from backend.mail.models import DemoMessage


def demo_messages() -> QuerySet[DemoMessage]:
    """Return what the demo would have sent, the newest first."""
    return DemoMessage.objects.order_by("-sent_at", "-id")
