"""Samples of the letters about accounts: the templates that allauth fills, filled once."""

from datetime import UTC, datetime
from functools import partial

from django.conf import settings
from django.template.loader import render_to_string

from backend.accounts.adapter import kind_of
from backend.mail.previews import Sheet, sample

ACCOUNT = (
    "account_already_exists", "email_changed", "email_confirm", "email_confirmation",
    "email_confirmation_signup", "email_deleted", "login_code", "password_changed",
    "password_reset", "password_reset_key", "password_set", "unknown_account",
)  # fmt: skip
SECOND_FACTOR = (
    "recovery_codes_generated", "totp_activated", "totp_deactivated", "webauthn_added",
    "webauthn_removed",
)  # fmt: skip
PREFIXES = (
    *(f"account/email/{name}" for name in ACCOUNT),
    *(f"mfa/email/{name}" for name in SECOND_FACTOR),
)


def _sheet(prefix: str) -> Sheet:
    link = f"{settings.SITE_URL}/en/accounts/sample/"
    filled = {
        "email": "new@example.org",
        "from_email": "old@example.org",
        "to_email": "new@example.org",
        "deleted_email": "old@example.org",
        "code": "SAMPLE",
        "activate_url": link,
        "password_reset_url": link,
        "signup_url": link,
        "ip": "192.0.2.1",
        "timestamp": datetime(2030, 6, 1, 12, 0, tzinfo=UTC),
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
    }
    return Sheet(
        subject=" ".join(render_to_string(f"{prefix}_subject.txt", filled).split()),
        template="account",
        context={
            "words": render_to_string(f"{prefix}_message.txt", filled).strip(),
            "site_name": settings.SITE_NAME,
            "is_demo": settings.IS_DEMO,
        },
    )


for _prefix in PREFIXES:
    sample(kind_of(_prefix), partial(_sheet, _prefix))
