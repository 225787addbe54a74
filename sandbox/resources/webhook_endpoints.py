"""Webhook endpoints.

Source: https://docs.stripe.com/api/webhook_endpoints

The signing secret is random, made with the endpoint, and shown in that one answer only.
"""

from __future__ import annotations

from sandbox.errors import Refusal
from sandbox.ids import new_id
from sandbox.lists import listed
from sandbox.metadata_rules import changed_metadata
from sandbox.routes import route
from sandbox.scope import Call
from sandbox.store import Resource

MOST_ENDPOINTS = 16


@route(
    "post",
    "/v1/webhook_endpoints",
    takes="url enabled_events api_version connect description metadata",
)
def create_endpoint(call: Call) -> Resource:
    """Make an endpoint; the answer is the only one that carries its secret."""
    params = call.params
    _check_url(params["url"])
    if not params["enabled_events"]:
        raise Refusal("Invalid enabled_events: name at least one event.", param="enabled_events")
    if len(call.where("webhook_endpoint")) >= MOST_ENDPOINTS:
        raise Refusal(f"You have reached the maximum of {MOST_ENDPOINTS} test webhook endpoints.")
    endpoint: Resource = {
        "id": new_id("we"),
        "object": "webhook_endpoint",
        "api_version": params.get("api_version"),
        "application": None,
        "created": call.at,
        "description": params.get("description") or None,
        "enabled_events": params["enabled_events"],
        "livemode": False,
        "metadata": changed_metadata({}, params.get("metadata")),
        "status": "enabled",
        "url": params["url"],
    }
    secret = new_id("whsec")
    call.add(endpoint, secret=secret, connect=params.get("connect", False))
    return {**endpoint, "secret": secret}


@route("get", "/v1/webhook_endpoints", paged=True)
def list_endpoints(call: Call) -> Resource:
    """List this account's endpoints, without their secrets."""
    return listed(call, "webhook_endpoint")


@route("get", "/v1/webhook_endpoints/{webhook_endpoint}")
def find_endpoint(call: Call) -> Resource:
    """Return one endpoint, without its secret."""
    return call.find("webhook_endpoint", call.id)


@route(
    "post",
    "/v1/webhook_endpoints/{webhook_endpoint}",
    takes="url enabled_events description disabled metadata",
)
def update_endpoint(call: Call) -> Resource:
    """Change an endpoint, or switch it off and on."""
    endpoint, params = call.find("webhook_endpoint", call.id), call.params
    if "url" in params:
        _check_url(params["url"])
        endpoint["url"] = params["url"]
    if "enabled_events" in params:
        endpoint["enabled_events"] = params["enabled_events"]
    if "description" in params:
        endpoint["description"] = params["description"] or None
    if "disabled" in params:
        endpoint["status"] = "disabled" if params["disabled"] else "enabled"
    endpoint["metadata"] = changed_metadata(endpoint["metadata"], params.get("metadata"))
    return call.save(endpoint)


@route("delete", "/v1/webhook_endpoints/{webhook_endpoint}")
def delete_endpoint(call: Call) -> Resource:
    """Forget an endpoint; what waited for it is not delivered any more."""
    endpoint = call.find("webhook_endpoint", call.id)
    call.sandbox.store.remove(endpoint["id"])
    call.sandbox.store.run(
        "UPDATE delivery SET state = 'endpoint gone' WHERE endpoint = ? AND state = 'waiting'",
        endpoint["id"],
    )
    return {"id": endpoint["id"], "object": "webhook_endpoint", "deleted": True}


def _check_url(url: str) -> None:
    if not url.startswith(("http://", "https://")):
        raise Refusal(
            "Invalid URL: it must begin with http:// or https://.", code="url_invalid", param="url"
        )
