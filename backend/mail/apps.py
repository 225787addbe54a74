"""Start-up of the mail app."""

from django.apps import AppConfig


class MailConfig(AppConfig):
    """Outbox and demo mailbox."""

    name = "backend.mail"
    verbose_name = "Mail"
