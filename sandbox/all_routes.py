"""Import every module that answers a route, so that the table of routes is complete."""

from sandbox.checkout import sessions
from sandbox.resources import (
    accounts,
    application_fees,
    balance,
    charges,
    core_accounts,
    customers,
    disputes,
    events,
    payment_intents,
    payment_methods,
    payouts,
    refunds,
    setup_intents,
    transfers,
    warnings,
    webhook_endpoints,
)
from sandbox.routes import BUILT

MODULES = (
    accounts,
    application_fees,
    balance,
    charges,
    core_accounts,
    customers,
    disputes,
    events,
    payment_intents,
    payment_methods,
    payouts,
    refunds,
    sessions,
    setup_intents,
    transfers,
    warnings,
    webhook_endpoints,
)
ROUTES = frozenset(BUILT)
