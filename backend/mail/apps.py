"""Start-up of the mail app."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class MailConfig(AppConfig):
    """Outbox and demo mailbox."""

    name = "backend.mail"
    verbose_name = "Mail"

    def ready(self) -> None:
        """Learn the samples of letters that the apps give."""
        autodiscover_modules("letter_samples")
