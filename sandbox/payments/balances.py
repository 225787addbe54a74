"""Balance transactions, and what an account has available and pending.

Source: https://docs.stripe.com/reports/balance-transaction-types and
https://docs.stripe.com/payments/balances
"""

from __future__ import annotations

from sandbox.ids import new_id
from sandbox.scope import Scope
from sandbox.store import Resource


def post_transaction(
    scope: Scope,
    *,
    kind: str,
    amount: int,
    currency: str,
    source: str | None,
    fee: int = 0,
    application_fee: int = 0,
    available_at: int | None = None,
    description: str | None = None,
) -> Resource:
    """Add a line to the account's balance; a negative `amount` takes from it. Minor units."""
    available_on = scope.at if available_at is None else available_at
    pending = available_on > scope.at
    fees = [] if not fee else [_fee("stripe_fee", fee, currency, FEE_NAMES.get(kind, USUAL_FEE))]
    if application_fee:
        fees.append(_fee("application_fee", application_fee, currency, "Application fee"))
    fee += application_fee
    transaction: Resource = {
        "id": new_id("txn"),
        "object": "balance_transaction",
        "amount": amount,
        "available_on": available_on,
        "balance_type": "payments",
        "created": scope.at,
        "currency": currency,
        "description": description,
        "exchange_rate": None,
        "fee": fee,
        "fee_details": fees,
        "net": amount - fee,
        "reporting_category": CATEGORIES.get(kind, kind),
        "source": source,
        "status": "pending" if pending else "available",
        "type": TYPES.get(kind, kind),
    }
    scope.add(transaction)
    _change_balance(scope, currency, amount - fee, pending=pending)
    if pending:
        scope.later("funds_become_available", transaction["id"], at=available_on)
    return transaction


TYPES = {"dispute": "adjustment", "dispute_reversal": "adjustment"}
USUAL_FEE = "Stripe processing fees"
FEE_NAMES = {"dispute": "Dispute fee", "dispute_reversal": "Dispute fee"}
CATEGORIES = {
    "payment": "charge",
    "payment_refund": "refund",
    "refund_failure": "refund_failure",
    "payment_failure_refund": "charge_failure",
}


def make_available(scope: Scope, transaction_id: str) -> None:
    """Move a pending transaction's money to what is available."""
    transaction = scope.find("balance_transaction", transaction_id)
    if transaction["status"] != "pending":
        return
    transaction["status"] = "available"
    scope.save(transaction)
    _change_balance(scope, transaction["currency"], -transaction["net"], pending=True)
    _change_balance(scope, transaction["currency"], transaction["net"], pending=False)


def available(scope: Scope, currency: str) -> int:
    """Return what the account can pay out or refund now, in minor units."""
    rows = scope.sandbox.store.rows(
        "SELECT available FROM balance WHERE account = ? AND currency = ?", scope.account, currency
    )
    return int(rows[0]["available"]) if rows else 0


def balance_of(scope: Scope) -> Resource:
    """Return the account's balance as Stripe shows it."""
    rows = scope.sandbox.store.rows(
        "SELECT * FROM balance WHERE account = ? ORDER BY currency", scope.account
    )
    return {
        "object": "balance",
        "available": [_funds(row["available"], row["currency"]) for row in rows],
        "livemode": False,
        "pending": [_funds(row["pending"], row["currency"]) for row in rows],
    }


def _funds(amount: int, currency: str) -> Resource:
    return {"amount": amount, "currency": currency, "source_types": {"card": amount}}


def _fee(kind: str, fee: int, currency: str, name: str) -> Resource:
    return {
        "amount": fee,
        "application": None,
        "currency": currency,
        "description": name,
        "type": kind,
    }


def _change_balance(scope: Scope, currency: str, amount: int, *, pending: bool) -> None:
    run, place = scope.sandbox.store.run, (scope.account, currency)
    run("INSERT OR IGNORE INTO balance (account, currency) VALUES (?, ?)", *place)
    moved = (amount, 0) if pending else (0, amount)
    run(
        "UPDATE balance SET pending = pending + ?, available = available + ?"
        " WHERE account = ? AND currency = ?",
        *moved,
        *place,
    )
