"""The forms of signing in: allauth's own, in our words.

Labels stand above their fields and nothing stands inside them; a new password is typed once, in
a field that the browser can show.
"""

from typing import Any

from allauth.account import forms as account
from allauth.mfa.base import forms as second_step
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn
from django import forms
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

LABELS = {
    "login": _("E-mail"),
    "email": _("E-mail"),
    "password": _("Password"),
    "password1": _("New password"),
    "oldpassword": _("Password until now"),
    "remember": _("Stay signed in here for 14 days"),
    "code": _("Code"),
    "name": _("Name of the passkey"),
}
HINTS = {
    "password1": _("At least 12 characters. A short sentence is easy to keep in mind."),
    "name": _("For yourself, such as “phone” or “key on my desk”."),
}
LONGEST_NAME = 60


class InOurWords(forms.Form):
    """Mix in before one of allauth's forms."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Put our words into the form as allauth made it."""
        super().__init__(*args, **kwargs)
        self.fields.pop("password2", None)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.label = LABELS.get(name, field.label)
            field.help_text = HINTS.get(name, "")
        if "code" in self.fields:
            self.fields["code"].widget.attrs |= {"autocapitalize": "none", "spellcheck": "false"}


class LoginForm(InOurWords, account.LoginForm):
    """E-mail and password."""


class SignupForm(InOurWords, account.SignupForm):
    """E-mail and a new password."""

    def try_save(self, request: HttpRequest) -> Any:
        """Make the account; whoever was a moment slower hears what all hear who have one."""
        try:
            with transaction.atomic():
                return super().try_save(request)
        except IntegrityError:
            self.account_already_exists = True
            return super().try_save(request)


class ChangePasswordForm(InOurWords, account.ChangePasswordForm):
    """The old password and a new one."""


class SetPasswordForm(InOurWords, account.SetPasswordForm):
    """A first password."""


class ResetPasswordForm(InOurWords, account.ResetPasswordForm):
    """The address to which the link goes."""


class ResetPasswordKeyForm(InOurWords, account.ResetPasswordKeyForm):
    """A new password, by the link."""


class AddEmailForm(InOurWords, account.AddEmailForm):
    """Another address."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Say which address is meant."""
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _("New e-mail address")


class ReauthenticateForm(InOurWords, account.ReauthenticateForm):
    """The password once more."""


class RequestLoginCodeForm(InOurWords, account.RequestLoginCodeForm):
    """The address to which the code goes."""


class ConfirmLoginCodeForm(InOurWords, account.ConfirmLoginCodeForm):
    """The code of the mail."""


class AuthenticateForm(InOurWords, second_step.AuthenticateForm):
    """A code of the app, or a recovery code."""


class ReauthenticateByCodeForm(InOurWords, second_step.ReauthenticateForm):
    """A code of the app, or a recovery code, once more."""


class ActivateTotpForm(InOurWords, totp.ActivateTOTPForm):
    """The first code of the app."""


class AddPasskeyForm(InOurWords, webauthn.AddWebAuthnForm):
    """A name, and what the browser answered. A passkey always asks for finger, face or PIN."""

    name = forms.CharField(required=False, max_length=LONGEST_NAME)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer no choice between a passkey and a mere second step."""
        super().__init__(*args, **kwargs)
        self.fields.pop("passwordless", None)
        self.fields["name"].widget.attrs["autocomplete"] = "off"


class RenamePasskeyForm(InOurWords, webauthn.EditWebAuthnForm):
    """Another name."""

    name = forms.CharField(max_length=LONGEST_NAME)
