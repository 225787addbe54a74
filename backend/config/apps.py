"""Start-up of the configuration."""

from importlib import import_module

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Start-up checks."""

    name = "backend.config"
    label = "config"

    def ready(self) -> None:
        """Register the checks that refuse to start."""
        import_module("backend.config.checks")
