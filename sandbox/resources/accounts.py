"""Accounts: the platform and those connected to it.

Source: https://docs.stripe.com/api/accounts

Connected accounts are made by `POST /_sandbox/accounts`; Stripe's own way to open one is not built.
"""

from __future__ import annotations

from typing import Any

from sandbox.errors import Refusal
from sandbox.ids import new_id
from sandbox.lists import listed
from sandbox.routes import route
from sandbox.running import Sandbox
from sandbox.scope import Call
from sandbox.store import Resource


@route("get", "/v1/account")
def find_own_account(call: Call) -> Resource:
    """Return the account that the call acts on."""
    return account_of(call.sandbox, call.account)


@route("get", "/v1/accounts/{account}")
def find_account(call: Call) -> Resource:
    """Return the account itself, or one connected to the platform."""
    if call.id == call.account:
        return account_of(call.sandbox, call.account)
    if call.account != call.sandbox.platform:
        raise no_access(call.id)
    return account_of(call.sandbox, call.id)


@route("get", "/v1/accounts", takes="created", paged=True)
def list_accounts(call: Call) -> Resource:
    """List the accounts connected to the platform."""
    return listed(call, "account")


def account_of(sandbox: Sandbox, account_id: str) -> Resource:
    """Return the platform or a connected account; raises Refusal (account_invalid)."""
    if account_id == sandbox.platform:
        return _shaped(account_id, at=0, country="FR", currency="eur")
    rows = sandbox.store.where("account", account=sandbox.platform, id=account_id)
    if not rows:
        raise no_access(account_id)
    return rows[0]


def connect_account(
    sandbox: Sandbox, *, at: int, country: str, currency: str, account_id: str | None = None
) -> Resource:
    """Make a connected account that can take payments."""
    account = _shaped(account_id or new_id("acct"), at=at, country=country, currency=currency)
    sandbox.store.add(account, account=sandbox.platform)
    return account


def no_access(account_id: str) -> Refusal:
    """Return the refusal for an account that does not exist or is not connected."""
    return Refusal(
        f"The provided key does not have access to account '{account_id}' (or that account does not"
        " exist). Application access may have been revoked.",
        code="account_invalid",
        status=403,
    )


def _shaped(account_id: str, *, at: int, country: str, currency: str) -> dict[str, Any]:
    return {
        "id": account_id,
        "object": "account",
        "capabilities": {"card_payments": "active", "transfers": "active"},
        "charges_enabled": True,
        "country": country,
        "created": at,
        "default_currency": currency,
        "details_submitted": True,
        "email": None,
        "metadata": {},
        "payouts_enabled": True,
        "type": "none",
    }
