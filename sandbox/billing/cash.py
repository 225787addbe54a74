"""Bank transfers: money arrives on a customer's virtual account and pays open invoices whole.

An invoice is never partly funded: what is short waits in the customer's cash balance until more
comes, what is over stays there. Source: https://docs.stripe.com/invoicing/bank-transfer and
https://docs.stripe.com/payments/customer-balance
"""

from __future__ import annotations

import hashlib

from sandbox.billing import collecting, invoices
from sandbox.ids import new_id
from sandbox.payments import intents, methods
from sandbox.payments.charges import settle_charge
from sandbox.scope import Scope
from sandbox.store import Resource

KIND = "customer_cash_balance_transaction"
BANK = "customer_balance"


def receive_transfer(
    scope: Scope, customer: Resource, *, amount: int, currency: str, reference: str
) -> Resource:
    """Let a bank transfer arrive for a customer, and pay what it reaches for."""
    funded = _post(
        scope,
        customer,
        amount,
        currency,
        "funded",
        funded={
            "bank_transfer": {
                "eu_bank_transfer": {
                    "bic": "TESTDEFF",
                    "iban_last4": "3000",
                    "sender_name": customer["name"] or customer["email"],
                },
                "reference": reference,
                "type": "eu_bank_transfer",
            }
        },
    )
    pay_open_invoices(scope, customer, currency)
    return funded


def pay_open_invoices(scope: Scope, customer: Resource, currency: str) -> None:
    """Pay the customer's open invoices that take bank transfers, the oldest first, whole or not."""
    for invoice in scope.where("invoice", customer=customer["id"], currency=currency):
        takes = invoice["payment_settings"]["payment_method_types"] or []
        owed = invoice["amount_remaining"]
        if not invoices.is_owed(invoice) or BANK not in takes:
            continue
        if cash_of(scope, customer, currency) < owed:
            return
        _pay(scope, customer, invoice)


def cash_of(scope: Scope, customer: Resource, currency: str) -> int:
    """Return what has arrived for a customer and was not used yet, in minor units."""
    return int(scope.private(customer["id"]).get("cash", {}).get(currency, 0))


def cash_balance(scope: Scope, customer: Resource) -> Resource:
    """Return a customer's cash balance in Stripe's form."""
    return {
        "object": "cash_balance",
        "available": scope.private(customer["id"]).get("cash") or None,
        "customer": customer["id"],
        "livemode": False,
        "settings": {"reconciliation_mode": "automatic", "using_merchant_default": True},
    }


def funding_instructions(scope: Scope, customer: Resource, *, currency: str) -> Resource:
    """Return the virtual IBAN to which a customer sends money."""
    known = scope.private(customer["id"]).get("iban")
    if not known:
        digits = f"{int(hashlib.sha256(customer['id'].encode()).hexdigest(), 16) % 10**18:018d}"
        known = f"DE{98 - int(digits + '131400') % 97:02d}{digits}"
        scope.note(customer["id"], iban=known)
    no_address = dict(methods.NO_ADDRESS)
    return {
        "object": "funding_instructions",
        "bank_transfer": {
            "country": "DE",
            "financial_addresses": [
                {
                    "type": "iban",
                    "iban": {
                        "account_holder_address": no_address,
                        "account_holder_name": "Sandbox: no money moves",
                        "bank_address": no_address,
                        "bic": "TESTDEFF",
                        "country": "DE",
                        "iban": known,
                    },
                    "supported_networks": ["sepa"],
                }
            ],
            "type": "eu_bank_transfer",
        },
        "currency": currency,
        "funding_type": "bank_transfer",
        "livemode": False,
    }


def _pay(scope: Scope, customer: Resource, invoice: Resource) -> None:
    owed, currency = invoice["amount_remaining"], invoice["currency"]
    method = methods.new_balance_method(scope, customer["id"])
    intent = collecting.intent_for(scope, invoice)
    intent |= {"payment_method": method["id"], "payment_method_types": [BANK]}
    intents.succeed(scope, intent, settle_charge(scope, intent, method))
    applied = {"payment_intent": intent["id"]}
    _post(scope, customer, -owed, currency, "applied_to_payment", applied_to_payment=applied)
    collecting.settle_if_done(scope, invoice, intent)


def _post(
    scope: Scope, customer: Resource, amount: int, currency: str, kind: str, **more: object
) -> Resource:
    cash = scope.private(customer["id"]).get("cash", {})
    cash[currency] = cash.get(currency, 0) + amount
    scope.note(customer["id"], cash=cash)
    transaction: Resource = {
        "id": new_id("ccsbtxn"),
        "object": KIND,
        "created": scope.at,
        "currency": currency,
        "customer": customer["id"],
        "ending_balance": cash[currency],
        "livemode": False,
        "net_amount": amount,
        "type": kind,
        **more,
    }
    scope.add(transaction)
    scope.announce("customer_cash_balance_transaction.created", transaction)
    return transaction
