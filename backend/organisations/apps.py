"""Start-up of the organisations app."""

from django.apps import AppConfig


class OrganisationsConfig(AppConfig):
    """Committees, companies, institutions, public bodies."""

    name = "backend.organisations"
    verbose_name = "Organisations"
