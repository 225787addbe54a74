"""Controls that act for the owners of connected accounts, and for Stripe that checks them."""

from __future__ import annotations

from typing import Any

from sandbox.connect import accounts
from sandbox.control.door import Asking, WrongControl, acted, control
from sandbox.payments.cards import TEST_IBAN
from sandbox.scope import Scope


@control(
    "POST",
    "accounts/{id}/onboard",
    "Fill in the onboarding page: {outcome: active | pending | missing, name, iban}.",
)
def onboard_account(asking: Asking) -> Any:
    """Let an account's owner tell Stripe what it asks for."""
    outcome = asking.take("outcome", str, "active")
    if outcome not in accounts.OUTCOMES:
        raise WrongControl(f"“outcome” is one of {', '.join(accounts.OUTCOMES)}.")
    name, iban = asking.take("name", str), asking.take("iban", str, TEST_IBAN)
    scope = _scope(asking)
    return acted(asking, lambda: accounts.onboard(scope, outcome=outcome, name=name, iban=iban))


@control("POST", "accounts/{id}/restrict", "Stripe asks an account for a document: no payments.")
def restrict_account(asking: Asking) -> Any:
    """Take an account its capabilities until it has told more."""
    scope = _scope(asking)
    return acted(asking, lambda: accounts.restrict(scope))


@control("POST", "accounts/{id}/bank", "An account's owner names another bank account: {iban}.")
def change_bank_account(asking: Asking) -> Any:
    """Change where an account's money goes."""
    iban = asking.take("iban", str, "DE89370400440532013000")
    scope = _scope(asking)
    return acted(asking, lambda: accounts.change_bank(scope, iban))


@control("POST", "accounts/{id}/deauthorize", "An account's owner ends the connection.")
def deauthorize_account(asking: Asking) -> Any:
    """Let an account go: from now on every call for it is refused."""
    scope = _scope(asking)
    return acted(asking, lambda: accounts.deauthorize(scope))


def _scope(asking: Asking) -> Scope:
    accounts.standing_of(asking.sandbox, asking.id)
    if asking.id == asking.sandbox.platform:
        raise WrongControl("The platform's own account is always ready.")
    return Scope(asking.sandbox, asking.id, asking.at)
