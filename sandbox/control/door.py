"""The door of the controls: JSON in, JSON out, from this computer or with the token.

A control is a JSON request, so that no web page can press one by a form. Where the sandbox listens
to other computers, the token in the file `control_token` of its folder is needed.
"""

from __future__ import annotations

import hmac
import inspect
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.acting import carried_out
from sandbox.behaviour import WrongSetting
from sandbox.deliveries import Deliveries
from sandbox.disturbances import WrongDisturbance
from sandbox.due import bring_about
from sandbox.errors import Refusal
from sandbox.faults import WrongFault
from sandbox.running import Sandbox
from sandbox.scope import Scope
from sandbox.store import Resource

LARGEST_BODY = 1_000_000
START = "/_sandbox/"
OPEN_TO_ALL = {START, "/_sandbox/guide", "/_sandbox/health"}  # they tell nothing of what was paid


class WrongControl(ValueError):
    """A control that was given something it does not take; the text says what."""


@dataclass
class Asking:
    """One use of a control."""

    sandbox: Sandbox
    deliveries: Deliveries
    body: dict[str, Any]
    query: dict[str, str]
    id: str = ""

    @property
    def at(self) -> int:
        """The moment, in whole seconds of the sandbox's clock."""
        return int(self.sandbox.clock.now())

    def scope_of(self, kind: str) -> Scope:
        """Return the scope of the account that owns the resource in the address."""
        return Scope(self.sandbox, self.sandbox.store.owner_of(kind, self.id), self.at)

    def take(self, name: str, kind: type, otherwise: Any = None) -> Any:
        """Return a value of the body; raises WrongControl if it is of another kind."""
        value = self.body.get(name, otherwise)
        fits = value is None or type(value) is kind or (kind is float and type(value) is int)
        if not fits:
            raise WrongControl(f"“{name}” takes {kind.__name__}, not {value!r}.")
        return value


def acted(asking: Asking, act: Callable[[], Resource]) -> Resource:
    """Carry out `act` and return what it changed; raises Refusal."""
    kept: list[Resource] = []

    def remember() -> Resource:
        kept.append(act())
        return kept[0]

    refusal = carried_out(asking.sandbox, remember)
    if refusal is not None:
        raise refusal
    return kept[0]


Answerer = Callable[[Asking], Any]
Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True)
class Control:
    """One control: how to reach it and what it does."""

    verb: str
    path: str
    sentence: str
    answer: Answerer


CONTROLS: list[Control] = []


def control(verb: str, path: str, sentence: str) -> Callable[[Answerer], Answerer]:
    """Let the decorated function answer `verb /_sandbox/path`; `sentence` is its documentation."""

    def register(answer: Answerer) -> Answerer:
        CONTROLS.append(Control(verb, f"/_sandbox/{path}", sentence, answer))
        return answer

    return register


def control_routes(
    sandbox: Sandbox, deliveries: Deliveries, *, token: str | None, start: Endpoint
) -> list[Route]:
    """Return the addresses of all controls; `token` is needed if it is not None.

    A browser that asks for the first address gets `start` instead of the list.
    """
    ways = {entry: _endpoint(entry, sandbox, deliveries, token) for entry in CONTROLS}

    def first(entry: Control) -> Endpoint:
        async def choose(request: Request) -> Response:
            reads_html = "text/html" in request.headers.get("accept", "")
            return await (start if reads_html else ways[entry])(request)

        return choose

    return [
        Route(
            entry.path,
            first(entry) if entry.path == START else ways[entry],
            methods=[entry.verb],
        )
        for entry in CONTROLS
    ]


def _endpoint(
    entry: Control, sandbox: Sandbox, deliveries: Deliveries, token: str | None
) -> Callable[[Request], Any]:
    async def answer(request: Request) -> Response:
        if token is not None and entry.path not in OPEN_TO_ALL and not _knows(request, token):
            return _wrong(
                "Controls need the header “Authorization: Bearer <control token>” here.", 403
            )
        try:
            body = await _body_of(request)
            bring_about(sandbox)
            asking = Asking(
                sandbox,
                deliveries,
                body,
                dict(request.query_params),
                request.path_params.get("id", ""),
            )
            answered = entry.answer(asking)
            if inspect.isawaitable(answered):
                answered = await answered
        except (WrongControl, WrongDisturbance, WrongFault, WrongSetting) as wrong:
            return _wrong(str(wrong), 400)
        except Refusal as refusal:
            return JSONResponse(refusal.body(), refusal.status)
        return answered if isinstance(answered, Response) else JSONResponse(answered)

    return answer


async def _body_of(request: Request) -> dict[str, Any]:
    if request.method != "POST":
        return {}
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise WrongControl("Controls take JSON: send the header “Content-Type: application/json”.")
    text = await request.body()
    if len(text) > LARGEST_BODY:
        raise WrongControl("That is too much JSON.")
    try:
        body = json.loads(text or b"{}")
    except ValueError as error:
        raise WrongControl(f"This is not JSON: {error}.") from error
    if not isinstance(body, dict):
        raise WrongControl("Controls take a JSON object.")
    return body


def _knows(request: Request, token: str) -> bool:
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    return hmac.compare_digest(given.encode(), token.encode())


def _wrong(sentence: str, status: int) -> JSONResponse:
    return JSONResponse({"error": {"message": sentence}}, status)
