"""Refunds: at once from what is available, pending when it is short, failing days later.

Source: https://docs.stripe.com/refunds. Stripe's fee on the charge is not given back.
"""

from __future__ import annotations

from sandbox.connect.fees import share_of_fee
from sandbox.errors import Refusal
from sandbox.ids import new_id
from sandbox.money_rules import check_multiple
from sandbox.payments.balances import available, post_transaction
from sandbox.payments.cards import read_card
from sandbox.scope import Scope
from sandbox.store import Resource


def make_refund(
    scope: Scope,
    charge: Resource,
    *,
    amount: int | None = None,
    reason: str | None = None,
    metadata: Resource | None = None,
    with_application_fee: bool = False,
) -> Resource:
    """Give back `amount` (all that is left if None) of a charge; raises Refusal."""
    _refuse_charged_back(scope, charge)
    left = charge["amount"] - charge["amount_refunded"]
    if charge["status"] != "succeeded":
        raise Refusal(
            f"Charge {charge['id']} has not succeeded; it cannot be refunded.",
            code="charge_not_refundable" if charge["status"] == "failed" else None,
        )
    if left == 0:
        raise Refusal(
            f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded"
        )
    wanted = left if amount is None else amount
    check_multiple(wanted, charge["currency"])
    if not 0 < wanted <= left:
        raise Refusal(
            f"Refund amount ({wanted}) is not within what is left of the charge ({left}).",
            param="amount",
        )
    refund: Resource = {
        "id": new_id("re" if charge["id"].startswith("ch_") else "pyr"),
        "object": "refund",
        "amount": wanted,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": scope.at,
        "currency": charge["currency"],
        "destination_details": None,
        "metadata": metadata or {},
        "payment_intent": charge["payment_intent"],
        "reason": reason,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "pending",
        "transfer_reversal": None,
    }
    scope.add(refund, with_application_fee=with_application_fee)
    _set_refunded(scope, charge, charge["amount_refunded"] + wanted)
    fate = _fate_of(scope, charge)
    if fate == "pending":
        refund["pending_reason"] = "processing"
        scope.save(refund)
        scope.announce("refund.created", refund)
        scope.later("refund_is_answered", refund["id"], at=_answered_at(scope))
    elif available(scope, charge["currency"]) >= wanted:
        _pay_out(scope, refund, charge)
        scope.announce("refund.created", refund)
        if fate == "fails":
            scope.later("refund_is_answered", refund["id"], at=_answered_at(scope))
    else:
        refund["pending_reason"] = "insufficient_funds"
        scope.save(refund)
        scope.announce("refund.created", refund)
    scope.announce("charge.refunded", charge)
    return refund


def pay_out_waiting(scope: Scope, currency: str) -> None:
    """Carry out pending refunds, the oldest first, as far as the balance now reaches."""
    for refund in scope.where("refund", status="pending", currency=currency):
        waits_for_money = refund.get("pending_reason") == "insufficient_funds"
        if not waits_for_money or available(scope, currency) < refund["amount"]:
            continue
        _pay_out(scope, refund, scope.find("charge", refund["charge"]))
        scope.announce("refund.updated", refund, status="pending")


def cancel_refund(scope: Scope, refund: Resource) -> Resource:
    """Take back a refund that is still pending; raises Refusal for any other."""
    if refund["status"] != "pending":
        raise Refusal(
            f"Refund {refund['id']} has a status of {refund['status']} and cannot be canceled.",
            code="refund_not_cancelable",
        )
    refund |= {"status": "canceled"}
    refund.pop("pending_reason", None)
    scope.save(refund)
    _give_back_to_charge(scope, refund)
    scope.announce("refund.updated", refund, status="pending")
    return refund


def fail_refund(scope: Scope, refund: Resource, *, reason: str = "lost_or_stolen_card") -> Resource:
    """Let the payer's bank send the money back: the refund fails and the balance has it again."""
    if refund["status"] not in ("pending", "succeeded"):
        raise Refusal(f"Refund {refund['id']} has a status of {refund['status']} and cannot fail.")
    before = refund["status"]
    if refund["balance_transaction"]:
        returned = post_transaction(
            scope,
            kind="refund_failure",
            amount=refund["amount"],
            currency=refund["currency"],
            source=refund["id"],
        )
        refund["failure_balance_transaction"] = returned["id"]
        _record(scope, "refund_reversal", refund)
    refund |= {"failure_reason": reason, "status": "failed"}
    refund.pop("pending_reason", None)
    scope.save(refund)
    _give_back_to_charge(scope, refund)
    scope.announce("refund.updated", refund, status=before)
    scope.announce("refund.failed", refund)
    return refund


def answer_refund(scope: Scope, refund: Resource) -> Resource:
    """Let the payer's bank answer days later, as the card's test number says."""
    if refund["status"] == "pending":
        _pay_out(scope, refund, scope.find("charge", refund["charge"]))
        scope.announce("refund.updated", refund, status="pending")
        return refund
    return fail_refund(scope, refund) if refund["status"] == "succeeded" else refund


def fail_pending_refunds(scope: Scope, charge: Resource) -> None:
    """Let the refunds that wait fail, because the payer's bank takes the money itself."""
    for refund in scope.where("refund", charge=charge["id"], status="pending"):
        fail_refund(scope, refund, reason="charge_for_pending_refund_disputed")


def _refuse_charged_back(scope: Scope, charge: Resource) -> None:
    """Refuse to give money back that the payer's bank has taken; raises Refusal."""
    for dispute in scope.where("dispute", charge=charge["id"]):
        if not dispute["is_charge_refundable"]:
            raise Refusal(
                f"Charge {charge['id']} has been charged back; cannot issue a refund.",
                code="charge_disputed",
            )


def _fate_of(scope: Scope, charge: Resource) -> str:
    """Return what the card's test number says of its refunds: succeeds, pending or fails."""
    number = scope.private(charge["payment_method"]).get("number", "")
    return read_card(number).refund if number else ""


def _answered_at(scope: Scope) -> int:
    return scope.at + scope.sandbox.behaviour.refund_answer_seconds


def _pay_out(scope: Scope, refund: Resource, charge: Resource) -> None:
    share = 0
    if scope.private(refund["id"]).get("with_application_fee"):
        share = share_of_fee(scope, charge, refund["amount"])
    transaction = post_transaction(
        scope,
        application_fee=-share,
        kind="refund" if charge["id"].startswith("ch_") else "payment_refund",
        amount=-refund["amount"],
        currency=refund["currency"],
        source=refund["id"],
    )
    refund |= {"balance_transaction": transaction["id"], "status": "succeeded"}
    refund.pop("pending_reason", None)
    scope.save(refund)
    _record(scope, "refund", refund)


def _record(scope: Scope, kind: str, refund: Resource) -> None:
    scope.record(
        kind,
        currency=refund["currency"],
        amount=refund["amount"],
        refund=refund["id"],
        charge=refund["charge"],
        payment_intent=refund["payment_intent"],
        metadata=refund["metadata"],
    )


def _give_back_to_charge(scope: Scope, refund: Resource) -> None:
    charge = scope.find("charge", refund["charge"])
    _set_refunded(scope, charge, charge["amount_refunded"] - refund["amount"])
    scope.announce("charge.updated", charge)


def _set_refunded(scope: Scope, charge: Resource, amount: int) -> None:
    charge["amount_refunded"] = amount
    charge["refunded"] = amount == charge["amount"]
    scope.save(charge)
