"""Application fees: what the platform takes of a direct charge, and gives back.

Source: https://docs.stripe.com/connect/direct-charges#collect-fees
"""

from __future__ import annotations

from sandbox.connect.accounts import application_id
from sandbox.errors import Refusal
from sandbox.ids import new_id
from sandbox.lists import page_of
from sandbox.payments.balances import post_transaction
from sandbox.scope import Scope
from sandbox.store import Resource


def check_application_fee(scope: Scope, amount: int, fee: int) -> None:
    """Refuse a fee on the platform's own payment, or above the payment; raises Refusal."""
    if scope.account == scope.sandbox.platform:
        raise Refusal(
            "Can only apply an application_fee_amount when the PaymentIntent is attempting a direct"
            " payment (using the Stripe-Account header).",
            param="application_fee_amount",
        )
    if not 0 <= fee <= amount:
        raise Refusal(
            f"The application fee ({fee}) must be between 0 and the amount ({amount}).",
            param="application_fee_amount",
        )


def take_application_fee(scope: Scope, charge: Resource, fee: int, *, available_at: int) -> str:
    """Let the platform have its fee of a direct charge; returns the fee's id."""
    platform = Scope(scope.sandbox, scope.sandbox.platform, scope.at)
    fee_id = new_id("fee")
    line = post_transaction(
        platform,
        kind="application_fee",
        amount=fee,
        currency=charge["currency"],
        source=fee_id,
        available_at=available_at,
    )
    taken: Resource = {
        "id": fee_id,
        "object": "application_fee",
        "account": scope.account,
        "amount": fee,
        "amount_refunded": 0,
        "application": application_id(scope.sandbox),
        "balance_transaction": line["id"],
        "charge": charge["id"],
        "created": scope.at,
        "currency": charge["currency"],
        "fee_source": {"type": "charge", "charge": charge["id"]},
        "livemode": False,
        "originating_transaction": None,
        "refunded": False,
        "refunds": page_of([], url=f"/v1/application_fees/{fee_id}/refunds"),
    }
    platform.add(taken)
    more = {"application_fee": fee_id, "charge": charge["id"]}
    platform.record("application_fee_income", currency=charge["currency"], amount=fee, **more)
    scope.record("application_fee", currency=charge["currency"], amount=fee, **more)
    platform.announce("application_fee.created", taken)
    return fee_id


def give_back_fee(
    platform: Scope, fee: Resource, *, amount: int | None = None, metadata: Resource | None = None
) -> Resource:
    """Give the account some of an application fee back (all that is left if None)."""
    left = fee["amount"] - fee["amount_refunded"]
    wanted = left if amount is None else amount
    if not 0 < wanted <= left:
        raise Refusal(
            f"Refund amount ({wanted}) is not within what is left of the fee ({left}).",
            code="application_fee_already_refunded" if left == 0 else None,
            param="amount",
        )
    refund_id = new_id("fr")
    line = post_transaction(
        platform,
        kind="application_fee_refund",
        amount=-wanted,
        currency=fee["currency"],
        source=refund_id,
    )
    refund: Resource = {
        "id": refund_id,
        "object": "fee_refund",
        "amount": wanted,
        "balance_transaction": line["id"],
        "created": platform.at,
        "currency": fee["currency"],
        "fee": fee["id"],
        "metadata": metadata or {},
    }
    platform.add(refund)
    fee["amount_refunded"] += wanted
    fee["refunded"] = fee["amount_refunded"] == fee["amount"]
    fee["refunds"]["data"] = [refund, *fee["refunds"]["data"]]
    platform.save(fee)
    more = {"application_fee": fee["id"], "charge": fee["charge"]}
    platform.record("application_fee_outgo", currency=fee["currency"], amount=wanted, **more)
    own = Scope(platform.sandbox, fee["account"], platform.at)
    own.record("application_fee_reversal", currency=fee["currency"], amount=wanted, **more)
    platform.announce("application_fee.refunded", fee)
    return refund


def give_back_to_balance(platform: Scope, fee: Resource, refund: Resource) -> None:
    """Put a fee that came back by itself, without a refund of the charge, on the balance."""
    post_transaction(
        Scope(platform.sandbox, fee["account"], platform.at),
        kind="application_fee_refund",
        amount=refund["amount"],
        currency=fee["currency"],
        source=refund["id"],
    )


def share_of_fee(scope: Scope, charge: Resource, refunded: int) -> int:
    """Give back the part of a charge's fee that a refund of `refunded` stands for; returns it."""
    if not charge["application_fee"]:
        return 0
    platform = Scope(scope.sandbox, scope.sandbox.platform, scope.at)
    fee = platform.find("application_fee", charge["application_fee"])
    left = fee["amount"] - fee["amount_refunded"]
    whole = charge["amount_refunded"] == charge["amount"]
    share = left if whole else min(left, fee["amount"] * refunded // charge["amount"])
    if share:
        give_back_fee(platform, fee, amount=share)
    return share
