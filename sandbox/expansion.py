"""Put whole resources in the place of their ids where a call asks for it.

Source: https://docs.stripe.com/api/expanding_objects (at most four levels).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from sandbox.errors import Refusal
from sandbox.lists import page_of
from sandbox.scope import Scope
from sandbox.store import Resource

DEEPEST = 4


def expand(scope: Scope, answer: Resource, wanted: list[str]) -> Resource:
    """Return `answer` with every path in `wanted` expanded; raises Refusal for what cannot be."""
    for path in wanted:
        parts = path.split(".")
        if len(parts) > DEEPEST + (parts[0] == "data"):
            raise Refusal(f"You cannot expand more than {DEEPEST} levels of a property ({path}).")
        if answer.get("object") == "list" and parts[0] == "data":
            for listed in answer["data"]:
                _expand_one(scope, listed, parts[1:], path)
        else:
            _expand_one(scope, answer, parts, path)
    return answer


def _expand_one(scope: Scope, resource: Resource, parts: list[str], path: str) -> None:
    if not parts:
        return
    first, *rest = parts
    included = INCLUDED.get((resource.get("object", ""), first))
    if included and not resource.get(first):
        resource[first] = included(scope, resource)
    if first not in resource:
        raise Refusal(f"This property cannot be expanded ({path}).", param="expand")
    value = resource[first] = _looked_up(scope, resource[first], path)
    inner = value["data"] if isinstance(value, dict) and value.get("object") == "list" else value
    if isinstance(inner, list) and rest:
        rest = rest[1:] if rest[0] == "data" else rest
        for part in inner:
            _expand_one(scope, part, rest, path)
    elif isinstance(inner, dict):
        _expand_one(scope, inner, rest, path)


def _looked_up(scope: Scope, value: Any, path: str) -> Any:
    """Return the resource that an id means, or what stands there in whole already."""
    if value is None or isinstance(value, (dict, list)):
        return value
    rows = scope.sandbox.store.rows(
        "SELECT body FROM resource WHERE id = ? AND account = ?", str(value), scope.account
    )
    if not rows:
        raise Refusal(f"This property cannot be expanded ({path}).", param="expand")
    return json.loads(rows[0]["body"])


def line_items_of(scope: Scope, session: Resource) -> Resource:
    """Return the line items of a Checkout session, as a list."""
    url = f"/v1/checkout/sessions/{session['id']}/line_items"
    return page_of(scope.private(session["id"]).get("line_items", []), url=url)


def refunds_of(scope: Scope, charge: Resource) -> Resource:
    """Return the refunds of a charge, the newest first, as a list."""
    refunds = scope.where("refund", charge=charge["id"])
    return page_of(refunds[::-1], url=f"/v1/charges/{charge['id']}/refunds")


def payments_of_invoice(scope: Scope, invoice: Resource) -> Resource:
    """Return the payments of an invoice, the newest first, as a list."""
    payments = scope.where("invoice_payment", invoice=invoice["id"])
    return page_of(payments[::-1], url=f"/v1/invoice_payments?invoice={invoice['id']}")


INCLUDED: dict[tuple[str, str], Callable[[Scope, Resource], Resource]] = {
    ("checkout.session", "line_items"): line_items_of,
    ("charge", "refunds"): refunds_of,
    ("invoice", "payments"): payments_of_invoice,
}
