"""Controls that act for a customer of the billing: money that arrives by bank transfer."""

from __future__ import annotations

from typing import Any

from sandbox.billing.cash import receive_transfer
from sandbox.control.door import Asking, WrongControl, acted, control
from sandbox.money_rules import check_currency


@control(
    "POST",
    "customers/{id}/bank_transfer",
    "A bank transfer arrives for a customer: {amount_minor, currency, reference}.",
)
def receive_bank_transfer(asking: Asking) -> Any:
    """Let money arrive on a customer's virtual account."""
    amount, reference = asking.take("amount_minor", int), asking.take("reference", str, "")
    if not amount or amount < 0:
        raise WrongControl("“amount_minor” takes a positive whole number.")
    currency = check_currency(asking.take("currency", str, "eur"))
    scope = asking.scope_of("customer")
    customer = scope.find("customer", asking.id)
    return acted(
        asking,
        lambda: receive_transfer(
            scope, customer, amount=amount, currency=currency, reference=reference
        ),
    )
