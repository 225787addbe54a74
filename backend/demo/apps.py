"""The demonstration's app: sample projects and the command that loads them."""

from django.apps import AppConfig


class DemoConfig(AppConfig):
    """Has no tables of its own; it fills those of the others."""

    name = "backend.demo"
    label = "demo"
