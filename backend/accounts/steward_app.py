"""Start-up of the admin."""

from django.contrib.admin.apps import AdminConfig


class StewardAdminConfig(AdminConfig):
    """Django's admin with our door."""

    default = False
    default_site = "backend.accounts.stewards.StewardSite"
