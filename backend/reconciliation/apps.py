"""Start-up of the reconciliation."""

from django.apps import AppConfig


class ReconciliationConfig(AppConfig):
    """See the package's docstring."""

    name = "backend.reconciliation"
    default_auto_field = "django.db.models.BigAutoField"
