"""The front door of Stripe's interface: who calls, what is asked, is it well formed; an answer.

A call runs in one transaction together with its events, its lines in the record and the answer
stored under its key. What it answers is checked against the description when the sandbox is strict.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
import time
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sandbox import idempotency
from sandbox.connect.accounts import account_of
from sandbox.due import bring_about
from sandbox.errors import NotBuilt, Refusal, unknown_route
from sandbox.events import WrongEvent
from sandbox.expansion import expand
from sandbox.faults import PlannedFault
from sandbox.form import decode_form, decode_json
from sandbox.idempotency import StoredAnswer
from sandbox.ids import new_id
from sandbox.responses import BrokenOff
from sandbox.routes import BUILT, Built, Match, RouteTable, check_followed
from sandbox.running import Sandbox
from sandbox.scope import Call
from sandbox.violations import keep_violations

LARGEST_BODY = 1_000_000
FORM, JSON = "application/x-www-form-urlencoded", "application/json"


@dataclass
class Asked:
    """A call as it came in, before anything is known to be right."""

    verb: str
    path: str
    account: str
    key: str
    text: str
    request_id: str = field(default_factory=lambda: new_id("req"))


class FrontDoor:
    """Answers every call below `/v1/` (forms) and `/v2/` (JSON)."""

    def __init__(self, sandbox: Sandbox) -> None:
        """Serve `sandbox`."""
        self._sandbox = sandbox
        self._routes = RouteTable(sandbox.document["paths"])

    async def answer(self, request: Request) -> Response:
        """Answer one call, with the fault that a tester may have planned for it."""
        try:
            asked = await self._read(request)
        except Refusal as refusal:
            return _response(refusal.status, json.dumps(refusal.body()), new_id("req"))
        self._sandbox.pace.note(asked.verb, asked.path, at=time.time())
        fault = self._sandbox.faults.next_for(asked.verb, asked.path)
        held = (asked.account, asked.key)
        if asked.key and held in self._sandbox.busy_keys:
            in_use = idempotency.key_in_use(asked.key)
            return _response(in_use.status, json.dumps(in_use.body()), asked.request_id)
        if asked.key:
            self._sandbox.busy_keys.add(held)
        try:
            return await self._answer_with_fault(asked, fault)
        finally:
            self._sandbox.busy_keys.discard(held)

    async def _read(self, request: Request) -> Asked:
        """Return the call; raises Refusal for a missing or live key and a strange account."""
        _check_key(request.headers.get("authorization", ""))
        account = request.headers.get("stripe-account", "") or self._sandbox.platform
        account_of(self._sandbox, account)
        body = await request.body()
        if len(body) > LARGEST_BODY:
            raise Refusal("The request is too large.", status=413)
        verb, text = request.method.lower(), body.decode("utf-8", "replace")
        wanted = JSON if request.url.path.startswith("/v2/") else FORM
        kind = request.headers.get("content-type", wanted)
        if text and verb != "get" and not kind.startswith(wanted):
            raise Refusal(f"Invalid request: send {wanted}, not {kind.split(';')[0]}.")
        if verb in ("get", "delete"):
            text = "&".join(part for part in (request.url.query, text) if part)
        key = request.headers.get("idempotency-key", "") if verb == "post" else ""
        idempotency.check_key(key)
        return Asked(verb, request.url.path, account, key, text)

    async def _answer_with_fault(self, asked: Asked, fault: PlannedFault | None) -> Response:
        kind = fault.kind if fault else ""
        if fault and kind == "delay_before":
            await asyncio.sleep(fault.seconds)
        if kind == "drop_before":
            return BrokenOff()
        if kind == "error_before":
            return _response(500, OWN_FAULT, asked.request_id)
        if fault and kind == "rate_limit":
            wait = {"Retry-After": str(fault.retry_after)}
            return _response(429, TOO_MANY, asked.request_id, more=wait)
        response = self._answer_now(asked, spoiled=kind == "error_after")
        if fault and kind == "delay_after":
            await asyncio.sleep(fault.seconds)
        return BrokenOff() if kind == "drop_after" else response

    def _answer_now(self, asked: Asked, *, spoiled: bool) -> Response:
        """Have the effect and return the answer; nothing else runs in between."""
        sandbox = self._sandbox
        bring_about(sandbox)
        try:
            stored = self._carry_out_checked(asked, spoiled=spoiled)
        except WrongAnswer as wrong:
            keep_violations(sandbox, where=f"{asked.verb} {asked.path}", sentences=wrong.sentences)
            return _response(500, json.dumps(wrong.body()), asked.request_id)
        finally:
            sandbox.record.copy_to_file()
            sandbox.something_is_due.set()
        replayed = stored.request_id != asked.request_id
        more = (
            {"Idempotent-Replayed": "true", "Original-Request": stored.request_id}
            if replayed
            else {}
        )
        return _response(stored.status, stored.body, asked.request_id, key=asked.key, more=more)

    def _carry_out_checked(self, asked: Asked, *, spoiled: bool) -> StoredAnswer:
        """Run the call, or refuse it in Stripe's form; raises WrongAnswer."""
        try:
            return self._carry_out(asked, spoiled=spoiled)
        except Refusal as refusal:
            return self._refused(refusal, asked.request_id)

    def _refused(self, refusal: Refusal, request_id: str) -> StoredAnswer:
        """Return a refusal as an answer; raises WrongAnswer if Stripe never words it so."""
        body = refusal.body()
        wrong = self._sandbox.answers.of_error(body["error"]) if self._strict else []
        if wrong:
            raise WrongAnswer(wrong)
        return StoredAnswer(refusal.status, json.dumps(body), request_id)

    def _carry_out(self, asked: Asked, *, spoiled: bool) -> StoredAnswer:
        """Run the call in its transaction; raises Refusal (nothing kept) and WrongAnswer."""
        sandbox, now = self._sandbox, self._sandbox.clock.now()
        match, built = self._find(asked)
        is_json = asked.path.startswith("/v2/") and asked.verb == "post"
        raw = decode_json(asked.text) if is_json else decode_form(asked.text)
        held = idempotency.Held(
            asked.account, asked.key, idempotency.fingerprint_of(asked.verb, asked.path, raw), now
        )
        before = idempotency.stored_answer(sandbox, held) if asked.key else None
        if before:
            return before
        operation = match.verbs[asked.verb]
        params = sandbox.requests.typed(operation["x-params"], raw)
        check_followed(params, built.takes)
        call = Call(
            sandbox, asked.account, int(now), asked.request_id, asked.key or None,
            params=params, ids=match.ids, path=asked.path,
        )  # fmt: skip
        with sandbox.store.transaction():
            answer = self._answered(call, built, operation["responses"]["200"])
            if spoiled:
                answer = StoredAnswer(500, OWN_FAULT, asked.request_id)
            if asked.key:
                idempotency.store_answer(sandbox, answer, held)
        return answer

    def _find(self, asked: Asked) -> tuple[Match, Built]:
        """Return the route of a call; raises Refusal (404) and NotBuilt (501)."""
        match = self._routes.match(asked.path)
        if match is None or asked.verb not in match.verbs:
            raise unknown_route(asked.verb, asked.path)
        shape = "/".join("{}" if part.startswith("{") else part for part in match.path.split("/"))
        built = BUILT.get((asked.verb, shape))
        if built is None:
            raise NotBuilt(
                f"Stripe has {asked.verb.upper()} {match.path}; this sandbox does not have it yet."
            )
        return match, built

    def _answered(self, call: Call, built: Built, schema: dict[str, Any]) -> StoredAnswer:
        """Return the answer to store; a decline is an answer too, with its effects kept."""
        try:
            answer = built.answer(call)
        except Refusal as refusal:
            if not refusal.keeps_effects:
                raise
            return self._refused(refusal, call.request_id or "")
        except WrongEvent as wrong:
            raise WrongAnswer([str(wrong)]) from wrong
        answer = expand(call, answer, call.params.get("expand", []))
        wrong_parts = self._sandbox.answers.mismatches(schema, answer) if self._strict else []
        if wrong_parts:
            raise WrongAnswer(wrong_parts)
        return StoredAnswer(200, json.dumps(answer), call.request_id or "")

    @property
    def _strict(self) -> bool:
        return self._sandbox.options.strict


