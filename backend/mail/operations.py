"""Queue a mail, send a mail.

A mail is a row of the outbox, written in the transaction of the event that it tells of; a job
sends it. A bad address parks its own row and holds up nobody else's.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation

from backend.jobs.queue import enqueue
from backend.mail.models import Mail
from backend.mail.queries import waiting_mails

MAXIMUM_ATTEMPTS = 10
# Longer than the ten attempts of a mail's own job take.
ASK_AGAIN_AFTER = timedelta(minutes=40)
MOST_AT_ONCE = 200


@transaction.atomic
def queue_mail(
    *,
    kind: str,
    reference: str,
    recipient: str,
    language: str,
    subject: str,
    template: str,
    context: dict[str, object],
    at: datetime,
) -> Mail:
    """Write a mail to the outbox, once per (kind, reference, recipient), and have it sent.

    `template` names `mail/<template>.txt` and `.html`; `subject` is already in `language`.
    Queuing the same mail again returns the first row.
    """
    with translation.override(language):
        text = render_to_string(f"mail/{template}.txt", context).strip() + "\n"
        html = render_to_string(
            f"mail/{template}.html", {**context, "subject": subject, "language": language}
        )
    mail, created = Mail.objects.get_or_create(
        kind=kind,
        reference=reference,
        recipient=recipient,
        defaults={
            "language": language,
            "subject": subject,
            "text": text,
            "html": html,
            "queued_at": at,
        },
    )
    if created:
        enqueue("mail.send", mail_id=str(mail.pk))
    return mail


@transaction.atomic
def send_mail(*, mail_id: UUID, at: datetime) -> Mail:
    """Hand one mail to the mail server; sending it again is harmless.

    The row stays locked while the server answers, so two workers cannot both send it. An
    unreachable server raises, the job tries again later; an address that the server refuses,
    or too many attempts, park the row for a person.
    """
    mail = Mail.objects.select_for_update().get(pk=mail_id)
    if mail.state != Mail.State.QUEUED:
        return mail

    message = EmailMultiAlternatives(
        subject=mail.subject,
        body=mail.text,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[mail.recipient],
        headers={"Auto-Submitted": "auto-generated", "Message-ID": _message_id(mail)},
    )
    message.attach_alternative(mail.html, "text/html")
    message.send()
    mail.state, mail.sent_at = Mail.State.SENT, at
    mail.attempts += 1
    mail.save(update_fields=["state", "sent_at", "attempts"])
    return mail


def look_after_mails(*, at: datetime) -> int:
    """Ask again for the mails whose job was lost or gave up; return how many."""
    waiting = waiting_mails(before=at - ASK_AGAIN_AFTER)[:MOST_AT_ONCE]
    for mail in waiting:
        enqueue("mail.send", mail_id=str(mail.pk), once=f"mail:{mail.pk}")
    return len(waiting)


@transaction.atomic
def note_failed_attempt(*, mail_id: UUID, problem: str, final: bool) -> Mail:
    """Count an attempt that the mail server refused; park the mail when it was the last."""
    mail = Mail.objects.select_for_update().get(pk=mail_id)
    mail.attempts += 1
    mail.problem = problem[:300]
    if mail.state == Mail.State.QUEUED and (final or mail.attempts >= MAXIMUM_ATTEMPTS):
        mail.state = Mail.State.PARKED
    mail.save(update_fields=["attempts", "problem", "state"])
    return mail


def _message_id(mail: Mail) -> str:
    """Return an id that stays the same when a mail is sent again, so mailboxes show it once."""
    return f"<{mail.pk}@{settings.MAIL_DOMAIN}>"
