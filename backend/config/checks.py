"""What refuses to start: each check names what is unsafe and how to put it right.

Source of the list: docs/operations.md, "Settings that refuse to start".
"""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections

PUBLISHED_SECRETS = {"whsec_test", "whsec_123", "whsec_secret", "changeme"}
LEAST_KEY_LENGTH = 50
# The triggers without which the book could be edited; ledger/migrations/0002 makes them.
LEDGER_GUARDS = frozenset(
    {
        ("ledger_account", "ledger_never_changed"),
        ("ledger_transaction", "ledger_never_changed"),
        ("ledger_entry", "ledger_never_changed"),
        ("ledger_chain", "ledger_never_removed"),
        ("ledger_entry", "ledger_no_entry_too_many"),
        ("ledger_transaction", "ledger_balances_at_commit"),
        ("ledger_transaction", "ledger_linked_to_the_line_before"),
        ("ledger_chain", "ledger_begins_empty"),
        ("ledger_chain", "ledger_moves_forward"),
    }
)
GUARDS_THAT_STAND = """
SELECT relname, tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
WHERE NOT tgisinternal AND tgenabled <> 'D' AND relname LIKE 'ledger\\_%%'
"""


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
            "sample" in settings.OPERATOR["name"].lower()
            or not all(settings.OPERATOR[part] for part in ("name", "address", "email")),
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


@register(Tags.database)
def refuse_unguarded_ledger(databases: Sequence[str] | None, **rest: Any) -> list[CheckMessage]:
    """Return an error if the book stands there and could be edited."""
    problems: list[CheckMessage] = []
    for alias in databases or []:
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT to_regclass('ledger_entry')")
            row = cursor.fetchone()
            if row is None or row[0] is None:
                continue  # not migrated yet
            cursor.execute(GUARDS_THAT_STAND)
            missing = LEDGER_GUARDS - set(cursor.fetchall())
        if missing:
            names = ", ".join(sorted(f"{trigger} on {table}" for table, trigger in missing))
            problems.append(Error(f"The ledger is not guarded: {names}.", id="twinfund.E006"))
    return problems