class WrongAnswer(Exception):
    """The sandbox was about to answer what Stripe never would; nothing was kept."""

    def __init__(self, sentences: list[str]) -> None:
        """Take the sentences that say what is wrong."""
        super().__init__("; ".join(sentences))
        self.sentences = sentences

    def body(self) -> dict[str, Any]:
        """Return the answer that says so."""
        message = f"The sandbox's own fault, its answer is not Stripe's: {self}"
        return {"error": {"type": "api_error", "message": message}}


OWN_FAULT = json.dumps(
    {
        "error": {
            "type": "api_error",
            "message": "An unknown error occurred (planned by the sandbox).",
        }
    }
)
TOO_MANY = json.dumps(
    {
        "error": {
            "type": "invalid_request_error",
            "code": "rate_limit",
            "message": "Request rate limit exceeded (planned by the sandbox).",
        }
    }
)


def _check_key(authorization: str) -> None:
    """Refuse a call without a test key; raises Refusal (401)."""
    kind, _, given = authorization.partition(" ")
    if kind.lower() == "basic":
        try:
            given = base64.b64decode(given, validate=True).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            given = ""
    if given.startswith(("sk_live_", "rk_live_", "pk_live_")):
        raise Refusal(
            "This is a live key. The sandbox moves no money and takes test keys only (sk_test_…,"
            " rk_test_…). Nothing was done; do not send a live key here.",
            status=401,
        )
    if not given.startswith(("sk_test_", "rk_test_")) or len(given) < len("sk_test_") + 1:
        raise Refusal(
            "You did not provide a test API key (Authorization: Bearer sk_test_…).", status=401
        )


def _response(
    status: int, body: str, request_id: str, *, key: str = "", more: dict[str, str] | None = None
) -> Response:
    headers = (
        {"Request-Id": request_id, "Stripe-Should-Retry": "true"}
        if status == 409
        else {"Request-Id": request_id}
    )
    if key:
        headers["Idempotency-Key"] = key
    return Response(
        body, status, headers={**headers, **(more or {})}, media_type="application/json"
    )
