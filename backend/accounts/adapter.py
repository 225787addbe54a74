"""What allauth asks us about accounts."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import get_language

from backend.accounts.events import AddressProved
from backend.events.bus import announce


class AccountAdapter(DefaultAccountAdapter):
    """Keeps the language of a sign-up, and tells when an address is proved."""

    def save_user(self, request: HttpRequest, user: Any, form: Any, commit: bool = True) -> Any:  # noqa: FBT001, FBT002  # allauth's signature
        """Make the account."""
        user.language = get_language() or "en"
        return super().save_user(request, user, form, commit)

    @transaction.atomic
    def confirm_email(self, request: HttpRequest, email_address: Any) -> bool:
        """Mark the address as proved, and tell those who care."""
        proved = bool(super().confirm_email(request, email_address))
        if proved:
            announce(AddressProved(email_address.user_id, email_address.email))
        return proved
