"""Accounts over Stripe's v1 interface: look at them, their capabilities, their onboarding links.

Source: https://docs.stripe.com/api/accounts, .../api/capabilities, .../api/account_links
"""

from __future__ import annotations

from sandbox.connect.accounts import account_of, no_access, standing_of
from sandbox.connect.links import open_link
from sandbox.connect.shapes import capability
from sandbox.connect.standing import Standing
from sandbox.errors import missing
from sandbox.lists import filtered, page_of
from sandbox.routes import route
from sandbox.scope import Call
from sandbox.store import Resource


@route("get", "/v1/account")
def find_own_account(call: Call) -> Resource:
    """Return the account that the call acts on."""
    return account_of(call.sandbox, call.account)


@route("get", "/v1/accounts/{account}")
def find_account(call: Call) -> Resource:
    """Return the account itself, or one connected to the platform."""
    return account_of(call.sandbox, _reachable(call))


@route("get", "/v1/accounts", takes="created", paged=True)
def list_accounts(call: Call) -> Resource:
    """List the accounts connected to the platform."""
    return filtered(call, "account", ["json_extract(private, '$.deauthorized') IS NULL"], [])


@route("get", "/v1/accounts/{account}/capabilities")
def list_capabilities(call: Call) -> Resource:
    """List what an account asked for, and how that stands."""
    standing = _standing(call)
    shown = [capability(call.id, name, standing) for name in standing.requested]
    return page_of(shown, url=call.path)


@route("get", "/v1/accounts/{account}/capabilities/{capability}")
def find_capability(call: Call) -> Resource:
    """Return how one capability of an account stands."""
    return capability(call.id, call.ids[1], _standing(call))


@route("get", "/v1/accounts/{account}/external_accounts", takes="object", paged=True)
def list_banks(call: Call) -> Resource:
    """List the account's bank account."""
    bank = _standing(call).bank
    return page_of([bank] if bank else [], url=call.path)


@route("get", "/v1/accounts/{account}/external_accounts/{id}")
def find_bank(call: Call) -> Resource:
    """Return the account's bank account."""
    bank = _standing(call).bank
    if bank is None or bank["id"] != call.ids[1]:
        raise missing("external_account", call.ids[1])
    return bank


@route("post", "/v1/account_links", takes="account type refresh_url return_url collection_options")
def create_link(call: Call) -> Resource:
    """Make an address where the account's owner tells Stripe what it asks for."""
    params = call.params
    standing_of(call.sandbox, params["account"])
    link = open_link(
        call,
        params["account"],
        return_url=params.get("return_url"),
        refresh_url=params.get("refresh_url"),
    )
    return {
        "object": "account_link",
        "created": call.at,
        "expires_at": link["expires_at"],
        "url": link["url"],
    }


def _reachable(call: Call) -> str:
    """Return the id in the path if the caller may see that account; raises Refusal."""
    if call.id != call.account and call.account != call.sandbox.platform:
        raise no_access(call.id)
    return call.id


def _standing(call: Call) -> Standing:
    return standing_of(call.sandbox, _reachable(call))
