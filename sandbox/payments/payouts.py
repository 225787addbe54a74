"""Payouts: what is available goes to the account's bank, by hand or every so many seconds.

An automatic payout sums its balance transactions exactly: each line that is available and in no
payout yet goes into it, so its amount is the whole available balance of that currency.
Source: https://docs.stripe.com/payouts and https://docs.stripe.com/api/payouts/object
"""

from __future__ import annotations

import json

from sandbox.errors import Refusal
from sandbox.ids import new_id
from sandbox.payments.balances import available, post_transaction
from sandbox.scope import Scope
from sandbox.store import Resource

UNDER_WAY = {"pending", "in_transit"}
FAILURES = {
    "account_closed": "The bank account has been closed",
    "could_not_process": "The bank could not process this payout",
    "no_account": "The bank account could not be located",
}


def plan_payout(scope: Scope) -> None:
    """Plan the next automatic payout of the account, if there are any."""
    every = scope.sandbox.behaviour.payout_every_seconds
    if every:
        scope.later("payouts_are_made", scope.account, at=(scope.at // every + 1) * every)


def pay_out_everything(scope: Scope) -> list[Resource]:
    """Make an automatic payout in each currency of which something is available."""
    rows = scope.sandbox.store.rows(
        "SELECT currency FROM balance WHERE account = ? AND available > 0 ORDER BY currency",
        scope.account,
    )
    return [_pay_out_currency(scope, row["currency"]) for row in rows]


def new_payout(scope: Scope, *, amount: int, currency: str, **more: object) -> Resource:
    """Send `amount` of what is available to the bank, and tell of it; raises Refusal."""
    if amount > available(scope, currency):
        raise Refusal(
            "You have insufficient funds in your Stripe account for this payout.",
            code="balance_insufficient",
            param="amount",
        )
    payout: Resource = {
        "id": new_id("po"),
        "object": "payout",
        "amount": amount,
        "application_fee": None,
        "application_fee_amount": None,
        "arrival_date": scope.at + scope.sandbox.behaviour.payout_arrives_after_seconds,
        "automatic": False,
        "balance_transaction": None,
        "created": scope.at,
        "currency": currency,
        "description": None,
        "destination": bank_account_id(scope),
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "livemode": False,
        "metadata": {},
        "method": "standard",
        "original_payout": None,
        "reconciliation_status": "not_applicable",
        "reversed_by": None,
        "source_type": "card",
        "statement_descriptor": None,
        "status": "pending",
        "trace_id": None,
        "type": "bank_account",
        **more,
    }
    payout["balance_transaction"] = _post(scope, payout, "payout", -amount)["id"]
    scope.add(payout)
    scope.record("payout", currency=currency, amount=amount, payout=payout["id"])
    scope.later("payout_arrives", payout["id"], at=payout["arrival_date"])
    scope.announce("payout.created", payout)
    return payout


def arrive(scope: Scope, payout: Resource) -> Resource:
    """Let the bank have the money."""
    if payout["status"] not in UNDER_WAY:
        return payout
    payout["status"] = "paid"
    scope.save(payout)
    scope.announce("payout.paid", payout)
    return payout


def fail_payout(scope: Scope, payout: Resource, *, code: str = "account_closed") -> Resource:
    """Let the bank send a payout back, under way or arrived; raises Refusal."""
    if payout["status"] not in UNDER_WAY | {"paid"}:
        raise Refusal(f"Payout {payout['id']} has a status of {payout['status']} and cannot fail.")
    _give_back(scope, payout, "payout_failure")
    message = FAILURES.get(code, FAILURES["could_not_process"])
    payout |= {"failure_code": code, "failure_message": message, "status": "failed"}
    scope.save(payout)
    scope.announce("payout.failed", payout)
    plan_payout(scope)
    return payout


def cancel_payout(scope: Scope, payout: Resource) -> Resource:
    """Take back a payout that was made by hand and is under way; raises Refusal."""
    if payout["automatic"] or payout["status"] not in UNDER_WAY:
        raise Refusal(f"Payout {payout['id']} cannot be canceled: {payout['status']}.")
    _give_back(scope, payout, "payout_cancel")
    payout["status"] = "canceled"
    scope.save(payout)
    scope.announce("payout.canceled", payout)
    return payout


def bank_account_id(scope: Scope) -> str:
    """Return the id of the account's bank account, which is made up when first needed."""
    name, store = f"bank_account_of_{scope.account}", scope.sandbox.store
    known = store.setting(name, "")
    if not known:
        known = new_id("ba")
        store.keep_setting(name, known)
    return str(known)


def _pay_out_currency(scope: Scope, currency: str) -> Resource:
    rows = scope.sandbox.store.rows(
        "SELECT id, body FROM resource WHERE kind = 'balance_transaction' AND account = ?"
        " AND json_extract(body, '$.currency') = ? AND json_extract(body, '$.status') = 'available'"
        " AND json_extract(private, '$.payout') IS NULL",
        scope.account,
        currency,
    )
    amount = sum(json.loads(row["body"])["net"] for row in rows)
    payout = new_payout(
        scope,
        amount=amount,
        currency=currency,
        automatic=True,
        description="STRIPE PAYOUT",
        reconciliation_status="completed",
        status="in_transit",
    )
    for transaction_id in [*(row["id"] for row in rows), payout["balance_transaction"]]:
        scope.note(transaction_id, payout=payout["id"])
    scope.announce("payout.reconciliation_completed", payout)
    return payout


def _give_back(scope: Scope, payout: Resource, kind: str) -> None:
    line = _post(scope, payout, kind, payout["amount"])
    payout["failure_balance_transaction"] = line["id"]
    scope.not_later("payout_arrives", payout["id"])
    scope.record(
        "payout_reversal",
        currency=payout["currency"],
        amount=payout["amount"],
        payout=payout["id"],
    )


def _post(scope: Scope, payout: Resource, kind: str, amount: int) -> Resource:
    return post_transaction(
        scope, kind=kind, amount=amount, currency=payout["currency"], source=payout["id"]
    )
