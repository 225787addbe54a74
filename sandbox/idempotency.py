"""One key, one effect: Stripe's idempotency for POST.

The first answer under a key is stored, 500 included, and repeated with `Idempotent-Replayed: true`.
Other parameters under the same key are refused. Nothing is stored when the call is refused before
it has an effect, or when two calls with one key overlap. Keys are forgotten after 24 hours.
Source: https://docs.stripe.com/api/idempotent_requests
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from sandbox.errors import Refusal
from sandbox.running import Sandbox

LONGEST_KEY = 255


@dataclass(frozen=True)
class Held:
    """A key in use: whose it is, what was asked with it, and when (seconds since 1970)."""

    account: str
    key: str
    fingerprint: str
    at: float


@dataclass(frozen=True)
class StoredAnswer:
    """An answer as it was first given."""

    status: int
    body: str
    request_id: str


def fingerprint_of(verb: str, path: str, params: dict[str, Any]) -> str:
    """Return what must be the same when a key is used again."""
    text = json.dumps([verb, path, params], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def check_key(key: str) -> None:
    """Refuse a key that is too long."""
    if len(key) > LONGEST_KEY:
        raise Refusal(f"Idempotency keys can have at most {LONGEST_KEY} characters.")


def key_in_use(key: str) -> Refusal:
    """Return the refusal for a key whose first call is still under way."""
    return Refusal(
        f"There is currently another in-progress request using this Idempotent Key: {key}."
        " Please try again later.",
        code="idempotency_key_in_use",
        status=409,
    )


def stored_answer(sandbox: Sandbox, held: Held) -> StoredAnswer | None:
    """Return the answer stored under a key.

    Raises Refusal (idempotency_error) if the key was first used with other parameters.
    """
    rows = sandbox.store.rows(
        "SELECT * FROM stored_answer WHERE account = ? AND key = ? AND at > ?",
        held.account,
        held.key,
        held.at - sandbox.behaviour.idempotency_seconds,
    )
    if not rows:
        return None
    if rows[0]["fingerprint"] != held.fingerprint:
        raise Refusal(
            "Keys for idempotent requests can only be used with the same parameters they were first"
            f" used with. Try using a key other than '{held.key}' if you meant to execute a"
            " different request.",
            kind="idempotency_error",
        )
    return StoredAnswer(rows[0]["status"], rows[0]["body"], rows[0]["request"])


def store_answer(sandbox: Sandbox, answer: StoredAnswer, held: Held) -> None:
    """Store the first answer under a key; called in the transaction of its effect."""
    sandbox.store.run(
        "INSERT OR REPLACE INTO stored_answer VALUES (?, ?, ?, ?, ?, ?, ?)",
        held.account,
        held.key,
        held.fingerprint,
        answer.request_id,
        answer.status,
        answer.body,
        held.at,
    )


def forget_old_keys(sandbox: Sandbox, *, at: float) -> None:
    """Prune the keys that are older than a day."""
    sandbox.store.run(
        "DELETE FROM stored_answer WHERE at <= ?", at - sandbox.behaviour.idempotency_seconds
    )
