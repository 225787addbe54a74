"""Disputes: the payer's bank takes the money back with a fee, and the merchant may answer.

needs_response → under_review → won | lost, or lost at once: by closing, by silence, and for direct
debits, which cannot be contested. An inquiry (warning_*) takes no money.
Source: https://docs.stripe.com/disputes/how-disputes-work
"""

from __future__ import annotations

from sandbox.errors import Refusal
from sandbox.ids import new_id
from sandbox.payments.balances import post_transaction
from sandbox.payments.cards import read_card
from sandbox.payments.refunds import fail_pending_refunds, pay_out_waiting
from sandbox.scope import Scope
from sandbox.store import Resource

INQUIRY = "warning_"
OPEN = {"needs_response", "under_review", "warning_needs_response", "warning_under_review"}
WINNING, LOSING = "winning_evidence", "losing_evidence"
REASON_CODES = {"fraudulent": "10.4", "product_not_received": "13.1", "duplicate": "12.6"}
EVIDENCE = (
    "access_activity_log", "billing_address", "cancellation_policy",
    "cancellation_policy_disclosure", "cancellation_rebuttal", "customer_communication",
    "customer_email_address", "customer_name", "customer_purchase_ip", "customer_signature",
    "duplicate_charge_documentation", "duplicate_charge_explanation", "duplicate_charge_id",
    "product_description", "receipt", "refund_policy", "refund_policy_disclosure",
    "refund_refusal_explanation", "service_date", "service_documentation", "shipping_address",
    "shipping_carrier", "shipping_date", "shipping_documentation", "shipping_tracking_number",
    "uncategorized_file", "uncategorized_text",
)  # fmt: skip


def open_dispute(
    scope: Scope,
    charge: Resource,
    *,
    amount: int | None = None,
    reason: str = "fraudulent",
    inquiry: bool = False,
) -> Resource:
    """Let the payer's bank dispute a charge, refunded or not; raises Refusal.

    Without an `amount` it disputes what was not refunded, or the whole if all was.
    """
    _check_disputable(scope, charge)
    left = charge["amount"] - charge["amount_refunded"]
    disputed = (left or charge["amount"]) if amount is None else amount
    if not 0 < disputed <= charge["amount"]:
        raise Refusal(f"A dispute is about 1 to {charge['amount']}, not {disputed}.")
    dispute = _new_dispute(scope, charge, disputed, reason, inquiry=inquiry)
    charge["disputed"] = True
    scope.save(charge)
    if inquiry:
        scope.announce("charge.dispute.created", dispute)
        return dispute
    fail_pending_refunds(scope, charge)
    _withdraw(scope, dispute)
    scope.announce("charge.dispute.created", dispute)
    scope.announce("charge.dispute.funds_withdrawn", dispute)
    if not _is_card(charge):
        return _close(scope, dispute, "lost")
    return dispute


def give_evidence(scope: Scope, dispute: Resource, evidence: Resource, *, submit: bool) -> Resource:
    """Keep evidence, and hand it to the bank with `submit`; raises Refusal once it has some."""
    before = dispute["status"]
    if before not in ("needs_response", "warning_needs_response"):
        raise Refusal(
            f"This dispute has a status of {before}: it takes no evidence any more.",
            param="evidence",
        )
    known = {**dispute["evidence"], **{name: text or None for name, text in evidence.items()}}
    dispute["evidence"] = known
    details = dispute["evidence_details"]
    details["has_evidence"] = any(known[name] for name in EVIDENCE)
    if not submit or not details["has_evidence"]:
        return scope.save(dispute)
    details |= {"submission_count": 1, "submission_method": "manual"}
    dispute["status"] = before.replace("needs_response", "under_review")
    scope.save(dispute)
    scope.not_later("dispute_is_answered_too_late", dispute["id"])
    scope.later("bank_decides_dispute", dispute["id"], at=_decided_at(scope, known))
    return dispute


def win_dispute(scope: Scope, dispute: Resource) -> Resource:
    """Let the bank decide for the merchant: amount and fee come back; raises Refusal."""
    _check_open(dispute)
    if dispute["status"].startswith(INQUIRY):
        return _close(scope, dispute, "warning_closed")
    _reinstate(scope, dispute)
    dispute["is_charge_refundable"] = True
    dispute = _close(scope, dispute, "won")
    scope.announce("charge.dispute.funds_reinstated", dispute)
    pay_out_waiting(scope, dispute["currency"])
    return dispute


def lose_dispute(scope: Scope, dispute: Resource) -> Resource:
    """Let the bank decide for the payer, or the merchant give in; raises Refusal.

    An inquiry that is lost becomes a dispute that takes the money.
    """
    _check_open(dispute)
    if dispute["status"].startswith(INQUIRY):
        dispute["status"] = "needs_response"
        dispute["payment_method_details"]["card"]["case_type"] = "chargeback"
        dispute["is_charge_refundable"] = False
        fail_pending_refunds(scope, scope.find("charge", dispute["charge"]))
        _withdraw(scope, dispute)
        scope.announce("charge.dispute.updated", dispute)
        scope.announce("charge.dispute.funds_withdrawn", dispute)
        return dispute
    return _close(scope, dispute, "lost")


def close_dispute(scope: Scope, dispute: Resource) -> Resource:
    """Let the merchant give in, for good; raises Refusal."""
    if dispute["status"] != "needs_response":
        raise Refusal(
            f"This dispute has a status of {dispute['status']} and cannot be closed.",
            param="dispute",
        )
    return _close(scope, dispute, "lost")


