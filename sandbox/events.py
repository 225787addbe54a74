"""Tell what happened, and to whom it must be delivered.

Source: https://docs.stripe.com/api/events and https://docs.stripe.com/webhooks
"""

from __future__ import annotations

from typing import Any

from sandbox.ids import new_id
from sandbox.running import Sandbox
from sandbox.store import Resource


class UnknownEvent(ValueError):
    """The sandbox would tell of an event that Stripe does not have."""


class WrongEvent(ValueError):
    """The sandbox would tell of a resource as Stripe never shows it."""


def announce(
    *,
    sandbox: Sandbox,
    name: str,
    carried: Resource,
    previous: Resource,
    account: str,
    at: int,
    request: Resource,
) -> Resource:
    """Keep the event `name` about the resource `carried` and plan its deliveries.

    Raises UnknownEvent, and WrongEvent where answers are checked.
    """
    if name not in sandbox.document["x-event-types"]:
        raise UnknownEvent(f"Stripe has no event “{name}”.")
    carried_data: dict[str, Any] = {"object": carried}
    if previous:
        carried_data["previous_attributes"] = previous
    event: Resource = {
        "id": new_id("evt"),
        "object": "event",
        "api_version": sandbox.api_version,
        "created": at,
        "data": carried_data,
        "livemode": False,
        "pending_webhooks": 0,
        "request": request,
        "type": name,
    }
    if account != sandbox.platform:
        event["account"] = account
    wrong = sandbox.answers.of_event(event) if sandbox.options.strict else []
    if wrong:
        raise WrongEvent("; ".join(wrong))
    endpoints = _endpoints_for(sandbox, name, account)
    event["pending_webhooks"] = len(endpoints)
    sandbox.store.add(event, account=account)
    for endpoint in endpoints:
        plan_delivery(sandbox, event_id=event["id"], endpoint_id=endpoint)
    return event


def plan_delivery(
    sandbox: Sandbox, *, event_id: str, endpoint_id: str, after_seconds: float = 0
) -> None:
    """Let the event be delivered to the endpoint, now or later."""
    now = sandbox.clock.now()
    sandbox.store.run(
        "INSERT INTO delivery (event, endpoint, due_at, made_at) VALUES (?, ?, ?, ?)",
        event_id,
        endpoint_id,
        now + after_seconds,
        now,
    )


def _endpoints_for(sandbox: Sandbox, name: str, account: str) -> list[str]:
    """Return the ids of the endpoints that asked for this event of this account."""
    wanted: list[str] = []
    owners = {account, sandbox.platform}
    for owner in sorted(owners):
        for endpoint in sandbox.store.where("webhook_endpoint", account=owner, status="enabled"):
            for_connected = sandbox.store.private(endpoint["id"]).get("connect", False)
            is_foreign = owner != account
            asked = {"*", name} & set(endpoint["enabled_events"])
            if asked and for_connected == is_foreign:
                wanted.append(endpoint["id"])
    return wanted
