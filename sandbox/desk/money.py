"""What the desk shows of money: balances, payments, disputes, refunds, payouts."""

from __future__ import annotations

from typing import Any

from sandbox.checkout.html import Markup
from sandbox.desk.sight import Sight
from sandbox.desk.tables import (
    Column,
    button,
    code,
    moment,
    money,
    payer_of,
    state,
    table,
    together,
    two,
)
from sandbox.payments.methods import REDIRECTS
from sandbox.scope import Scope
from sandbox.store import Resource

WORDS = {
    "succeeded": "paid",
    "processing": "at the bank",
    "requires_action": "at the bank’s page",
    "requires_confirmation": "not tried yet",
    "requires_payment_method": "not paid yet",
    "canceled": "canceled",
}
METHODS = {
    "sepa_debit": "SEPA debit",
    **REDIRECTS,
    "customer_balance": "Bank transfer",
}
DISPUTES = {"needs_response": "needs an answer", "under_review": "at the bank"}


def balances(sight: Sight) -> Markup:
    """Return one line for each account and currency, and whether record and balance agree."""
    store, rows, agree = sight.sandbox.store, [], True
    kept = {
        (row["account"], row["currency"]): (row["available"], row["pending"])
        for row in store.rows("SELECT * FROM balance")
    }
    for total in sight.sandbox.record.summary():
        currency = total["currency"]
        available, pending = kept.get((total["account"], currency), (0, 0))
        agree = agree and total["net_minor"] == available + pending
        disputed = total["dispute_minor"] - total["dispute_reversal_minor"]
        disputed += total["dispute_fee_minor"] - total["dispute_fee_reversal_minor"]
        amounts = (
            total["charge_minor"],
            -total["fee_minor"],
            total["refund_reversal_minor"] - total["refund_minor"],
            -disputed,
            total["payout_reversal_minor"] - total["payout_minor"],
            pending,
            available,
        )
        rows.append([sight.name_of(total["account"]), *(money(a, currency) for a in amounts)])
    names = ("Charged", "Stripe's fees", "Refunded", "Disputed", "Paid out", "Pending", "Available")
    columns = [Column("Account"), *(Column(name, is_amount=True) for name in names)]
    shown = table("Balances", columns, rows, empty="No money has moved yet.")
    said = "The record of money and the balances agree."
    if not agree:
        said = "The record of money and the balances differ: this is a fault of the sandbox."
    hint = f'<p class="hint">{said}</p></section>'
    return Markup(shown.removesuffix("</section>") + hint) if rows else shown


def payments(sight: Sight, *, most: int) -> Markup:
    """Return the latest payments of all accounts, with what can be done about each."""
    rows = [_payment(sight, account, intent) for account, intent in sight.latest(
        "payment_intent", most
    )]  # fmt: skip
    columns = [
        Column("When"),
        Column("Account"),
        Column("Payer"),
        Column("Amount", is_amount=True),
        Column("Fee", is_amount=True),
        Column("Returned", is_amount=True),
        Column("State"),
        Column("Acts"),
    ]
    return table(
        "Payments",
        columns,
        rows,
        empty="Nobody has paid yet. Open a Checkout page on the site and use a test card.",
    )


def _payment(sight: Sight, account: str, intent: Resource) -> list[Any]:
    scope = Scope(sight.sandbox, account, sight.at)
    charge = scope.find("charge", intent["latest_charge"]) if intent["latest_charge"] else None
    fee = None
    if charge and charge["balance_transaction"]:
        fee = scope.find("balance_transaction", charge["balance_transaction"])["fee"]
    disputes = scope.where("dispute", charge=charge["id"]) if charge else []
    word = WORDS[intent["status"]]
    if intent["last_payment_error"]:
        word = "declined"
    if disputes:
        word = f"disputed: {_dispute_word(disputes[-1])}"
    currency = intent["currency"]
    returned = charge["amount_refunded"] if charge and charge["amount_refunded"] else None
    return [
        moment(intent["created"]),
        sight.name_of(account),
        two(payer_of(charge) or "–", _method_of(charge)),
        money(intent["amount"], currency),
        money(fee, currency),
        money(returned, currency),
        two(state(word), code(intent["id"])),
        together(_acts_for(sight, intent, charge, disputes)),
    ]


