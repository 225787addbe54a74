"""What the tester may set: fees, waiting times, retries. The defaults come from here.

A setting is changed by `POST /_sandbox/settings` and kept in the store.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import Any

from sandbox.money_rules import multiple_of
from sandbox.store import Store

DAY_SECONDS = 86_400


def _usual_fees() -> dict[str, list[int]]:
    """Basis points and fixed minor units by currency; `*` for the rest (1.5 % + 0.25)."""
    return {
        "*": [150, 25],
        "jpy": [150, 30],
        "xof": [150, 160],
        "kwd": [150, 80],
        "isk": [150, 3500],
    }


def _usual_dispute_fees() -> dict[str, int]:
    """Minor units by currency; `*` for the rest (15.00)."""
    return {"*": 1500, "jpy": 1900, "xof": 10_000, "kwd": 5_000, "isk": 220_000, "huf": 600_000}


@dataclass
class Behaviour:
    """How the sandbox behaves where Stripe leaves it to contracts, countries or chance."""

    fees: dict[str, list[int]] = field(default_factory=_usual_fees)
    available_after_seconds: int = 2 * DAY_SECONDS
    slow_method_seconds: int = 5 * DAY_SECONDS
    slow_method_succeeds: bool = True
    payer_country: str = ""  # such as BE: which methods Checkout offers; empty is from anywhere
    first_retry_seconds: float = 2.0
    retry_factor: float = 4.0
    longest_retry_seconds: float = 12 * 3600.0
    retry_for_seconds: float = 3 * DAY_SECONDS
    delivery_timeout_seconds: float = 10.0
    idempotency_seconds: int = DAY_SECONDS
    dispute_fees: dict[str, int] = field(default_factory=_usual_dispute_fees)
    dispute_answer_seconds: int = 7 * DAY_SECONDS
    dispute_review_seconds: int = 60 * DAY_SECONDS
    dispute_is_won: bool = False
    refund_answer_seconds: int = 2 * DAY_SECONDS
    payout_every_seconds: int = 0  # 86400 pays out at each midnight (UTC); 0 never does by itself
    invoice_draft_seconds: int = 3_600
    renewal_retry_days: list[int] = field(default_factory=lambda: [3, 5, 7])
    failed_subscription_becomes: str = "canceled"  # or unpaid, past_due
    account_check_seconds: int = DAY_SECONDS
    payout_arrives_after_seconds: int = 2 * DAY_SECONDS

    def fee_of(self, amount: int, currency: str) -> int:
        """Return Stripe's fee on a charge, in minor units, rounded half up."""
        basis_points, fixed = self.fees.get(currency, self.fees["*"])
        multiple = multiple_of(currency)
        exact = amount * basis_points + fixed * 10_000
        fee = (exact + 5_000 * multiple) // (10_000 * multiple) * multiple
        return min(fee, amount)

    def dispute_fee_of(self, currency: str) -> int:
        """Return what Stripe takes for a dispute, in minor units."""
        return self.dispute_fees.get(currency, self.dispute_fees["*"])


class WrongSetting(ValueError):
    """A setting that does not exist, or a value of the wrong kind."""


def load_behaviour(store: Store) -> Behaviour:
    """Return the settings kept in `store` over the defaults."""
    return Behaviour(**store.setting("behaviour", {}))


def change_behaviour(behaviour: Behaviour, changes: dict[str, Any], store: Store) -> None:
    """Change some settings and keep them; raises WrongSetting and then changes nothing."""
    kinds = {f.name: type(getattr(behaviour, f.name)) for f in fields(behaviour)}
    for name, value in changes.items():
        if name not in kinds:
            raise WrongSetting(f"There is no setting “{name}”. There are: {', '.join(kinds)}.")
        fits = isinstance(value, kinds[name]) or (kinds[name] is float and type(value) is int)
        if not fits or (isinstance(value, (int, float)) and value < 0):
            raise WrongSetting(f"“{name}” takes {kinds[name].__name__}, not {value!r}.")
    for currency, fee in changes.get("fees", {}).items():
        if not (isinstance(fee, list) and len(fee) == 2 and all(type(part) is int for part in fee)):
            raise WrongSetting(
                f"The fee of {currency} is two integers: basis points, fixed minor units."
            )
    if not all(type(fee) is int for fee in changes.get("dispute_fees", {}).values()):
        raise WrongSetting("The fee of a dispute is a whole number of minor units.")
    for name, value in changes.items():
        merged = {**getattr(behaviour, name), **value} if isinstance(value, dict) else value
        setattr(behaviour, name, merged)
    with store.transaction():
        store.keep_setting("behaviour", asdict(behaviour))
