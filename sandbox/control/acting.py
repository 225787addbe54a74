"""Controls that act for the payer, the bank or the clock."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse

from sandbox.acting import carried_out
from sandbox.checkout import completing
from sandbox.checkout.completing import Filled
from sandbox.checkout.sessions import close_session, intent_id_of
from sandbox.connect.accounts import account_of, connect_account
from sandbox.control.door import Asking, WrongControl, acted, control
from sandbox.events import plan_delivery
from sandbox.moments import month_at
from sandbox.money_rules import check_currency
from sandbox.passing import pass_time, pass_time_with_deliveries
from sandbox.payments.balances import post_transaction
from sandbox.payments.cards import TEST_IBAN
from sandbox.payments.refunds import pay_out_waiting
from sandbox.scope import Scope
from sandbox.store import Resource

KINDS_OF_SESSION_KEYS = {"card", "method", "iban", "email", "name", "authenticate", "bank"}


@control(
    "POST",
    "checkout/sessions/{id}/complete",
    "Press the page's button: {card} or {method: sepa_debit, iban}, {method: bancontact} or ideal;"
    " email, name, authenticate; {bank: late} answers later, {bank: left} never comes back.",
)
def complete_session(asking: Asking) -> Any:
    """Fill in and send the Checkout page; 402 with Stripe's error if the card is declined."""
    unknown = set(asking.body) - KINDS_OF_SESSION_KEYS
    if unknown:
        raise WrongControl(f"This control takes {', '.join(sorted(KINDS_OF_SESSION_KEYS))} only.")
    filled = Filled(
        method=asking.take("method", str, "card"),
        card=asking.take("card", str, "4242424242424242"),
        iban=asking.take("iban", str, TEST_IBAN),
        email=asking.take("email", str),
        name=asking.take("name", str),
    )
    approved, bank = asking.take("authenticate", bool, otherwise=True), asking.take("bank", str)
    if bank not in (None, "late", "left"):
        raise WrongControl("“bank” is “late” or “left”.")
    scope = asking.scope_of("checkout.session")
    session = scope.find("checkout.session", asking.id)

    def press() -> Resource:
        return completing.pay(scope, session, filled, month=month_at(asking.at))

    refusal = carried_out(asking.sandbox, press)
    if refusal is None and bank != "left" and _waits_for_secure(scope, asking.id):
        again = scope.find("checkout.session", asking.id)

        def answer() -> Resource:
            late = bank == "late"
            return completing.authenticate(scope, again, approved=approved, is_late=late)

        refusal = carried_out(asking.sandbox, answer)
    state = _state_of(scope, asking.id)
    if refusal is not None:
        return JSONResponse(state | refusal.body(), refusal.status)
    return state


@control("POST", "checkout/sessions/{id}/expire", "Let an open session expire now.")
def expire_session(asking: Asking) -> Any:
    """Expire a session before its time."""
    scope = asking.scope_of("checkout.session")
    return acted(asking, lambda: close_session(scope, scope.find("checkout.session", asking.id)))


@control("POST", "payment_intents/{id}/settle", "The bank carries out a slow payment.")
def settle_payment(asking: Asking) -> Any:
    """Let a payment under way succeed."""
    return _bank(asking, succeeds=True)


@control("POST", "payment_intents/{id}/fail", "The bank refuses a slow payment.")
def fail_payment(asking: Asking) -> Any:
    """Let a payment under way fail."""
    return _bank(asking, succeeds=False)


@control("POST", "accounts", "Connect an account: {country, currency, id}.")
def make_account(asking: Asking) -> Any:
    """Make a connected account, ready to take payments."""
    wanted = asking.take("id", str)
    if wanted is not None and not wanted.startswith("acct_"):
        raise WrongControl("The id of an account begins with acct_.")
    if wanted and asking.sandbox.store.rows("SELECT 1 FROM resource WHERE id = ?", wanted):
        return account_of(asking.sandbox, wanted)
    with asking.sandbox.store.transaction():
        return connect_account(
            asking.sandbox,
            at=asking.at,
            country=asking.take("country", str, "FR"),
            currency=check_currency(asking.take("currency", str, "eur")),
            account_id=wanted,
        )


