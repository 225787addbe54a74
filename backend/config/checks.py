"""What refuses to start: each check names what is unsafe and how to put it right.

Source of the list: docs/operations.md, "Settings that refuse to start".
"""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004  # its name
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
# Ten per cent: more would be no fee but a partner.
MOST_PLATFORM_FEE = 1_000
WITHOUT_ACCOUNT = "SELECT count(*) FROM organisations_organisation WHERE stripe_account = ''"
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


@register()
def refuse_platform_fee(app_configs: Sequence[Any] | None, **rest: Any) -> list[CheckMessage]:
    """Return an error for a fee of the platform that is none, or too much."""
    if 0 <= settings.PLATFORM_FEE_PER_TEN_THOUSAND <= MOST_PLATFORM_FEE:
        return []
    return [
        Error(
            f"PLATFORM_FEE_PER_TEN_THOUSAND must be between 0 and {MOST_PLATFORM_FEE}.",
            id="twinfund.E008",
        )
    ]


@register(Tags.database)
def tell_of_gifts_without_fee(databases: Sequence[str] | None, **rest: Any) -> list[CheckMessage]:
    """Return a warning while the platform's fee cannot be taken of some gifts.

    Stripe takes it only on a committee's own account; on the installation's own key it is 0.
    """
    if not settings.PLATFORM_FEE_PER_TEN_THOUSAND:
        return []
    for alias in databases or []:
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT to_regclass('organisations_organisation')")
            row = cursor.fetchone()
            if row is None or row[0] is None:
                continue  # not migrated yet
            cursor.execute(WITHOUT_ACCOUNT)
            (number,) = cursor.fetchone() or (0,)
        if number:
            return [
                Warning(
                    f"{number} committees have no Stripe account of their own: of their gifts no"
                    " platform fee is taken.",
                    id="twinfund.W001",
                )
            ]
    return []
