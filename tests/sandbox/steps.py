"""What the tests of the sandbox do again and again, with only what matters named."""

from typing import Any

import stripe

from tests.sandbox_process import RunningSandbox

KEY = "sk_test_for_tests"
SUCCESS = "http://127.0.0.1:9/thanks?session={CHECKOUT_SESSION_ID}"
CANCEL = "http://127.0.0.1:9/back"


def client_of(
    sandbox: RunningSandbox, *, key: str = KEY, account: str | None = None
) -> stripe.StripeClient:
    """Stripe's own client, pointed at the sandbox, without retries of its own."""
    return stripe.StripeClient(
        key,
        base_addresses={"api": sandbox.url},
        max_network_retries=0,
        stripe_account=account,
    )


def session_params(*, amount: int = 2500, currency: str = "eur", **more: Any) -> dict[str, Any]:
    """The parameters of a session that takes one payment."""
    price = {
        "currency": currency,
        "unit_amount": amount,
        "product_data": {"name": "A well for Lomé"},
    }
    return {
        "mode": "payment",
        "success_url": SUCCESS,
        "cancel_url": CANCEL,
        "line_items": [{"quantity": 1, "price_data": price}],
        **more,
    }


def an_open_session(client: stripe.StripeClient, **more: Any) -> Any:
    return client.v1.checkout.sessions.create(session_params(**more))


def an_open_setup(client: stripe.StripeClient, **more: Any) -> Any:
    params = {"mode": "setup", "currency": "eur", "success_url": SUCCESS, **more}
    return client.v1.checkout.sessions.create(params)


def a_paid_intent(sandbox: RunningSandbox, client: stripe.StripeClient, **more: Any) -> Any:
    session = an_open_session(client, **more)
    intent = sandbox.complete(session.id)["payment_intent"]
    return client.v1.payment_intents.retrieve(intent, {"expand": ["latest_charge"]})


def a_saved_card(
    sandbox: RunningSandbox, client: stripe.StripeClient, card: str = "4242424242424242"
) -> tuple[str, str]:
    """A customer and the card they saved in a session of mode setup."""
    customer = client.v1.customers.create({"email": "giver@example.org"})
    session = an_open_setup(client, customer=customer.id)
    sandbox.complete(session.id, card=card)
    method = client.v1.customers.payment_methods.list(customer.id).data[0]
    return customer.id, method.id


def event_types(client: stripe.StripeClient, **params: Any) -> list[str]:
    """The types of this account's events, the oldest first."""
    events = client.v1.events.list({"limit": 100, **params}).data
    return [event.type for event in events][::-1]


def off_session(customer: str, method: str, *, amount: int = 2000) -> dict[str, Any]:
    """The parameters of a payment that charges a saved card without its owner."""
    return {
        "amount": amount,
        "currency": "eur",
        "customer": customer,
        "payment_method": method,
        "off_session": True,
        "confirm": True,
    }
