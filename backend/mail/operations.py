"""Queue a mail, send a mail, note what a reader does not want.

A mail is a row of the outbox, written in the transaction of the event that it tells of; a job
sends it. A bad address parks its own row and holds up nobody else's. What its reader declined
keeps its row and is not sent, now or later.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation

from backend.jobs.queue import enqueue
from backend.mail.categories import DECLINABLE, Category, category_of
from backend.mail.models import Mail, Reader
from backend.mail.queries import stop_address, waiting_mails

MAXIMUM_ATTEMPTS = 10
# Longer than the ten attempts of a mail's own job take.
ASK_AGAIN_AFTER = timedelta(minutes=40)
MOST_AT_ONCE = 200


@transaction.atomic
def queue_mail(  # what an envelope and a sheet need, no more
    *,
    kind: str,
    reference: str,
    recipient: str,
    language: str,
    subject: str,
    template: str,
    context: dict[str, object],
    at: datetime,
    useless_after: datetime | None = None,
) -> Mail:
    """Write a mail to the outbox, once per (kind, reference, recipient), and have it sent.

    `template` names `mail/<template>.txt` and `.html`; `subject` is already in `language`.
    Queuing the same mail again returns the first row. What the reader declined is written down
    as declined. What holds a secret is useless after a moment: later it is not sent. Raises
    UnknownKind for a kind without a category.
    """
    category = category_of(kind)
    reader = _reader(recipient) if category in DECLINABLE else None
    foot = {
        "category": category.value,
        "stop_address": stop_address(reader, category, language) if reader else "",
    }
    text, html = written(
        template=template, subject=subject, language=language, context={**context, **foot}
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
            "state": _first_state(reader, category),
            "queued_at": at,
            "useless_after": useless_after,
        },
    )
    if created and mail.state == Mail.State.QUEUED:
        enqueue("mail.send", mail_id=str(mail.pk))
    return mail


def written(
    *, template: str, subject: str, language: str, context: dict[str, object]
) -> tuple[str, str]:
    """Return a letter as text and as HTML, each with its foot: why the reader gets it."""
    with translation.override(language):
        text = render_to_string(f"mail/{template}.txt", context).strip()
        foot = render_to_string("mail/foot.txt", context).strip()
        sheet = {**context, "subject": subject, "language": language}
        html = render_to_string(f"mail/{template}.html", sheet)
    return f"{text}\n\n{foot}\n", html


def _reader(address: str) -> Reader:
    return Reader.objects.get_or_create(address=address.lower())[0]


def _first_state(reader: Reader | None, category: Category) -> str:
    declined = reader is not None and category in reader.declined
    return Mail.State.DECLINED if declined else Mail.State.QUEUED


@transaction.atomic
def decline(*, reader_id: UUID, category: Category) -> Reader:
    """Send the reader no more letters of the category, also none that waits; twice is harmless.

    Raises ValueError for a category that is always sent.
    """
    if category not in DECLINABLE:
        raise ValueError(f"{category} is always sent")
    reader = Reader.objects.select_for_update().get(pk=reader_id)
    return _keep(reader, {*reader.declined, category})


@transaction.atomic
def want_again(*, reader_id: UUID, category: Category) -> Reader:
    """Send the reader letters of the category again: those that are yet to be written."""
    reader = Reader.objects.select_for_update().get(pk=reader_id)
    return _keep(reader, {*reader.declined} - {category})


@transaction.atomic
def choose_letters(*, address: str, wanted: Collection[Category]) -> Reader:
    """Keep which of the declinable categories somebody wants; the others are declined."""
    _reader(address)
    reader = Reader.objects.select_for_update().get(address=address.lower())
    return _keep(reader, {category for category in DECLINABLE if category not in wanted})


def _keep(reader: Reader, declined: Collection[str]) -> Reader:
    reader.declined = sorted(str(category) for category in declined)
    reader.save(update_fields=["declined"])
    return reader


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
    category = category_of(mail.kind)
    reader = _reader(mail.recipient) if category in DECLINABLE else None
    if _first_state(reader, category) == Mail.State.DECLINED:
        return _end(mail, Mail.State.DECLINED)
    if mail.useless_after and at >= mail.useless_after:
        return _end(mail, Mail.State.PARKED, problem="too late")

    message = EmailMultiAlternatives(
        subject=mail.subject,
        body=mail.text,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[mail.recipient],
        headers={
            "Auto-Submitted": "auto-generated",
            "Message-ID": _message_id(mail),
            **(_one_click(reader, category, mail.language) if reader else {}),
        },
    )
    message.attach_alternative(mail.html, "text/html")
    message.send()
    mail.sent_at = at
    mail.attempts += 1
    return _end(mail, Mail.State.SENT)


def _end(mail: Mail, state: str, *, problem: str = "") -> Mail:
    """Let the mail rest in `state`, and forget the words of one that held a secret."""
    mail.state = state
    mail.problem = problem or mail.problem
    if mail.useless_after:
        mail.text = mail.html = ""
    mail.save()
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
    is_last = final or mail.attempts >= MAXIMUM_ATTEMPTS
    if mail.state == Mail.State.QUEUED and is_last:
        return _end(mail, Mail.State.PARKED)
    mail.save(update_fields=["attempts", "problem"])
    return mail


def _message_id(mail: Mail) -> str:
    """Return an id that stays the same when a mail is sent again, so mailboxes show it once."""
    return f"<{mail.pk}@{settings.MAIL_DOMAIN}>"


def _one_click(reader: Reader, category: Category, language: str) -> dict[str, str]:
    """Return the headers by which a mail program offers to stop these letters (RFC 8058)."""
    return {
        "List-Unsubscribe": f"<{stop_address(reader, category, language)}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
