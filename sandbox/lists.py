"""Pages of a list: newest first, with cursors and filters.

Source: https://docs.stripe.com/api/pagination
"""

from __future__ import annotations

import json
from typing import Any

from sandbox.errors import Refusal, missing
from sandbox.scope import Call
from sandbox.store import Resource

COMPARISONS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
USUAL_LIMIT, MOST = 10, 100


def page_of(resources: list[Resource], *, url: str, has_more: bool = False) -> Resource:
    """Return Stripe's list around `resources`."""
    return {"object": "list", "data": resources, "has_more": has_more, "url": url}


def listed(
    call: Call,
    kind: str,
    *,
    same: dict[str, str] | None = None,
    private: dict[str, str] | None = None,
    **fixed: Any,
) -> Resource:
    """Return the page that the call asks for.

    `same` maps parameters to the fields they must equal, `fixed` holds values that always apply,
    `private` those of what only the sandbox knows.
    """
    tests, values = ["kind = ?", "account = ?"], [kind, call.account]
    for name, value in fixed.items():
        tests.append(f"json_extract(body, '$.{name}') = ?")
        values.append(value)
    for name, value in (private or {}).items():
        tests.append(f"json_extract(private, '$.{name}') = ?")
        values.append(value)
    for param, place in (same or {}).items():
        if param in call.params:
            tests.append(f"json_extract(body, '$.{place}') = ?")
            values.append(call.params[param])
    _filter_by_moment(call.params, tests, values)
    return _page(call, kind, tests, values)


def filtered(call: Call, kind: str, tests: list[str], values: list[Any]) -> Resource:
    """Return the page of resources that pass further SQL `tests` (constants of the code)."""
    all_tests, all_values = ["kind = ?", "account = ?", *tests], [kind, call.account, *values]
    _filter_by_moment(call.params, all_tests, all_values)
    return _page(call, kind, all_tests, all_values)


def _filter_by_moment(params: dict[str, Any], tests: list[str], values: list[Any]) -> None:
    wanted = params.get("created")
    if wanted is None:
        return
    ranges = wanted.items() if isinstance(wanted, dict) else [("", wanted)]
    for name, moment in ranges:
        tests.append(f"created {COMPARISONS.get(name, '=')} ?")
        values.append(moment)


def _page(call: Call, kind: str, tests: list[str], values: list[Any]) -> Resource:
    limit = call.params.get("limit", USUAL_LIMIT)
    if not 1 <= limit <= MOST:
        raise Refusal(f"Invalid limit: must be between 1 and {MOST}.", param="limit")
    before, after = call.params.get("ending_before"), call.params.get("starting_after")
    if before and after:
        raise Refusal("You may only specify one of starting_after and ending_before.")
    order = "DESC"
    if after:
        tests.append("sequence < ?")
        values.append(_sequence_of(call, kind, after, "starting_after"))
    if before:
        tests.append("sequence > ?")
        values.append(_sequence_of(call, kind, before, "ending_before"))
        order = "ASC"
    rows = call.sandbox.store.rows(
        f"SELECT body FROM resource WHERE {' AND '.join(tests)}"  # noqa: S608 - constants of the code
        f" ORDER BY sequence {order} LIMIT ?",
        *values,
        limit + 1,
    )
    found = [json.loads(row["body"]) for row in rows[:limit]]
    if before:
        found.reverse()
    return page_of(found, url=call.path, has_more=len(rows) > limit)


def _sequence_of(call: Call, kind: str, resource_id: str, param: str) -> int:
    rows = call.sandbox.store.rows(
        "SELECT sequence FROM resource WHERE id = ? AND kind = ? AND account = ?",
        resource_id,
        kind,
        call.account,
    )
    if not rows:
        raise missing(kind, resource_id, param=param)
    return int(rows[0]["sequence"])
