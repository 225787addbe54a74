"""Controls that look: health, this list, the record, events, deliveries, violations."""

from __future__ import annotations

import json
import os
from typing import Any

from starlette.responses import HTMLResponse, Response

from sandbox.control.door import CONTROLS, Asking, WrongControl, control
from sandbox.control.guide import guide_page
from sandbox.description.source import sdk_version
from sandbox.pages import HEADERS

MOST_ROWS = 1000


@control("GET", "guide", "These controls, faults, settings and test cards as a page.")
def show_guide(asking: Asking) -> Any:
    """Return the page for people."""
    return HTMLResponse(guide_page(asking.sandbox.options.public_url), headers=HEADERS)


@control("GET", "", "This list; a browser gets the operator's desk.")
def list_controls(asking: Asking) -> Any:
    """Return every control with what it does."""
    return {
        "sandbox": "No money moves here. POST takes JSON with Content-Type: application/json.",
        "controls": [{"verb": c.verb, "path": c.path, "does": c.sentence} for c in CONTROLS],
    }


@control("GET", "health", "Whether the sandbox works: versions, accounts, strictness.")
def show_health(asking: Asking) -> Any:
    """Return that the sandbox works, reading its store once."""
    sandbox = asking.sandbox
    resources = sandbox.store.rows("SELECT count(*) AS n FROM resource")[0]["n"]
    return {
        "status": "ok",
        "money_moves": False,
        "process": os.getpid(),
        "api_version": sandbox.api_version,
        "sdk_version": sdk_version(),
        "strict": sandbox.options.strict,
        "platform_account": sandbox.platform,
        "resources": resources,
        "violations": _violation_count(asking),
    }


@control(
    "GET", "record", "The record of money as JSON lines; ?after=<sequence> for the later ones."
)
def show_record(asking: Asking) -> Any:
    """Return the record as lines of JSON, the oldest first."""
    lines = asking.sandbox.record.lines(after=_whole_number(asking, "after"))
    text = "".join(json.dumps(line) + "\n" for line in lines)
    return Response(text, media_type="application/x-ndjson")


@control("GET", "record/summary", "Totals of the record by account and currency, in minor units.")
def show_record_summary(asking: Asking) -> Any:
    """Return what was charged, kept as fee and refunded."""
    return {"totals": asking.sandbox.record.summary()}


@control("GET", "pace", "The most calls in one second, in all and by endpoint; ?since=<seconds>.")
def show_pace(asking: Asking) -> Any:
    """Return how fast the interface was asked, by the computer's clock."""
    return asking.sandbox.pace.busiest(since=_whole_number(asking, "since"))


@control("GET", "violations", "What the sandbox got wrong about Stripe; must be empty.")
def show_violations(asking: Asking) -> Any:
    """Return the answers that were not Stripe's."""
    rows = asking.sandbox.store.rows("SELECT * FROM violation ORDER BY sequence LIMIT ?", MOST_ROWS)
    return {"count": _violation_count(asking), "violations": [dict(row) for row in rows]}


@control("GET", "events", "The last events of all accounts; ?type= and ?payment_intent= choose.")
def show_events(asking: Asking) -> Any:
    """Return the latest events, the newest first."""
    tests, values = ["kind = 'event'"], []
    if "type" in asking.query:
        tests.append("json_extract(body, '$.type') = ?")
        values.append(asking.query["type"])
    if "payment_intent" in asking.query:
        tests.append(
            "? IN (json_extract(body, '$.data.object.id'),"
            " json_extract(body, '$.data.object.payment_intent'))"
        )
        values.append(asking.query["payment_intent"])
    rows = asking.sandbox.store.rows(
        f"SELECT body FROM resource WHERE {' AND '.join(tests)}"  # noqa: S608 - constants above
        " ORDER BY sequence DESC LIMIT ?",
        *values,
        MOST_ROWS,
    )
    return {"events": [json.loads(row["body"]) for row in rows]}


@control("GET", "deliveries", "The log of deliveries and their attempts; ?event=<id> chooses.")
def show_deliveries(asking: Asking) -> Any:
    """Return what was delivered, the newest first, and what still waits."""
    test, values = (
        ("WHERE event = ?", [asking.query["event"]]) if "event" in asking.query else ("", [])
    )
    store = asking.sandbox.store
    found = {}
    for table in ("delivery", "delivery_attempt"):
        sql = f"SELECT * FROM {table} {test} ORDER BY sequence DESC LIMIT ?"  # noqa: S608 - constants
        found[table] = [dict(row) for row in store.rows(sql, *values, MOST_ROWS)]
    states = store.rows("SELECT state, count(*) AS n FROM delivery GROUP BY state")
    return {
        "states": {row["state"]: row["n"] for row in states},
        "disturbances": asking.deliveries.disturbances.shown(),
        "met": asking.deliveries.disturbances.met,
        "deliveries": found["delivery"],
        "attempts": found["delivery_attempt"],
    }


def _violation_count(asking: Asking) -> int:
    return int(asking.sandbox.store.rows("SELECT count(*) AS n FROM violation")[0]["n"])


def _whole_number(asking: Asking, name: str) -> int:
    text = asking.query.get(name, "0")
    if not text.isdigit():
        raise WrongControl(f"“{name}” takes a whole number, not {text!r}.")
    return int(text)
