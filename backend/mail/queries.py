"""Questions about the outbox and its readers, and reading the demo's mailbox."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db.models import QuerySet

from backend.mail.categories import DECLINABLE, NAMES, Category
from backend.mail.models import DemoMessage, Mail, Reader

SENT_WITHIN = timedelta(hours=1)
# Signed apart from everything else that is signed here.
SIGNER = Signer(salt="backend.mail.reader", sep=".")


class NoSuchReader(LookupError):
    """No link of ours looks like this."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One category as its reader sees it: what it is called, and whether they get it."""

    category: Category
    name: str
    about: str
    may_decline: bool
    is_wanted: bool


def token_of(reader: Reader) -> str:
    """Return what stands for the reader in a link; nobody else can make it up."""
    return SIGNER.sign(reader.pk.hex)


def reader_of(token: str) -> Reader:
    """Return whom the signed part of a link is about. Raises NoSuchReader."""
    try:
        return Reader.objects.get(pk=UUID(SIGNER.unsign(token)))
    except (BadSignature, ValueError, Reader.DoesNotExist) as unknown:
        raise NoSuchReader from unknown


def stop_address(reader: Reader, category: Category, language: str) -> str:
    """Return the address by which one click stops the letters of a category."""
    path = settings.STOP_LETTERS_ADDRESS.format(
        language=language, token=token_of(reader), category=category
    )
    return f"{settings.SITE_URL}{path}"


def choices_of(address: str) -> list[Choice]:
    """Return every category, those that can be declined first."""
    reader = Reader.objects.filter(address=address.lower()).first()
    declined = reader.declined if reader else []
    order = sorted(Category, key=lambda category: category not in DECLINABLE)
    return [
        Choice(
            category=category,
            name=str(NAMES[category][0]),
            about=str(NAMES[category][1]),
            may_decline=category in DECLINABLE,
            is_wanted=category not in declined,
        )
        for category in order
    ]


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
