"""What allauth asks us about accounts: our words, our mails, and who hears of a proved address."""

from datetime import timedelta
from typing import Any, ClassVar
from urllib.parse import urlsplit, urlunsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from backend.accounts.events import AddressProved
from backend.common.ids import uuid7
from backend.events.bus import announce
from backend.mail.operations import queue_mail

# Letters with a code or a link, and how long it is good for; later they are not sent.
GOOD_FOR = {
    "account_login_code": timedelta(seconds=settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT),
    "account_password_reset_key": timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT),
    "account_account_already_exists": timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT),
    "account_email_confirmation": timedelta(days=3),
    "account_email_confirmation_signup": timedelta(days=3),
}


class AccountAdapter(DefaultAccountAdapter):
    """Keeps the language of a sign-up, and tells when an address is proved."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": _("This account is closed."),
        "duplicate_email": _("This address belongs to your account already."),
        "email_password_mismatch": _("E-mail or password is wrong."),
        "email_taken": _("This address belongs to another account."),
        "enter_current_password": _("This is not your current password."),
        "incorrect_code": _("This code is wrong or no longer valid."),
        "incorrect_password": _("The password is wrong."),
        "rate_limited": _("Too many attempts. Try again in some minutes."),
        "too_many_login_attempts": _("Too many attempts. Try again in some minutes."),
        "same_as_current": _("This is your address already."),
    }

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Queue a mail whose links lead to this site, whatever host the request named.

        Each asking is a letter of its own; the outbox tries it again while its code is good.
        """
        ours = {
            name: _on_this_site(value) if name.endswith("_url") else value
            for name, value in context.items()
        }
        sender = {"site_name": settings.SITE_NAME, "site_url": settings.SITE_URL}
        message = self.render_mail(template_prefix, email, {"email": email, **ours, **sender})
        now, kind = timezone.now(), kind_of(template_prefix)
        good_for = GOOD_FOR.get(kind)
        queue_mail(
            kind=kind,
            reference=str(uuid7()),
            recipient=email,
            language=get_language() or "en",
            subject=str(message.subject)[:200],
            template="account",
            context={
                "words": str(message.body),
                "site_name": settings.SITE_NAME,
                "is_demo": settings.IS_DEMO,
            },
            at=now,
            useless_after=now + good_for if good_for else None,
        )

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


class SecondFactorAdapter(DefaultMFAAdapter):
    """Our words about passkeys and codes, and our name on the device."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultMFAAdapter.error_messages,
        "add_email_blocked": _("Remove passkeys and code app first; then change the address."),
        "cannot_delete_authenticator": _("You need this to sign in."),
        "cannot_generate_recovery_codes": _("Add a passkey or a code app first."),
        "incorrect_code": _("This code is wrong or no longer valid."),
        "unverified_email": _("Confirm your address first."),
    }

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Name this site to the device; the host stays what the browser shows."""
        return {**super().get_public_key_credential_rp_entity(), "name": settings.SITE_NAME}


def kind_of(template_prefix: str) -> str:
    """Return what the outbox calls the letter of `account/email/login_code`."""
    return f"account_{template_prefix.rpartition('/')[2]}"


def _on_this_site(url: str) -> str:
    """Return `url` with this site's scheme and host."""
    site = urlsplit(settings.SITE_URL)
    return urlunsplit(urlsplit(url)._replace(scheme=site.scheme, netloc=site.netloc))
