"""What the sandbox knows of a connected account, from which Stripe's two forms of it are made.

A capability is restricted until the account's owner has told everything, pending while Stripe
checks it, then active. Source: https://docs.stripe.com/connect/accounts-v2/capabilities
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from sandbox.store import Resource

ACTIVE, PENDING, RESTRICTED = "active", "pending", "restricted"
MERCHANT = ("card_payments", "sepa_debit_payments", "bancontact_payments", "ideal_payments")
RECIPIENT = "transfers"
NEEDED = (
    "identity.business_details.registered_name",
    "identity.individual.documents.primary_verification",
    "configuration.payout_methods.default",
)
DOCUMENT = NEEDED[1]


@dataclass
class Standing:
    """How an account stands: what it asked for, what is missing, where its money goes."""

    country: str = "FR"
    currency: str = "eur"
    requested: list[str] = field(default_factory=lambda: ["card_payments", "transfers"])
    statuses: dict[str, str] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    submitted: bool = True
    bank: Resource | None = None
    configurations: list[str] = field(default_factory=lambda: ["merchant", "recipient"])
    display_name: str | None = None
    contact_email: str | None = None
    registered_name: str | None = None
    dashboard: str | None = "full"
    entity_type: str | None = None
    fees_collector: str = "stripe"
    losses_collector: str = "stripe"
    profile: Resource = field(default_factory=dict)
    metadata: Resource = field(default_factory=dict)
    created: int = 0

    def status_of(self, capability: str) -> str:
        """Return how a capability stands; one that was never named is active in old accounts."""
        return self.statuses.get(capability, ACTIVE)

    @property
    def can_charge(self) -> bool:
        """Whether payments can be taken."""
        return "card_payments" in self.requested and self.status_of("card_payments") == ACTIVE

    @property
    def can_pay_out(self) -> bool:
        """Whether money can leave for the bank."""
        return self.can_charge and self.bank is not None

    def kept(self) -> dict[str, Any]:
        """Return what is kept in the store."""
        return asdict(self)


def bank_account(account_id: str, bank_id: str, standing: Standing, iban: str) -> Resource:
    """Return a bank account in Stripe's form."""
    return {
        "id": bank_id,
        "object": "bank_account",
        "account": account_id,
        "account_holder_name": standing.registered_name,
        "account_holder_type": "company",
        "bank_name": "TEST BANK",
        "country": iban[:2] if iban[:2].isalpha() else standing.country,
        "currency": standing.currency,
        "default_for_currency": True,
        "fingerprint": None,
        "last4": iban[-4:],
        "metadata": {},
        "routing_number": None,
        "status": "new",
    }
