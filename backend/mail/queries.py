"""Questions about the outbox, and reading the demo's mailbox."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db.models import QuerySet

from backend.mail.models import DemoMessage, Mail

SENT_WITHIN = timedelta(hours=1)


def written_about(*, kind: str, references: Collection[str]) -> set[str]:
    """Return those of `references` of which a mail of this kind stands in the outbox."""
    rows = Mail.objects.filter(kind=kind, reference__in=references)
    return set(rows.values_list("reference", flat=True))


def waiting_mails(*, before: datetime) -> QuerySet[Mail]:
    """Return the mails queued before that moment and not sent, the longest waiting first."""
    return Mail.objects.filter(state=Mail.State.QUEUED, queued_at__lt=before).order_by(
        "queued_at", "id"
    )


def mails_overdue(*, at: datetime) -> list[str]:
    """Return, as "kind reference", the mails that should long have been sent or parked."""
    return [str(mail) for mail in waiting_mails(before=at - SENT_WITHIN)]


def demo_messages() -> QuerySet[DemoMessage]:
    """Return what the demo would have sent, the newest first."""
    return DemoMessage.objects.order_by("-sent_at", "-id")
