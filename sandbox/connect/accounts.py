"""Open an account, make it ready, change its bank, let it go; each change is told.

The platform hears of it by account.updated, capability.updated, account.external_account.updated
and account.application.deauthorized, on its endpoints made with `connect`.
Source: https://docs.stripe.com/connect/webhooks
"""

from __future__ import annotations

from sandbox.connect.shapes import capability, v1_account
from sandbox.connect.standing import (
    ACTIVE,
    DOCUMENT,
    NEEDED,
    PENDING,
    RESTRICTED,
    Standing,
    bank_account,
)
from sandbox.errors import Refusal
from sandbox.ids import new_id
from sandbox.payments.cards import TEST_IBAN, check_iban
from sandbox.running import Sandbox
from sandbox.scope import Scope
from sandbox.store import Resource

OUTCOMES = ("active", "pending", "missing")
APPLICATION = "Twinfund"


def account_of(sandbox: Sandbox, account_id: str) -> Resource:
    """Return the platform or a connected account as v1 shows it; raises Refusal."""
    return v1_account(account_id, standing_of(sandbox, account_id))


def standing_of(sandbox: Sandbox, account_id: str) -> Standing:
    """Return how an account stands; raises Refusal (account_invalid) if it is not connected."""
    if account_id == sandbox.platform:
        return Standing(bank=_bank_of_platform(sandbox))
    rows = sandbox.store.where("account", account=sandbox.platform, id=account_id)
    private = sandbox.store.private(account_id)
    if not rows or private.get("deauthorized"):
        raise no_access(account_id)
    known = private.get("standing")
    old = rows[0]  # an account of before standings were kept: ready, as it always was
    return (
        Standing(**known)
        if known
        else Standing(country=old["country"], currency=old["default_currency"])
    )


def no_access(account_id: str) -> Refusal:
    """Return the refusal for an account that does not exist or is not connected."""
    return Refusal(
        f"The provided key does not have access to account '{account_id}' (or that account does not"
        " exist). Application access may have been revoked.",
        code="account_invalid",
        status=403,
    )


def open_account(sandbox: Sandbox, standing: Standing, *, account_id: str | None = None) -> str:
    """Keep a new account, which has nothing yet of what it needs; returns its id."""
    own = account_id or new_id("acct")
    standing.submitted, standing.missing = False, list(NEEDED)
    standing.statuses = dict.fromkeys(standing.requested, RESTRICTED)
    sandbox.store.add(
        v1_account(own, standing), account=sandbox.platform, private={"standing": standing.kept()}
    )
    return own


def connect_account(
    sandbox: Sandbox, *, at: int, country: str, currency: str, account_id: str | None = None
) -> Resource:
    """Make a connected account that can take payments at once."""
    requested = ["card_payments", "sepa_debit_payments", "transfers"]
    standing = Standing(country=country, currency=currency, requested=requested, created=at)
    own = open_account(sandbox, standing, account_id=account_id)
    standing.submitted, standing.missing = True, []
    standing.statuses = dict.fromkeys(requested, ACTIVE)
    standing.bank = bank_account(own, new_id("ba"), standing, TEST_IBAN)
    _keep(sandbox, own, standing)
    return account_of(sandbox, own)


def onboard(
    scope: Scope, *, outcome: str = "active", name: str | None = None, iban: str = TEST_IBAN
) -> Resource:
    """Let the account's owner tell Stripe what it asks for; raises Refusal for a wrong IBAN.

    `outcome` says what becomes of it: active, pending (the clock makes it active a day later), or
    missing (a document is still asked for).
    """
    standing = standing_of(scope.sandbox, scope.account)
    compact = check_iban(iban)
    standing.submitted = True
    standing.registered_name = name or standing.registered_name or standing.display_name
    first_bank = standing.bank is None
    standing.bank = bank_account(scope.account, new_id("ba"), standing, compact)
    standing.missing = [DOCUMENT] if outcome == "missing" else []
    status = {"active": ACTIVE, "pending": PENDING}.get(outcome, RESTRICTED)
    changed = _set_statuses(standing, status)
    _keep(scope.sandbox, scope.account, standing)
    _tell_of_bank(scope, standing, "created" if first_bank else "updated")
    _tell(scope, standing, changed)
    if status == PENDING:
        wait = scope.sandbox.behaviour.account_check_seconds
        scope.later("account_is_checked", scope.account, at=scope.at + wait)
    return account_of(scope.sandbox, scope.account)


