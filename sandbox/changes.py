"""Every change that the clock can bring about, by name; at one moment, in this order."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.billing import collecting, subscriptions
from sandbox.checkout.completing import bank_answers
from sandbox.checkout.sessions import close_session
from sandbox.connect.accounts import finish_check
from sandbox.payments import disputes, payouts, refunds
from sandbox.payments.balances import balance_of, make_available
from sandbox.payments.warnings import warn_of_fraud
from sandbox.scope import Scope


def _session_expires(scope: Scope, session_id: str) -> None:
    session = scope.find("checkout.session", session_id)
    if session["status"] == "open":
        close_session(scope, session)


def _bank_answers(scope: Scope, intent_id: str) -> None:
    intent = scope.find("payment_intent", intent_id)
    if intent["status"] == "processing":
        bank_answers(scope, intent, succeeds=scope.sandbox.behaviour.slow_method_succeeds)


def _funds_become_available(scope: Scope, transaction_id: str) -> None:
    make_available(scope, transaction_id)
    refunds.pay_out_waiting(scope, scope.find("balance_transaction", transaction_id)["currency"])
    scope.later("balance_is_told", scope.account, at=scope.at)
    payouts.plan_payout(scope)


def _refund_is_answered(scope: Scope, refund_id: str) -> None:
    refunds.answer_refund(scope, scope.find("refund", refund_id))


def _bank_disputes(scope: Scope, charge_id: str) -> None:
    disputes.dispute_as_card_says(scope, scope.find("charge", charge_id))


def _network_warns(scope: Scope, charge_id: str) -> None:
    warn_of_fraud(scope, scope.find("charge", charge_id))


def _dispute_is_answered_too_late(scope: Scope, dispute_id: str) -> None:
    disputes.let_pass(scope, scope.find("dispute", dispute_id))


def _bank_decides_dispute(scope: Scope, dispute_id: str) -> None:
    disputes.decide_dispute(scope, scope.find("dispute", dispute_id))


def _payout_arrives(scope: Scope, payout_id: str) -> None:
    payouts.arrive(scope, scope.find("payout", payout_id))


def _payouts_are_made(scope: Scope, _: str) -> None:
    payouts.pay_out_everything(scope)


def _balance_is_told(scope: Scope, _: str) -> None:
    scope.announce("balance.available", balance_of(scope))


def _account_is_checked(scope: Scope, _: str) -> None:
    finish_check(scope)


def _subscription_cycles(scope: Scope, subscription_id: str) -> None:
    subscriptions.begin_cycle(scope, scope.find("subscription", subscription_id))


def _collection_resumes(scope: Scope, subscription_id: str) -> None:
    subscriptions.resume(scope, scope.find("subscription", subscription_id))


def _subscription_expires(scope: Scope, subscription_id: str) -> None:
    subscription = scope.find("subscription", subscription_id)
    if subscription["status"] == "incomplete":
        collecting.end_subscription(scope, subscription, reason="payment_failed")


def _invoice_is_finalized(scope: Scope, invoice_id: str) -> None:
    subscriptions.finish_draft(scope, scope.find("invoice", invoice_id))


def _invoice_is_tried_again(scope: Scope, invoice_id: str) -> None:
    invoice = scope.find("invoice", invoice_id)
    if invoice["status"] == "open":
        collecting.collect_quietly(scope, invoice)


def _invoice_is_overdue(scope: Scope, invoice_id: str) -> None:
    invoice = scope.find("invoice", invoice_id)
    if invoice["status"] == "open":
        scope.announce("invoice.overdue", invoice)


CHANGES: dict[str, Callable[[Scope, str], None]] = {
    "account_is_checked": _account_is_checked,
    "session_expires": _session_expires,
    "bank_answers": _bank_answers,
    "bank_disputes": _bank_disputes,
    "network_warns": _network_warns,
    "dispute_is_answered_too_late": _dispute_is_answered_too_late,
    "bank_decides_dispute": _bank_decides_dispute,
    "funds_become_available": _funds_become_available,
    "refund_is_answered": _refund_is_answered,
    "subscription_expires": _subscription_expires,
    "collection_resumes": _collection_resumes,
    "subscription_cycles": _subscription_cycles,
    "invoice_is_finalized": _invoice_is_finalized,
    "invoice_is_tried_again": _invoice_is_tried_again,
    "invoice_is_overdue": _invoice_is_overdue,
    "payout_arrives": _payout_arrives,
    "payouts_are_made": _payouts_are_made,
    "balance_is_told": _balance_is_told,
}
