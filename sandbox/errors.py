"""What Stripe says when it refuses, in the form its SDK expects.

Source: https://docs.stripe.com/api/errors and https://docs.stripe.com/error-codes
"""

from __future__ import annotations

from typing import Any


class Refusal(Exception):
    """Stripe's refusal of one call; whatever the call had begun is undone."""

    status = 400
    kind = "invalid_request_error"
    keeps_effects = False

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        status: int | None = None,
        kind: str | None = None,
        **more: Any,
    ) -> None:
        """Say what is wrong (`message`), with Stripe's code and the parameter that it is about."""
        super().__init__(message)
        self.code, self.param, self.more = code, param, more
        self.status = status or self.status
        self.kind = kind or self.kind

    def body(self) -> dict[str, Any]:
        """Return the answer's JSON."""
        error: dict[str, Any] = {"type": self.kind, "message": str(self)}
        if self.code:
            error["code"] = self.code
            error["doc_url"] = f"https://docs.stripe.com/error-codes/{self.code.replace('_', '-')}"
        if self.param:
            error["param"] = self.param
        return {"error": error | self.more}


class Declined(Refusal):
    """The card was declined: the attempt itself is kept, with its failed charge and events."""

    status = 402
    kind = "card_error"
    keeps_effects = True


class NotBuilt(Refusal):
    """Stripe has this, the sandbox does not; said in words so that nobody takes it for a bug."""

    status = 501
    kind = "api_error"

    def __init__(self, message: str, *, param: str | None = None) -> None:
        """Say what is missing."""
        super().__init__(message, code="sandbox_not_built", param=param)


def missing(kind: str, resource_id: str, *, param: str = "id") -> Refusal:
    """Return the refusal for an id that does not exist on this account."""
    return Refusal(
        f"No such {kind}: '{resource_id}'", code="resource_missing", param=param, status=404
    )


def unknown_route(verb: str, path: str) -> Refusal:
    """Return the refusal for an address that Stripe does not have."""
    message = f"Unrecognized request URL ({verb.upper()}: {path})."
    return Refusal(message, status=404)
