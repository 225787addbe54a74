"""What the contract's tests do again and again, on either side."""

from typing import Any

from tests.contract.sides import Side

NEVER_AWAY = {"enabled": True, "allow_redirects": "never"}
NOWHERE = "https://example.org/nowhere"


def a_payment(side: Side, card: str = "pm_card_visa", **more: Any) -> Any:
    """A PaymentIntent tried at once with one of Stripe's test cards."""
    params = {
        "amount": 2500,
        "currency": "eur",
        "automatic_payment_methods": NEVER_AWAY,
        "payment_method": card,
        "confirm": True,
        **more,
    }
    return side.v1.payment_intents.create(params)


def a_payer(side: Side, card: str = "pm_card_visa") -> tuple[str, str]:
    """A customer with a saved card."""
    customer = side.v1.customers.create({"email": "giver@example.org"})
    method = side.v1.payment_methods.attach(card, {"customer": customer.id})
    return customer.id, method.id


def a_session(side: Side, **more: Any) -> Any:
    """A Checkout session as the application opens one."""
    line = {
        "currency": "eur",
        "unit_amount": 2500,
        "product_data": {"name": "A well for Lomé"},
    }
    params = {
        "mode": "payment",
        "submit_type": "donate",
        "success_url": f"{NOWHERE}?session={{CHECKOUT_SESSION_ID}}",
        "cancel_url": NOWHERE,
        "line_items": [{"quantity": 1, "price_data": line}],
        **more,
    }
    return side.v1.checkout.sessions.create(params)


def charge_of(side: Side, intent: Any) -> Any:
    """The charge of a PaymentIntent with its line of the balance."""
    charge = side.eventually(
        lambda: _with_line(side, intent.latest_charge), "the line of the balance"
    )
    return side.noted(charge)


def _with_line(side: Side, charge_id: str) -> Any:
    charge = side.v1.charges.retrieve(charge_id, {"expand": ["balance_transaction"]})
    return charge if charge.balance_transaction else None
