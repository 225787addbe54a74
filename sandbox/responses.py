"""Answers that Starlette does not have."""

from __future__ import annotations

from starlette.responses import Response
from starlette.types import Receive, Scope, Send


class BrokenOff(Response):
    """An answer that ends before it has begun: the caller cannot know what happened.

    The server cannot close a connection silently, so it promises more bytes than it sends; every
    HTTP client reports that as a broken connection.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Promise a body, and break off."""
        headers = [(b"content-length", b"1000"), (b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"{", "more_body": True})
