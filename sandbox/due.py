"""What the clock brings about: sessions expire, banks answer, funds become available."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.checkout.completing import bank_answers
from sandbox.checkout.sessions import close_session
from sandbox.events import WrongEvent
from sandbox.idempotency import forget_old_keys
from sandbox.payments import disputes
from sandbox.payments.balances import make_available
from sandbox.payments.refunds import answer_refund, pay_out_waiting
from sandbox.payments.warnings import warn_of_fraud
from sandbox.running import Sandbox
from sandbox.scope import Scope
from sandbox.violations import keep_violations

MOST_AT_ONCE = 500


def bring_about(sandbox: Sandbox) -> int:
    """Do everything that is due by now, the oldest first; returns how many changes there were."""
    now = sandbox.clock.now()
    rows = sandbox.store.rows(
        "SELECT * FROM due WHERE at <= ? ORDER BY at, resource LIMIT ?", now, MOST_AT_ONCE
    )
    for row in rows:
        scope = Scope(sandbox, row["account"], int(now))
        try:
            with sandbox.store.transaction():
                scope.not_later(row["change"], row["resource"])
                CHANGES[row["change"]](scope, row["resource"])
        except WrongEvent as wrong:
            keep_violations(sandbox, where=f"the clock, {row['change']}", sentences=[str(wrong)])
            raise
    if rows:
        sandbox.record.copy_to_file()
        sandbox.something_is_due.set()
    return len(rows)


def prune(sandbox: Sandbox) -> None:
    """Forget the idempotency keys that are too old."""
    with sandbox.store.transaction():
        forget_old_keys(sandbox, at=sandbox.clock.now())


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
    pay_out_waiting(scope, scope.find("balance_transaction", transaction_id)["currency"])


def _refund_is_answered(scope: Scope, refund_id: str) -> None:
    answer_refund(scope, scope.find("refund", refund_id))


def _bank_disputes(scope: Scope, charge_id: str) -> None:
    disputes.dispute_as_card_says(scope, scope.find("charge", charge_id))


def _network_warns(scope: Scope, charge_id: str) -> None:
    warn_of_fraud(scope, scope.find("charge", charge_id))


def _dispute_is_answered_too_late(scope: Scope, dispute_id: str) -> None:
    disputes.let_pass(scope, scope.find("dispute", dispute_id))


def _bank_decides_dispute(scope: Scope, dispute_id: str) -> None:
    disputes.decide_dispute(scope, scope.find("dispute", dispute_id))


CHANGES: dict[str, Callable[[Scope, str], None]] = {
    "session_expires": _session_expires,
    "bank_answers": _bank_answers,
    "funds_become_available": _funds_become_available,
    "refund_is_answered": _refund_is_answered,
    "bank_disputes": _bank_disputes,
    "network_warns": _network_warns,
    "dispute_is_answered_too_late": _dispute_is_answered_too_late,
    "bank_decides_dispute": _bank_decides_dispute,
}
