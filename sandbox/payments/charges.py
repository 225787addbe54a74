"""Charges: one for each attempt that reached the bank, succeeded, pending or failed.

A debit has its line in the balance from the moment it is sent to the bank, days before it succeeds;
if it fails, a second line takes the first back.
Source: https://docs.stripe.com/api/charges/object and
https://support.stripe.com/questions/changes-to-balance-transaction-behavior-for-debit-payment-methods
"""

from __future__ import annotations

from sandbox.connect.accounts import application_id
from sandbox.connect.fees import take_application_fee
from sandbox.ids import new_id
from sandbox.payments.balances import post_transaction
from sandbox.payments.cards import Decline, read_card
from sandbox.payments.methods import billing_details, details_of
from sandbox.scope import Scope
from sandbox.store import Resource

NOTHING_YET = (
    "application_fee",
    "application_fee_amount",
    "balance_transaction",
    "calculated_statement_descriptor",
    "customer",
    "failure_balance_transaction",
    "failure_code",
    "failure_message",
    "on_behalf_of",
    "outcome",
    "payment_intent",
    "payment_method",
    "payment_method_details",
    "receipt_email",
    "receipt_number",
    "receipt_url",
    "review",
    "shipping",
    "source_transfer",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_data",
    "transfer_group",
)


def settle_charge(scope: Scope, intent: Resource, method: Resource) -> Resource:
    """Make a succeeded charge for the whole amount, with its fee and its line in the balance."""
    charge = _new_charge(scope, intent, method, "succeeded")
    return finish_charge(scope, charge, method)


def finish_charge(scope: Scope, charge: Resource, method: Resource) -> Resource:
    """Let a new or pending charge succeed: see to its fee and its line, write the record."""
    amount, currency = charge["amount"], charge["currency"]
    number = scope.private(method["id"]).get("number", "")
    at_once = bool(number) and read_card(number).available_at_once
    wait = 0 if at_once else scope.sandbox.behaviour.available_after_seconds
    if charge["balance_transaction"]:
        transaction = scope.find("balance_transaction", charge["balance_transaction"])
    else:
        transaction = _post_charge(scope, charge, available_at=scope.at + wait)
    charge |= {
        "amount_captured": amount,
        "captured": True,
        "outcome": _outcome("authorized", "approved_by_network", "Payment complete."),
        "paid": True,
        "status": "succeeded",
    }
    if charge["application_fee_amount"]:
        charge["application_fee"] = take_application_fee(
            scope, charge, charge["application_fee_amount"], available_at=scope.at + wait
        )
    scope.save(charge)
    why = {
        "charge": charge["id"],
        "payment_intent": charge["payment_intent"],
        "balance_transaction": transaction["id"],
        "metadata": charge["metadata"],
    }
    fee = transaction["fee"] - (charge["application_fee_amount"] or 0)
    scope.record("charge", currency=currency, amount=amount, **why)
    scope.record("fee", currency=currency, amount=fee, **why)
    scope.announce("charge.succeeded", charge)
    _plan_what_the_card_brings(scope, charge, number)
    return charge


def pend_charge(scope: Scope, intent: Resource, method: Resource) -> Resource:
    """Make a charge of which the bank will tell later; a debit has its pending line at once."""
    charge = _new_charge(scope, intent, method, "pending")
    if method["type"] == "sepa_debit":
        behaviour = scope.sandbox.behaviour
        wait = behaviour.slow_method_seconds + behaviour.available_after_seconds
        _post_charge(scope, charge, available_at=scope.at + wait)
    scope.save(charge)
    scope.announce("charge.pending", charge)
    return charge


def fail_pending_charge(scope: Scope, charge: Resource, decline: Decline) -> Resource:
    """Let the bank refuse what was sent to it: a second line takes the first back, fees and all.

    Both lines become available on the same day, so that nobody can pay out what never came.
    """
    if not charge["balance_transaction"]:
        return fail_charge(scope, charge, decline)
    line = scope.find("balance_transaction", charge["balance_transaction"])
    reversal = post_transaction(
        scope,
        kind="payment_failure_refund",
        amount=-line["amount"],
        currency=line["currency"],
        source=charge["id"],
        fee=-(line["fee"] - (charge["application_fee_amount"] or 0)),
        application_fee=-(charge["application_fee_amount"] or 0),
        available_at=line["available_on"],
        description=charge["description"],
    )
    charge["failure_balance_transaction"] = reversal["id"]
    return fail_charge(scope, charge, decline)


