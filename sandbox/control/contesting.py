"""Controls that act for the payer's bank after a payment: disputes, warnings, returned money."""

from __future__ import annotations

from typing import Any

from sandbox.control.door import Asking, WrongControl, acted, control
from sandbox.payments import disputes
from sandbox.payments.payouts import fail_payout
from sandbox.payments.refunds import fail_refund
from sandbox.payments.warnings import warn_of_fraud
from sandbox.scope import Scope
from sandbox.store import Resource


@control(
    "POST",
    "charges/{id}/dispute",
    "The payer's bank disputes a charge, or a payment_intent: {amount_minor, reason, inquiry}.",
)
def open_a_dispute(asking: Asking) -> Any:
    """Open a dispute; the id is that of a charge or of a PaymentIntent."""
    scope, charge = _charge_of(asking)
    reason = asking.take("reason", str, "fraudulent")
    amount = asking.take("amount_minor", int)
    inquiry = asking.take("inquiry", bool, otherwise=False)
    return acted(
        asking,
        lambda: disputes.open_dispute(scope, charge, amount=amount, reason=reason, inquiry=inquiry),
    )


@control("POST", "disputes/{id}/win", "The bank decides for the merchant: the money comes back.")
def win_a_dispute(asking: Asking) -> Any:
    """Let a dispute be won."""
    scope = asking.scope_of("dispute")
    return acted(asking, lambda: disputes.win_dispute(scope, scope.find("dispute", asking.id)))


@control("POST", "disputes/{id}/lose", "The bank decides for the payer; an inquiry becomes more.")
def lose_a_dispute(asking: Asking) -> Any:
    """Let a dispute be lost."""
    scope = asking.scope_of("dispute")
    return acted(asking, lambda: disputes.lose_dispute(scope, scope.find("dispute", asking.id)))


@control("POST", "charges/{id}/warn", "The card network warns of fraud before any dispute.")
def warn_of_a_charge(asking: Asking) -> Any:
    """Send an early fraud warning."""
    scope, charge = _charge_of(asking)
    return acted(asking, lambda: warn_of_fraud(scope, charge))


@control("POST", "refunds/{id}/fail", "The payer's bank sends a refund back: {reason}.")
def fail_a_refund(asking: Asking) -> Any:
    """Let a refund fail."""
    reason = asking.take("reason", str, "lost_or_stolen_card")
    scope = asking.scope_of("refund")
    return acted(asking, lambda: fail_refund(scope, scope.find("refund", asking.id), reason=reason))


@control("POST", "payouts/{id}/fail", "The bank sends a payout back: {code}.")
def fail_a_payout(asking: Asking) -> Any:
    """Let a payout fail."""
    code = asking.take("code", str, "account_closed")
    scope = asking.scope_of("payout")
    return acted(asking, lambda: fail_payout(scope, scope.find("payout", asking.id), code=code))


def _charge_of(asking: Asking) -> tuple[Scope, Resource]:
    """Return the charge that the address names, itself or by its PaymentIntent."""
    if not asking.id.startswith("pi_"):
        scope = asking.scope_of("charge")
        return scope, scope.find("charge", asking.id)
    scope = asking.scope_of("payment_intent")
    charge_id = scope.find("payment_intent", asking.id)["latest_charge"]
    if charge_id is None:
        raise WrongControl("This PaymentIntent has no charge.")
    return scope, scope.find("charge", charge_id)
