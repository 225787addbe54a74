"""Start-up of the ledger."""

from importlib import import_module

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """The book and its invariants."""

    name = "backend.ledger"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the ledger's own invariants beside those of the higher apps."""
        import_module("backend.ledger.invariants")