def _acts_for(
    sight: Sight, intent: Resource, charge: Resource | None, disputes: list[Resource]
) -> list[Markup]:
    def act(label: str, name: str, about: str) -> Markup:
        return button(label, **sight.form, act=name, id=about, about=about)

    if intent["status"] == "processing":
        return [act("Settle", "settle", intent["id"]), act("Fail", "fail", intent["id"])]
    open_one = [one for one in disputes if one["status"] in DISPUTES]
    if open_one:
        dispute = open_one[-1]["id"]
        return [act("Win dispute", "win", dispute), act("Lose dispute", "lose", dispute)]
    if charge and charge["status"] == "succeeded" and not disputes:
        return [act("Dispute", "dispute", charge["id"])]
    return []


def refunds(sight: Sight, *, most: int) -> Markup:
    """Return the latest refunds of all accounts."""
    rows = []
    for account, refund in sight.latest("refund", most):
        failing = refund["status"] in ("pending", "succeeded")
        why = refund.get("failure_reason") or refund.get("pending_reason") or refund["reason"]
        act = button(
            "Send back", **sight.form, act="fail_refund", id=refund["id"], about=refund["id"]
        )
        rows.append(
            [
                moment(refund["created"]),
                sight.name_of(account),
                money(refund["amount"], refund["currency"]),
                two(state(refund["status"]), (why or "").replace("_", " ")),
                code(refund["charge"]),
                together([act] if failing else []),
            ]
        )
    columns = [
        Column("When"),
        Column("Account"),
        Column("Amount", is_amount=True),
        Column("State"),
        Column("Charge"),
        Column("Acts"),
    ]
    return table("Refunds", columns, rows, empty="Nothing has been given back.")


def payouts(sight: Sight, *, most: int) -> Markup:
    """Return the latest payouts of all accounts, with how many lines each sums."""
    rows = []
    for account, payout in sight.latest("payout", most):
        lines = sight.sandbox.store.rows(
            "SELECT count(*) AS n FROM resource WHERE kind = 'balance_transaction'"
            " AND json_extract(private, '$.payout') = ? AND id <> ?",
            payout["id"],
            payout["balance_transaction"],
        )[0]["n"]
        comes_back = payout["status"] in ("pending", "in_transit", "paid")
        act = button(
            "Send back", **sight.form, act="fail_payout", id=payout["id"], about=payout["id"]
        )
        rows.append(
            [
                moment(payout["created"]),
                sight.name_of(account),
                money(payout["amount"], payout["currency"]),
                _lines_in_words(lines) if payout["automatic"] else "by hand",
                moment(payout["arrival_date"]),
                state(payout["status"].replace("_", " ")),
                together([act] if comes_back else []),
            ]
        )
    columns = [
        Column("When"),
        Column("Account"),
        Column("Amount", is_amount=True),
        Column("Made of"),
        Column("Arrives"),
        Column("State"),
        Column("Acts"),
    ]
    empty = (
        "Nothing was paid out. Set payout_every_seconds to 86400, and each midnight pays out what"
        " is available."
    )
    return table("Payouts", columns, rows, empty=empty)


def _lines_in_words(count: int) -> str:
    return "1 line" if count == 1 else f"{count} lines"


def _dispute_word(dispute: Resource) -> str:
    status = str(dispute["status"])
    return DISPUTES.get(status, status.replace("warning_", "inquiry ").replace("_", " "))


def _method_of(charge: Resource | None) -> str:
    details = (charge or {}).get("payment_method_details") or {}
    kind = details.get("type", "")
    if kind == "card":
        return f"{details['card']['brand'].title()} … {details['card']['last4']}"
    if kind == "sepa_debit":
        return f"{METHODS[kind]} … {details[kind]['last4']}"
    return METHODS.get(kind, str(kind))
