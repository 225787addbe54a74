"""Start-up of the accounts app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """People who sign in, by e-mail address."""

    name = "backend.accounts"
    verbose_name = "Accounts"
