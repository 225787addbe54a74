"""The job that sends mail."""

from smtplib import SMTPException, SMTPRecipientsRefused, SMTPServerDisconnected
from uuid import UUID

from django.conf import settings
from django.core.mail import BadHeaderError
from django.utils import timezone

from backend.jobs.queue import job, periodic
from backend.mail.models import Mail
from backend.mail.operations import look_after_mails, note_failed_attempt, send_mail


@job("mail.send")
def send(mail_id: str) -> None:
    """Send one mail of the outbox; a refused address is parked, a silent server tried again."""
    key = UUID(mail_id)
    try:
        send_mail(mail_id=key, at=timezone.now())
    except (SMTPRecipientsRefused, BadHeaderError, UnicodeError) as refusal:
        note_failed_attempt(mail_id=key, problem=type(refusal).__name__, final=True)
    except (SMTPException, SMTPServerDisconnected, OSError) as failure:
        mail = note_failed_attempt(mail_id=key, problem=type(failure).__name__, final=False)
        if mail.state == Mail.State.QUEUED:
            raise


@periodic("mail.sweep", cron=settings.STRIPE_SWEEP_CRON)
def sweep() -> None:
    """Ask again for mails whose job was lost."""
    look_after_mails(at=timezone.now())
