"""Accounts over Stripe's v2 interface, in JSON: open, look, change, and onboarding links.

Source: https://docs.stripe.com/api/v2/core/accounts and .../api/v2/core/account-links
"""

from __future__ import annotations

import json
from typing import Any

from sandbox.connect import accounts
from sandbox.connect.links import open_link
from sandbox.connect.shapes import v2_account
from sandbox.connect.standing import MERCHANT, RECIPIENT, Standing
from sandbox.errors import Refusal
from sandbox.metadata_rules import changed_metadata
from sandbox.moments import written_out
from sandbox.money_rules import check_currency
from sandbox.routes import check_followed, route
from sandbox.scope import Call, Scope
from sandbox.store import Resource

CURRENCIES = {"CH": "chf", "GB": "gbp", "US": "usd", "CA": "cad", "SE": "sek", "PL": "pln"}
FOLLOWED = "configuration contact_email dashboard defaults display_name identity include metadata"
MOST = 20


@route("post", "/v2/core/accounts", takes=FOLLOWED)
def create_account(call: Call) -> Resource:
    """Open an account; it can do nothing before its owner has been at the onboarding page."""
    standing = Standing(requested=[], configurations=[], created=call.at, dashboard=None)
    _apply(standing, call.params)
    if "merchant" in standing.configurations and not call.params.get("identity", {}).get("country"):
        raise Refusal(
            "An account with a merchant configuration needs its country.",
            code="identity_country_required",
            param="identity.country",
        )
    account_id = accounts.open_account(call.sandbox, standing)
    Scope(call.sandbox, account_id, call.at).announce(
        "account.updated", accounts.account_of(call.sandbox, account_id)
    )
    return v2_account(account_id, standing, call.params.get("include", []))


@route("get", "/v2/core/accounts", takes="limit applied_configurations")
def list_accounts(call: Call) -> Resource:
    """List the accounts connected to the platform, the newest first."""
    rows = call.sandbox.store.rows(
        "SELECT id, private FROM resource WHERE kind = 'account' AND account = ?"
        " AND json_extract(private, '$.deauthorized') IS NULL ORDER BY sequence DESC LIMIT ?",
        call.account,
        call.params.get("limit", MOST),
    )
    shown = []
    wanted = set(call.params.get("applied_configurations", []))
    for row in rows:
        known = json.loads(row["private"]).get("standing")
        standing = Standing(**known) if known else Standing()
        if wanted <= set(standing.configurations):
            shown.append(v2_account(row["id"], standing, []))
    return {"data": shown, "next_page_url": None, "previous_page_url": None}


@route("get", "/v2/core/accounts/{id}", takes="include")
def find_account(call: Call) -> Resource:
    """Return one account, with the parts in `include`."""
    return v2_account(call.id, _standing(call), call.params.get("include", []))


@route("post", "/v2/core/accounts/{id}", takes=FOLLOWED)
def update_account(call: Call) -> Resource:
    """Change an account, or ask for more capabilities."""
    standing = _standing(call)
    _apply(standing, call.params)
    accounts.request_capabilities(Scope(call.sandbox, call.id, call.at), standing)
    return v2_account(call.id, standing, call.params.get("include", []))


@route("post", "/v2/core/account_links", takes="account use_case")
def create_link(call: Call) -> Resource:
    """Make an address where the account's owner tells Stripe what it asks for."""
    use = call.params["use_case"]
    wanted = use.get(use["type"])
    if wanted is None:
        raise Refusal(f"Name {use['type']} in use_case.", param=f"use_case.{use['type']}")
    accounts.standing_of(call.sandbox, call.params["account"])
    link = open_link(
        call,
        call.params["account"],
        return_url=wanted.get("return_url", wanted["refresh_url"]),
        refresh_url=wanted["refresh_url"],
    )
    return {
        "object": "v2.core.account_link",
        "account": link["account"],
        "created": written_out(link["created"]),
        "expires_at": written_out(link["expires_at"]),
        "livemode": False,
        "url": link["url"],
        "use_case": use,
    }


def _standing(call: Call) -> Standing:
    """Return how the account in the path stands; raises Refusal in v2's words."""
    try:
        return accounts.standing_of(call.sandbox, call.id)
    except Refusal as refusal:
        message = f"Account {call.id} is not known to this platform."
        raise Refusal(message, code="not_found", status=404) from refusal


def _apply(standing: Standing, params: dict[str, Any]) -> None:
    """Write the parameters into the standing; raises NotBuilt for what is not followed."""
    for name in ("display_name", "contact_email", "dashboard"):
        if name in params:
            setattr(standing, name, params[name])
    standing.metadata = changed_metadata(standing.metadata, params.get("metadata"))
    identity, defaults = params.get("identity", {}), params.get("defaults", {})
    check_followed(identity, {"country", "entity_type", "business_details"}, within="identity")
    check_followed(defaults, {"currency", "profile", "responsibilities"}, within="defaults")
    if "country" in identity:
        standing.country = identity["country"].upper()
        standing.currency = CURRENCIES.get(standing.country, "eur")
    standing.entity_type = identity.get("entity_type", standing.entity_type)
    business = identity.get("business_details", {})
    check_followed(business, {"registered_name"}, within="identity.business_details")
    standing.registered_name = business.get("registered_name", standing.registered_name)
    if "currency" in defaults:
        standing.currency = check_currency(defaults["currency"], param="defaults.currency")
    standing.profile |= defaults.get("profile", {})
    for name, collector in defaults.get("responsibilities", {}).items():
        setattr(standing, name, collector)
    _apply_configuration(standing, params.get("configuration", {}))


def _apply_configuration(standing: Standing, wanted: dict[str, Any]) -> None:
    check_followed(wanted, {"merchant", "recipient", "customer"}, within="configuration")
    asked: list[str] = []
    for name in wanted:
        if name not in standing.configurations:
            standing.configurations.append(name)
    merchant = wanted.get("merchant", {})
    check_followed(merchant, {"capabilities"}, within="configuration.merchant")
    capabilities = merchant.get("capabilities", {})
    within = "configuration.merchant.capabilities"
    check_followed(capabilities, set(MERCHANT), within=within)
    asked += [name for name, wish in capabilities.items() if wish.get("requested")]
    balance = wanted.get("recipient", {}).get("capabilities", {}).get("stripe_balance", {})
    if balance.get("stripe_transfers", {}).get("requested"):
        asked.append(RECIPIENT)
    standing.requested += [name for name in asked if name not in standing.requested]
