"""The outbox, and the mailbox in which the demo shows what was sent.

Plumbing: it stores addresses and opaque references, no key to any other app.
"""

from uuid import uuid4

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from backend.common.ids import uuid7
from backend.mail.categories import DECLINABLE


class Mail(models.Model):
    """One notification to one person; the same one is never queued twice."""

    class State(models.TextChoices):
        QUEUED = "queued"
        SENT = "sent"
        PARKED = "parked"
        DECLINED = "declined"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=60)
    reference = models.CharField(max_length=120)
    recipient = models.EmailField(max_length=254)
    language = models.CharField(max_length=5)
    subject = models.CharField(max_length=200)
    text = models.TextField()
    html = models.TextField()
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    problem = models.CharField(max_length=300, blank=True)
    queued_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    # Of a letter with a code or a link to sign in: when that ends. Then nothing is sent any more,
    # and its words are forgotten as soon as they have left.
    useless_after = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(useless_after__isnull=True) | Q(state="queued") | Q(text="", html=""),
                name="mail_forgets_its_secret",
            ),
            models.UniqueConstraint(
                fields=["kind", "reference", "recipient"], name="mail_once_per_person"
            ),
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False)
                | (~Q(state="sent") & Q(sent_at__isnull=True)),
                name="mail_sent_has_a_moment",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.reference}"


class Reader(models.Model):
    """Somebody who may decline letters, by address; made when the first such letter is queued."""

    # In the links of letters; it must not tell when the first one was written.
    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    address = models.EmailField(max_length=254, unique=True)
    declined = ArrayField(models.CharField(max_length=20), default=list, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(address=Lower("address")), name="reader_address_is_lower"
            ),
            models.CheckConstraint(
                condition=Q(declined__contained_by=[category.value for category in DECLINABLE]),
                name="reader_declines_what_may_be",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class DemoMessage(models.Model):
    """A message that the demo would have sent; shown on the demo's mailbox page."""

    recipients = models.TextField()
    subject = models.CharField(max_length=300)
    text = models.TextField()
    html = models.TextField(blank=True)
    sent_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["-sent_at", "-id"], name="demo_message_newest")]

    def __str__(self) -> str:
        return self.subject