def fail_charge(scope: Scope, charge: Resource, decline: Decline) -> Resource:
    """Let a charge fail for the reason in `decline`."""
    charge |= {
        "captured": False,
        "failure_code": decline.code,
        "failure_message": decline.sentence,
        "outcome": {
            **_outcome("issuer_declined", "declined_by_network", decline.sentence),
            "reason": decline.decline_code or decline.code,
        },
        "paid": False,
        "status": "failed",
    }
    scope.save(charge)
    scope.announce("charge.failed", charge)
    return charge


def decline_charge(scope: Scope, intent: Resource, method: Resource, decline: Decline) -> Resource:
    """Make the failed charge of an attempt that the issuer declined."""
    return fail_charge(scope, _new_charge(scope, intent, method, "failed"), decline)


def transferred_charge(scope: Scope, transfer: Resource, *, available_at: int) -> Resource:
    """Make the payment as which a transfer arrives on an account; no payer stands behind it."""
    paid: Resource = {
        **_new_charge_fields(scope, transfer),
        "id": new_id("py"),
        "amount_captured": transfer["amount"],
        "billing_details": billing_details(),
        "captured": True,
        "paid": True,
        "source_transfer": transfer["id"],
        "status": "succeeded",
    }
    line = post_transaction(
        scope,
        kind="payment",
        amount=transfer["amount"],
        currency=transfer["currency"],
        source=paid["id"],
        available_at=available_at,
    )
    paid["balance_transaction"] = line["id"]
    return scope.add(paid)


def _post_charge(scope: Scope, charge: Resource, *, available_at: int) -> Resource:
    """Post the charge's line with its fees, and name it on the charge."""
    transaction = post_transaction(
        scope,
        kind="charge" if charge["id"].startswith("ch_") else "payment",
        amount=charge["amount"],
        currency=charge["currency"],
        source=charge["id"],
        fee=scope.sandbox.behaviour.fee_of(charge["amount"], charge["currency"]),
        application_fee=charge["application_fee_amount"] or 0,
        available_at=available_at,
        description=charge["description"],
    )
    charge["balance_transaction"] = transaction["id"]
    return transaction


def _plan_what_the_card_brings(scope: Scope, charge: Resource, number: str) -> None:
    """Plan the dispute or the warning that a test number stands for; the clock brings it."""
    card = read_card(number) if number else None
    if card and card.dispute:
        scope.later("bank_disputes", charge["id"], at=scope.at)
    if card and card.fraud_warning:
        scope.later("network_warns", charge["id"], at=scope.at)


def _new_charge(scope: Scope, intent: Resource, method: Resource, status: str) -> Resource:
    charge: Resource = {
        **_new_charge_fields(scope, intent),
        "id": new_id("ch" if method["type"] == "card" else "py"),
        "application_fee_amount": intent["application_fee_amount"],
        "billing_details": method["billing_details"],
        "captured": status == "succeeded",
        "customer": intent["customer"],
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "payment_method_details": details_of(method),
        "receipt_email": intent["receipt_email"],
        "statement_descriptor_suffix": intent["statement_descriptor_suffix"],
        "status": status,
    }
    return scope.add(charge)


def _new_charge_fields(scope: Scope, origin: Resource) -> Resource:
    """Return the fields of a charge that a PaymentIntent or a transfer gives it, the rest empty."""
    is_own = scope.account == scope.sandbox.platform
    return {
        "object": "charge",
        "amount": origin["amount"],
        "amount_captured": 0,
        "amount_refunded": 0,
        "application": None if is_own else application_id(scope.sandbox),
        "created": scope.at,
        "currency": origin["currency"],
        "description": origin["description"],
        "disputed": False,
        "fraud_details": {},
        "livemode": False,
        "metadata": dict(origin["metadata"]),
        "paid": False,
        "refunded": False,
        **dict.fromkeys(NOTHING_YET),
    }


def _outcome(kind: str, network_status: str, sentence: str) -> Resource:
    return {
        "network_status": network_status,
        "reason": None,
        "risk_level": "normal",
        "seller_message": sentence,
        "type": kind,
    }
