"""Import every module that answers a route, so that the table of routes is complete."""

from sandbox.checkout import sessions
from sandbox.resources import (
    accounts,
    application_fees,
    balance,
    catalogue,
    charges,
    core_accounts,
    customers,
    disputes,
    events,
    extras,
    invoices,
    payment_intents,
    payment_methods,
    payouts,
    portal,
    refunds,
    setup_intents,
    subscriptions,
    transfers,
    warnings,
    webhook_endpoints,
)
from sandbox.routes import BUILT

MODULES = (
    accounts,
    application_fees,
    balance,
    catalogue,
    charges,
    core_accounts,
    customers,
    disputes,
    events,
    extras,
    invoices,
    payment_intents,
    payment_methods,
    payouts,
    portal,
    refunds,
    sessions,
    setup_intents,
    subscriptions,
    transfers,
    warnings,
    webhook_endpoints,
)
ROUTES = frozenset(BUILT)
