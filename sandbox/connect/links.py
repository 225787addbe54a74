"""Links to the onboarding page: for one account, a few minutes long, used once.

Source: https://docs.stripe.com/connect/hosted-onboarding
"""

from __future__ import annotations

from sandbox.checking.requests import missing_param
from sandbox.errors import Refusal
from sandbox.ids import new_id
from sandbox.scope import Scope
from sandbox.store import Resource

KIND = "sandbox.onboarding"
LINK_SECONDS = 300


def open_link(
    scope: Scope, account: str, *, return_url: str | None, refresh_url: str | None
) -> Resource:
    """Keep a new link; raises Refusal without the two addresses to come back to."""
    for name, url in (("refresh_url", refresh_url), ("return_url", return_url)):
        if not url:
            raise missing_param(name)
        if not url.startswith(("http://", "https://")):
            raise Refusal("Not a valid URL.", code="url_invalid", param=name)
    link_id = new_id("onboarding")
    link: Resource = {
        "id": link_id,
        "object": KIND,
        "account": account,
        "created": scope.at,
        "expires_at": scope.at + LINK_SECONDS,
        "refresh_url": refresh_url,
        "return_url": return_url,
        "url": f"{scope.sandbox.options.public_url}/_sandbox/onboarding/{link_id}",
        "used": False,
    }
    return scope.add(link)


def is_over(link: Resource, *, at: float) -> bool:
    """Whether a link was used or is too old, so that its owner has to come back for another."""
    return bool(link["used"] or at >= link["expires_at"])
