"""Start-up of the payments app."""

from importlib import import_module

from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    """Payments through Stripe."""

    name = "backend.payments"
    verbose_name = "Payments"

    def ready(self) -> None:
        """Register the invariants."""
        import_module("backend.payments.invariants")
