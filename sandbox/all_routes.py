"""Import every module that answers a route, so that the table of routes is complete."""

from sandbox.checkout import sessions
from sandbox.resources import (
    accounts,
    balance,
    charges,
    customers,
    disputes,
    events,
    payment_intents,
    payment_methods,
    payouts,
    refunds,
    setup_intents,
    warnings,
    webhook_endpoints,
)
from sandbox.routes import BUILT

MODULES = (
    accounts,
    balance,
    charges,
    customers,
    disputes,
    events,
    payment_intents,
    payment_methods,
    payouts,
    refunds,
    sessions,
    setup_intents,
    warnings,
    webhook_endpoints,
)
ROUTES = frozenset(BUILT)
