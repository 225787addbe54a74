"""Events over Stripe's interface, 30 days back.

Source: https://docs.stripe.com/api/events
"""

from __future__ import annotations

from typing import Any

from sandbox.behaviour import DAY_SECONDS
from sandbox.errors import Refusal, missing
from sandbox.lists import filtered
from sandbox.routes import route
from sandbox.scope import Call
from sandbox.store import Resource

KEPT_SECONDS = 30 * DAY_SECONDS
MOST_TYPES = 20
UNDELIVERED = (
    "EXISTS (SELECT 1 FROM delivery d WHERE d.event = resource.id AND d.state <> 'delivered')"
)


@route("get", "/v1/events", takes="created type types delivery_success", paged=True)
def list_events(call: Call) -> Resource:
    """List what happened on this account in the last 30 days."""
    params = call.params
    tests: list[str] = ["created >= ?"]
    values: list[Any] = [call.at - KEPT_SECONDS]
    if "type" in params and "types" in params:
        raise Refusal("You may only specify one of type and types.", param="types")
    if "type" in params:
        tests.append("json_extract(body, '$.type') GLOB ?")
        values.append(params["type"])
    if "types" in params:
        if len(params["types"]) > MOST_TYPES:
            raise Refusal(f"You may pass at most {MOST_TYPES} types.", param="types")
        marks = ", ".join("?" * len(params["types"]))
        tests.append(f"json_extract(body, '$.type') IN ({marks})")
        values.extend(params["types"])
    if "delivery_success" in params:
        tests.append(f"NOT {UNDELIVERED}" if params["delivery_success"] else UNDELIVERED)
    return filtered(call, "event", tests, values)


@route("get", "/v1/events/{id}")
def find_event(call: Call) -> Resource:
    """Return one event of the last 30 days."""
    event = call.find("event", call.id)
    if event["created"] < call.at - KEPT_SECONDS:
        raise missing("event", call.id)
    return event
