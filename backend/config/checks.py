"""What refuses to start: each check names what is unsafe and how to put it right.

Source of the list: docs/operations.md, "Settings that refuse to start".
"""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

PUBLISHED_SECRETS = {"whsec_test", "whsec_123", "whsec_secret", "changeme"}
LEAST_KEY_LENGTH = 50


@register()
def refuse_unsafe_production(app_configs: Sequence[Any] | None, **rest: Any) -> list[CheckMessage]:
    """Return an error for each setting that must not go to production."""
    if settings.MODE != "production":
        return _refuse_live_keys_outside_production()
    problems = {
        "twinfund.E001": (
            bool(settings.STRIPE_API_BASE),
            "STRIPE_API_BASE names a stand-in for Stripe; leave it empty in production.",
        ),
        "twinfund.E002": (
            len(settings.SECRET_KEY) < LEAST_KEY_LENGTH or settings.SECRET_KEY.startswith("demo-"),
            "SECRET_KEY must be a random text of at least 50 characters.",
        ),
        "twinfund.E003": (
            not settings.STRIPE_WEBHOOK_SECRET
            or settings.STRIPE_WEBHOOK_SECRET in PUBLISHED_SECRETS,
            "STRIPE_WEBHOOK_SECRET is missing or a published value.",
        ),
        "twinfund.E004": (
            settings.DEBUG or not settings.IS_HTTPS,
            "DEBUG must be off and SITE_URL must begin with https://.",
        ),
        "twinfund.E005": (
            settings.ALLAUTH_TRUSTED_PROXY_COUNT == 0,
            "TRUSTED_PROXY_COUNT must say how many proxies stand before this server.",
        ),
        "twinfund.E007": (
            "sample" in settings.OPERATOR["name"].lower(),
            "OPERATOR_NAME, OPERATOR_ADDRESS and OPERATOR_EMAIL must name who runs this site.",
        ),
    }
    return [Error(text, id=code) for code, (is_wrong, text) in problems.items() if is_wrong]


def _refuse_live_keys_outside_production() -> list[CheckMessage]:
    if not settings.STRIPE_IS_LIVE:
        return []
    return [
        Error(
            "A live Stripe key works only in production mode (TWINFUND_MODE=production).",
            id="twinfund.E004",
        )
    ]
