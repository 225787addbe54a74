"""Start-up of the giving app."""

from importlib import import_module

from django.apps import AppConfig


class GivingConfig(AppConfig):
    """Monthly gifts: begun, collected, receipted, paused, stopped."""

    name = "backend.giving"
    verbose_name = "Monthly gifts"

    def ready(self) -> None:
        """Register the subscribers and the invariants."""
        import_module("backend.giving.subscribers")
        import_module("backend.giving.invariants")
