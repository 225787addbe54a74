"""Start-up of the throttles."""

from django.apps import AppConfig


class ThrottlesConfig(AppConfig):
    """Counts per window of time."""

    name = "backend.throttles"
    default_auto_field = "django.db.models.BigAutoField"