def let_pass(scope: Scope, dispute: Resource) -> Resource:
    """Let the last day for evidence pass: a dispute is lost, an inquiry ends."""
    dispute["evidence_details"]["past_due"] = True
    if dispute["status"].startswith(INQUIRY):
        return _close(scope, dispute, "warning_closed")
    return _close(scope, dispute, "lost")


def decide_dispute(scope: Scope, dispute: Resource) -> Resource:
    """Let the bank decide as the evidence says, or as is set for all others."""
    text = dispute["evidence"]["uncategorized_text"]
    wins = {WINNING: True, LOSING: False}.get(text, scope.sandbox.behaviour.dispute_is_won)
    if dispute["status"].startswith(INQUIRY):
        return win_dispute(scope, dispute)
    return win_dispute(scope, dispute) if wins else lose_dispute(scope, dispute)


def dispute_as_card_says(scope: Scope, charge: Resource) -> None:
    """Open the dispute that the test number of a charge stands for."""
    card = read_card(scope.private(charge["payment_method"])["number"])
    if not scope.where("dispute", charge=charge["id"]):
        open_dispute(scope, charge, reason=card.dispute, inquiry=card.inquiry)


def _check_disputable(scope: Scope, charge: Resource) -> None:
    if charge["status"] != "succeeded":
        raise Refusal(f"Charge {charge['id']} has not succeeded; nobody can dispute it.")
    for dispute in scope.where("dispute", charge=charge["id"]):
        if dispute["status"] != "warning_closed":
            raise Refusal(f"Charge {charge['id']} has been disputed already: {dispute['id']}.")


def _check_open(dispute: Resource) -> None:
    if dispute["status"] not in OPEN:
        raise Refusal(f"This dispute is closed already: {dispute['status']}.", param="dispute")


def _close(scope: Scope, dispute: Resource, status: str) -> Resource:
    before, dispute["status"] = dispute["status"], status
    scope.save(dispute)
    scope.not_later("dispute_is_answered_too_late", dispute["id"])
    scope.not_later("bank_decides_dispute", dispute["id"])
    scope.announce("charge.dispute.closed", dispute, status=before)
    return dispute


def _withdraw(scope: Scope, dispute: Resource) -> None:
    """Take the amount and the fee, whatever the balance is: it may fall below nothing."""
    fee = scope.sandbox.behaviour.dispute_fee_of(dispute["currency"])
    _post(scope, dispute, amount=-dispute["amount"], fee=fee, kind="dispute")
    scope.save(dispute)
    _record(scope, dispute, amount=dispute["amount"], fee=fee)


def _reinstate(scope: Scope, dispute: Resource) -> None:
    fee = dispute["balance_transactions"][0]["fee"]
    _post(scope, dispute, amount=dispute["amount"], fee=-fee, kind="dispute_reversal")
    _record(scope, dispute, amount=dispute["amount"], fee=fee, reversal="_reversal")


def _post(scope: Scope, dispute: Resource, *, amount: int, fee: int, kind: str) -> None:
    direction = "withdrawal" if amount < 0 else "reversal"
    line = post_transaction(
        scope,
        kind=kind,
        amount=amount,
        fee=fee,
        currency=dispute["currency"],
        source=dispute["id"],
        description=f"Chargeback {direction} for {dispute['charge']}",
    )
    dispute["balance_transactions"] = [*dispute["balance_transactions"], line]


def _record(scope: Scope, dispute: Resource, *, amount: int, fee: int, reversal: str = "") -> None:
    for kind, money in (("dispute", amount), ("dispute_fee", fee)):
        scope.record(
            f"{kind}{reversal}",
            currency=dispute["currency"],
            amount=money,
            dispute=dispute["id"],
            charge=dispute["charge"],
            payment_intent=dispute["payment_intent"],
        )


def _decided_at(scope: Scope, evidence: Resource) -> int:
    """Return when the bank decides: at once where the evidence is one of Stripe's test words."""
    if evidence["uncategorized_text"] in (WINNING, LOSING):
        return scope.at
    return scope.at + scope.sandbox.behaviour.dispute_review_seconds


def _is_card(charge: Resource) -> bool:
    return bool(charge["payment_method_details"]["type"] == "card")


def _new_dispute(
    scope: Scope, charge: Resource, amount: int, reason: str, *, inquiry: bool
) -> Resource:
    is_card = _is_card(charge)
    due_by = scope.at + scope.sandbox.behaviour.dispute_answer_seconds if is_card else None
    dispute: Resource = {
        "id": new_id("du"),
        "object": "dispute",
        "amount": amount,
        "balance_transactions": [],
        "charge": charge["id"],
        "created": scope.at,
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {**dict.fromkeys(EVIDENCE), "enhanced_evidence": {}},
        "evidence_details": {
            "due_by": due_by,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        "is_charge_refundable": inquiry,
        "livemode": False,
        "metadata": {},
        "network_reason_code": REASON_CODES.get(reason, "13.7") if is_card else None,
        "payment_intent": charge["payment_intent"],
        "reason": reason,
        "status": f"{INQUIRY if inquiry else ''}needs_response",
    }
    if is_card:
        brand = charge["payment_method_details"]["card"]["brand"]
        dispute["payment_method_details"] = {
            "type": "card",
            "card": {
                "brand": brand,
                "case_type": "inquiry" if inquiry else "chargeback",
                "network": brand,
                "network_reason_code": dispute["network_reason_code"],
            },
        }
        scope.later("dispute_is_answered_too_late", dispute["id"], at=due_by or scope.at)
    return scope.add(dispute)
