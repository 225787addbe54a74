"""Transfers from the platform to an account, and back; for a solidarity fund only.

Source: https://docs.stripe.com/connect/separate-charges-and-transfers and
https://docs.stripe.com/connect/cross-border-payouts (between US, UK, EEA, CA and CH only)
"""

from __future__ import annotations

from typing import Any

from sandbox.connect.accounts import standing_of
from sandbox.connect.standing import ACTIVE, RECIPIENT
from sandbox.errors import Refusal
from sandbox.ids import new_id
from sandbox.lists import page_of
from sandbox.payments.balances import available, post_transaction
from sandbox.payments.charges import transferred_charge
from sandbox.scope import Scope
from sandbox.store import Resource

REACHED = set(
    "US GB CA CH AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO"  # noqa: SIM905
    " SE SI SK".split()
)


def new_transfer(
    scope: Scope, *, amount: int, currency: str, destination: str, **more: Any
) -> Resource:
    """Move money of the platform to an account; raises Refusal."""
    _check_destination(scope, destination)
    source = more.get("source_transaction")
    available_at = _check_amount(scope, amount, currency, source)
    transfer_id = new_id("tr")
    line = post_transaction(
        scope,
        kind="transfer",
        amount=-amount,
        currency=currency,
        source=transfer_id,
        available_at=available_at,
    )
    transfer: Resource = {
        "id": transfer_id,
        "object": "transfer",
        "amount": amount,
        "amount_reversed": 0,
        "balance_transaction": line["id"],
        "created": scope.at,
        "currency": currency,
        "description": None,
        "destination": destination,
        "destination_payment": None,
        "livemode": False,
        "metadata": {},
        "reversals": page_of([], url=f"/v1/transfers/{transfer_id}/reversals"),
        "reversed": False,
        "source_transaction": None,
        "source_type": "card",
        "transfer_group": None,
        **more,
    }
    there = Scope(scope.sandbox, destination, scope.at)
    paid = transferred_charge(there, transfer, available_at=available_at)
    transfer["destination_payment"] = paid["id"]
    scope.add(transfer)
    scope.record("transfer", currency=currency, amount=amount, transfer=transfer_id)
    there.record("transfer_income", currency=currency, amount=amount, transfer=transfer_id)
    scope.announce("transfer.created", transfer)
    return transfer


def reverse_transfer(
    scope: Scope, transfer: Resource, *, amount: int | None, metadata: Resource
) -> Resource:
    """Take some of a transfer back (all that is left if None); raises Refusal."""
    left = transfer["amount"] - transfer["amount_reversed"]
    wanted = left if amount is None else amount
    if not 0 < wanted <= left:
        raise Refusal(
            f"Reversal amount ({wanted}) is not within what is left of the transfer ({left}).",
            param="amount",
        )
    there = Scope(scope.sandbox, transfer["destination"], scope.at)
    currency = transfer["currency"]
    if available(there, currency) < wanted:
        raise Refusal(
            "The destination account has insufficient funds for this reversal.",
            code="balance_insufficient",
        )
    reversal_id = new_id("trr")
    line = post_transaction(
        scope, kind="transfer_refund", amount=wanted, currency=currency, source=reversal_id
    )
    post_transaction(
        there,
        kind="payment_refund",
        amount=-wanted,
        currency=currency,
        source=transfer["destination_payment"],
    )
    reversal: Resource = {
        "id": reversal_id,
        "object": "transfer_reversal",
        "amount": wanted,
        "balance_transaction": line["id"],
        "created": scope.at,
        "currency": currency,
        "destination_payment_refund": None,
        "metadata": metadata,
        "source_refund": None,
        "transfer": transfer["id"],
    }
    scope.add(reversal)
    transfer["amount_reversed"] += wanted
    transfer["reversed"] = transfer["amount_reversed"] == transfer["amount"]
    transfer["reversals"]["data"] = [reversal, *transfer["reversals"]["data"]]
    scope.save(transfer)
    more = {"transfer": transfer["id"]}
    scope.record("transfer_reversal", currency=currency, amount=wanted, **more)
    there.record("transfer_outgo", currency=currency, amount=wanted, **more)
    scope.announce("transfer.reversed", transfer)
    return reversal


def _check_destination(scope: Scope, destination: str) -> None:
    try:
        standing = standing_of(scope.sandbox, destination)
    except Refusal as refusal:
        message = f"No such destination: '{destination}'"
        raise Refusal(message, code="resource_missing", param="destination") from refusal
    if standing.country not in REACHED:
        raise Refusal(
            f"Funds can't be sent to accounts located in {standing.country} because it's restricted"
            " outside of your platform's region.",
            code="transfers_not_allowed",
            param="destination",
        )
    if RECIPIENT not in standing.requested or standing.status_of(RECIPIENT) != ACTIVE:
        raise Refusal(
            "Your destination account needs to have at least one of the following capabilities"
            " enabled: transfers.",
            code="insufficient_capabilities_for_transfer",
            param="destination",
        )


def _check_amount(scope: Scope, amount: int, currency: str, source: str | None) -> int:
    """Return when the money is available: now, or with the charge that it comes from."""
    if amount < 1:
        raise Refusal("This value must be greater than or equal to 1.", param="amount")
    if source is None:
        if available(scope, currency) < amount:
            raise Refusal(
                "You have insufficient available funds in your Stripe account.",
                code="balance_insufficient",
            )
        return scope.at
    charge = scope.find("charge", source, param="source_transaction")
    sent = sum(t["amount"] for t in scope.where("transfer", source_transaction=source))
    if charge["application_fee_amount"] or sent + amount > charge["amount"]:
        raise Refusal(
            f"The transfers of a charge cannot be more than the charge ({charge['amount']}).",
            param="amount",
        )
    line = scope.find("balance_transaction", charge["balance_transaction"])
    return max(scope.at, line["available_on"])
