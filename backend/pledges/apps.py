"""Start-up of the pledges app."""

from importlib import import_module

from django.apps import AppConfig


class PledgesConfig(AppConfig):
    """Pledges: made, paid, receipted."""

    name = "backend.pledges"
    verbose_name = "Pledges"

    def ready(self) -> None:
        """Register the subscribers and the invariants."""
        import_module("backend.pledges.subscribers")
        import_module("backend.pledges.invariants")