@control("POST", "balance", "Add money to an account: {amount_minor, currency, account}.")
def top_up_balance(asking: Asking) -> Any:
    """Put money on a balance, as a top-up from the bank does."""
    amount, currency = asking.take("amount_minor", int), asking.take("currency", str, "eur").lower()
    if not amount or amount < 0:
        raise WrongControl("“amount_minor” takes a positive whole number.")
    account = asking.take("account", str, asking.sandbox.platform)
    account_of(asking.sandbox, account)
    scope = Scope(asking.sandbox, account, asking.at)

    def top_up() -> Resource:
        added = post_transaction(
            scope, kind="topup", amount=amount, currency=check_currency(currency), source=None
        )
        scope.record("top_up", currency=currency, amount=amount, balance_transaction=added["id"])
        pay_out_waiting(scope, currency)
        return added

    return acted(asking, top_up)


@control(
    "POST",
    "clock/advance",
    "Move the clock forward: {seconds}, {hours} or {days}; {deliver: true} stops at each delivery.",
)
async def advance_clock(asking: Asking) -> Any:
    """Let time pass, and all that falls due in it."""
    hours = asking.take("hours", float, 0) + 24 * asking.take("days", float, 0)
    seconds = asking.take("seconds", float, 0) + 3600 * hours
    if seconds < 0:
        raise WrongControl("The sandbox's clock only goes forward.")
    reached = True
    if asking.take("deliver", bool, otherwise=False):
        changes, reached = await pass_time_with_deliveries(
            asking.sandbox, asking.deliveries, seconds=seconds
        )
    else:
        changes = pass_time(asking.sandbox, seconds=seconds)
    return {
        "now": asking.at,
        "offset_seconds": asking.sandbox.clock.offset_seconds,
        "changes": changes,
        "reached": reached,
    }


@control("POST", "events/{id}/redeliver", "Deliver an event again to every endpoint that had it.")
def redeliver_event(asking: Asking) -> Any:
    """Send an event once more."""
    scope = asking.scope_of("event")
    event = scope.find("event", asking.id)
    rows = asking.sandbox.store.rows(
        "SELECT DISTINCT endpoint FROM delivery WHERE event = ?", asking.id
    )
    endpoints = [row["endpoint"] for row in rows]
    for endpoint in endpoints:
        plan_delivery(asking.sandbox, event_id=event["id"], endpoint_id=endpoint)
    asking.sandbox.something_is_due.set()
    return {"event": event["id"], "endpoints": endpoints}


def _bank(asking: Asking, *, succeeds: bool) -> Any:
    scope = asking.scope_of("payment_intent")
    intent = scope.find("payment_intent", asking.id)
    return acted(asking, lambda: completing.bank_answers(scope, intent, succeeds=succeeds))


def _waits_for_secure(scope: Scope, session_id: str) -> bool:
    """Whether the session's intent waits for 3-D Secure."""
    session = scope.find("checkout.session", session_id)
    payment, setup = intent_id_of(scope, session), session["setup_intent"]
    if payment:
        return bool(scope.find("payment_intent", payment)["status"] == "requires_action")
    return bool(setup and scope.find("setup_intent", setup)["status"] == "requires_action")


def _state_of(scope: Scope, session_id: str) -> dict[str, Any]:
    session = scope.find("checkout.session", session_id)
    state: dict[str, Any] = {
        "session": session_id,
        "status": session["status"],
        "payment_status": session["payment_status"],
        "payment_intent": session["payment_intent"],
        "setup_intent": session["setup_intent"],
        "subscription": session["subscription"],
        "redirect_to": session["success_url"].replace("{CHECKOUT_SESSION_ID}", session_id),
    }
    for kind in ("payment_intent", "setup_intent"):
        if session[kind]:
            state[f"{kind}_status"] = scope.find(kind, session[kind])["status"]
    return state
