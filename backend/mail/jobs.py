"""The job that sends mail."""

from smtplib import SMTPDataError, SMTPException, SMTPRecipientsRefused
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
    except (BadHeaderError, UnicodeError) as refusal:
        note_failed_attempt(mail_id=key, problem=type(refusal).__name__, final=True)
    except (SMTPException, OSError) as failure:
        code, words = _answer_of(failure)
        problem = f"{type(failure).__name__} {code} {words}".rstrip(" 0")
        mail = note_failed_attempt(mail_id=key, problem=problem, final=500 <= code < 600)
        if mail.state == Mail.State.QUEUED:
            raise


def _answer_of(failure: Exception) -> tuple[int, str]:
    """Return what the mail server said of this letter, or 0 where it said nothing of it.

    From 500 on it will not change its mind; below, it asks to come back later. A refusal of our
    sign-in or sender is no fault of the letter.
    """
    code: int
    words: bytes | str
    if isinstance(failure, SMTPRecipientsRefused):
        [(code, words)] = failure.recipients.values()
    elif isinstance(failure, SMTPDataError):
        code, words = failure.smtp_code, failure.smtp_error
    else:
        return 0, ""
    return code, words.decode(errors="replace") if isinstance(words, bytes) else words


@periodic("mail.sweep", cron=settings.STRIPE_SWEEP_CRON)
def sweep() -> None:
    """Ask again for mails whose job was lost."""
    look_after_mails(at=timezone.now())
