"""Deliver events to webhook endpoints: signed, retried, and disturbed where a tester wants it.

Whatever is not answered with 2xx has failed, redirects too, and is tried again with growing pauses
for three days. Source: https://docs.stripe.com/webhooks (retries, signatures, no promise of order).
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import sqlite3
import time
from functools import partial
from typing import Any

import httpx

from sandbox.disturbances import Disturbances
from sandbox.errors import Refusal
from sandbox.running import Sandbox

AT_ONCE = 8
OLD_SECONDS = 3600


class Deliveries:
    """Carries what waits in the store to the endpoints."""

    def __init__(self, sandbox: Sandbox) -> None:
        """Deliver for `sandbox`."""
        self._sandbox = sandbox
        self.disturbances = Disturbances()
        self._client = httpx.AsyncClient(follow_redirects=False)
        self._under_way: dict[int, asyncio.Task[None]] = {}

    def forget(self) -> None:
        """Stop what is under way and disturb nothing any more; the store has been emptied."""
        for task in list(self._under_way.values()):
            task.cancel()
        self.disturbances = Disturbances()

    async def close(self) -> None:
        """Stop; what was under way is delivered after the next start."""
        for task in list(self._under_way.values()):
            task.cancel()
        await self._client.aclose()

    def begin_due(self) -> None:
        """Start the deliveries that are due, a few at once."""
        free = AT_ONCE - len(self._under_way)
        if free <= 0:
            return
        rows = self._sandbox.store.rows(
            "SELECT * FROM delivery WHERE state = 'waiting' AND due_at <= ?"
            " ORDER BY due_at, sequence LIMIT ?",
            self._sandbox.clock.now(),
            AT_ONCE + len(self._under_way),
        )
        waiting = [row for row in rows if row["sequence"] not in self._under_way]
        for row in waiting[:free]:
            task = asyncio.get_running_loop().create_task(self._deliver(row))
            self._under_way[row["sequence"]] = task
            task.add_done_callback(partial(self._ended, row["sequence"]))

    def next_moment(self) -> float | None:
        """Return when the next delivery is due that is not under way; None if none waits."""
        rows = self._sandbox.store.rows(
            "SELECT sequence, due_at FROM delivery WHERE state = 'waiting' ORDER BY due_at LIMIT ?",
            AT_ONCE + 1,
        )
        waiting = [row["due_at"] for row in rows if row["sequence"] not in self._under_way]
        return waiting[0] if waiting else None

    async def finish_due(self, *, deadline: float) -> None:
        """Try everything that is due, and wait for the answers until `deadline` (monotonic)."""
        while time.monotonic() < deadline:
            self.begin_due()
            if not self._under_way:
                return
            left = deadline - time.monotonic()
            await asyncio.wait(set(self._under_way.values()), timeout=max(0.0, left))
            await asyncio.sleep(0)  # lets `_ended` take the finished ones off the list

    def _ended(self, number: int, _: asyncio.Task[None]) -> None:
        self._under_way.pop(number, None)
        self._sandbox.something_is_due.set()

    async def _deliver(self, row: sqlite3.Row) -> None:
        """Deliver once, and write down how it went."""
        disturbed, sandbox = self.disturbances, self._sandbox
        if disturbed.drops():
            self._write(row, "dropped", "lost on the way, as a tester wanted")
            return
        pause = disturbed.pause_seconds()
        if pause:
            await asyncio.sleep(pause)
        found = _endpoint_and_event(sandbox, row["endpoint"], row["event"])
        if found is None:
            self._write(row, "endpoint gone", "the endpoint no longer exists")
            return
        endpoint, secret, payload = found
        outcome, status, detail = "failed", None, ""
        for _ in range(disturbed.times()):
            headers = self._headers(payload, secret)
            try:
                answer = await self._client.post(
                    endpoint["url"],
                    content=payload,
                    headers=headers,
                    timeout=sandbox.behaviour.delivery_timeout_seconds,
                )
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                outcome, status, detail = "failed", None, f"{type(error).__name__}: {error}"
            else:
                status, detail = answer.status_code, answer.text[:200]
                outcome = "delivered" if 200 <= status < 300 else "failed"
        self._write(row, outcome, detail, status)

    def _headers(self, payload: str, secret: str) -> dict[str, str]:
        """Return the headers of one attempt, each with a time stamp and signature of its own."""
        moment = int(time.time())
        if self.disturbances.take("old_timestamp_next"):
            moment -= OLD_SECONDS
        if self.disturbances.take("bad_signature_next"):
            secret = f"not_{secret}"
        return {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": signature(payload, secret, moment),
            "User-Agent": "Stripe/1.0 (sandbox; no money moves)",
        }

    def _write(
        self, row: sqlite3.Row, outcome: str, detail: str, status: int | None = None
    ) -> None:
        store, now = self._sandbox.store, self._sandbox.clock.now()
        attempts = row["attempts"] + 1
        pause = self._pause_after(attempts)
        state, due_at = outcome, row["due_at"]
        if outcome == "failed":
            last = row["made_at"] + self._sandbox.behaviour.retry_for_seconds
            state, due_at = (
                ("waiting", now + pause) if now + pause <= last else ("given up", due_at)
            )
        with store.transaction():
            store.run(
                "UPDATE delivery SET state = ?, attempts = ?, due_at = ? WHERE sequence = ?",
                state,
                attempts,
                due_at,
                row["sequence"],
            )
            store.run(
                "INSERT INTO delivery_attempt"
                " (delivery, event, endpoint, at, outcome, status, detail)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                row["sequence"],
                row["event"],
                row["endpoint"],
                now,
                outcome,
                status,
                detail,
            )

    def _pause_after(self, attempts: int) -> float:
        behaviour = self._sandbox.behaviour
        steps = min(attempts - 1, 30)
        pause = behaviour.first_retry_seconds * behaviour.retry_factor**steps
        return float(min(pause, behaviour.longest_retry_seconds))


def signature(payload: str, secret: str, moment: int) -> str:
    """Return the header `Stripe-Signature` for a payload sent at `moment`.

    Source: https://docs.stripe.com/webhooks#verify-manually
    """
    digest = hmac.new(secret.encode(), f"{moment}.{payload}".encode(), hashlib.sha256).hexdigest()
    return f"t={moment},v1={digest}"


def _endpoint_and_event(
    sandbox: Sandbox, endpoint_id: str, event_id: str
) -> tuple[dict[str, Any], str, str] | None:
    """Return an endpoint, its secret and the payload in its version; None if it is gone."""
    store = sandbox.store
    try:
        owner = store.owner_of("webhook_endpoint", endpoint_id)
    except Refusal:
        return None
    endpoint = store.find("webhook_endpoint", endpoint_id, account=owner)
    event = store.find("event", event_id, account=store.owner_of("event", event_id))
    event["api_version"] = endpoint["api_version"] or event["api_version"]
    return endpoint, store.private(endpoint_id)["secret"], json.dumps(event, indent=2)