def finish_check(scope: Scope) -> Resource:
    """Let Stripe have found everything in order."""
    standing = standing_of(scope.sandbox, scope.account)
    standing.missing = []
    changed = _set_statuses(standing, ACTIVE)
    _keep(scope.sandbox, scope.account, standing)
    _tell(scope, standing, changed)
    return account_of(scope.sandbox, scope.account)


def restrict(scope: Scope) -> Resource:
    """Let Stripe ask for a document and take no payments until it has it."""
    standing = standing_of(scope.sandbox, scope.account)
    standing.missing = [DOCUMENT]
    changed = _set_statuses(standing, RESTRICTED)
    _keep(scope.sandbox, scope.account, standing)
    _tell(scope, standing, changed)
    return account_of(scope.sandbox, scope.account)


def change_bank(scope: Scope, iban: str) -> Resource:
    """Let the account's owner name another bank account; raises Refusal for a wrong IBAN."""
    standing = standing_of(scope.sandbox, scope.account)
    standing.bank = bank_account(scope.account, new_id("ba"), standing, check_iban(iban))
    _keep(scope.sandbox, scope.account, standing)
    _tell_of_bank(scope, standing, "updated")
    scope.announce("account.updated", account_of(scope.sandbox, scope.account))
    return standing.bank


def deauthorize(scope: Scope) -> Resource:
    """Let the account's owner end the connection; the platform has no access from now on."""
    standing_of(scope.sandbox, scope.account)
    application: Resource = {
        "id": application_id(scope.sandbox),
        "object": "application",
        "name": APPLICATION,
    }
    scope.announce("account.application.deauthorized", application)
    scope.note(scope.account, deauthorized=True)
    return application


def request_capabilities(scope: Scope, standing: Standing) -> None:
    """Keep an account that asks for more; a ready one gets what it asks for at once."""
    for name in standing.requested:
        standing.statuses.setdefault(name, RESTRICTED if standing.missing else ACTIVE)
    _keep(scope.sandbox, scope.account, standing)
    _tell(scope, standing, [])


def check_can_charge(scope: Scope) -> None:
    """Refuse a payment on an account that cannot take one; raises Refusal."""
    if not standing_of(scope.sandbox, scope.account).can_charge:
        raise Refusal(
            "Your account cannot currently make charges: its capability card_payments is not"
            " active. Ask the account's owner to complete what its requirements say.",
            code="account_invalid",
        )


def application_id(sandbox: Sandbox) -> str:
    """Return the id under which the platform is known to its accounts."""
    return f"ca_{sandbox.platform.removeprefix('acct_')}"


def _bank_of_platform(sandbox: Sandbox) -> Resource:
    plain = Standing()
    bank_id = f"ba_{sandbox.platform.removeprefix('acct_')}"
    return bank_account(sandbox.platform, bank_id, plain, TEST_IBAN)


def _set_statuses(standing: Standing, status: str) -> list[str]:
    """Give every capability that was asked for this status; returns those that changed."""
    changed = [name for name in standing.requested if standing.status_of(name) != status]
    standing.statuses = dict.fromkeys(standing.requested, status)
    return changed


def _keep(sandbox: Sandbox, account_id: str, standing: Standing) -> None:
    private = sandbox.store.private(account_id)
    sandbox.store.save_private(account_id, {**private, "standing": standing.kept()})
    sandbox.store.save(v1_account(account_id, standing))


def _tell(scope: Scope, standing: Standing, changed: list[str]) -> None:
    for name in changed:
        scope.announce("capability.updated", capability(scope.account, name, standing))
    scope.announce("account.updated", v1_account(scope.account, standing))


def _tell_of_bank(scope: Scope, standing: Standing, what: str) -> None:
    if standing.bank is not None and what == "created":
        scope.announce("account.external_account.created", standing.bank)
    elif standing.bank is not None:
        scope.announce("account.external_account.updated", standing.bank)
