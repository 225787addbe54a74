"""The onboarding page: what the owner of an account sees of Stripe before it can take payments.

It stands below /_sandbox/ but needs no control token: the link is the secret, as Stripe's is.
Source: https://docs.stripe.com/connect/hosted-onboarding
"""

from __future__ import annotations

import html

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.acting import carried_out
from sandbox.checkout.html import Markup, notice_page, page, render
from sandbox.checkout.languages import WORDS, language_for, refusal_in
from sandbox.connect import accounts
from sandbox.connect.links import KIND, is_over
from sandbox.errors import Refusal
from sandbox.pages import answer_html, form_of, redirect
from sandbox.payments.cards import TEST_IBAN
from sandbox.running import Sandbox
from sandbox.scope import Scope
from sandbox.store import Resource

LATER = "later"


class OnboardingPages:
    """The onboarding page of one sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        """Serve the links of `sandbox`."""
        self._sandbox = sandbox

    def routes(self) -> list[Route]:
        """Return the address of the page."""
        return [Route("/_sandbox/onboarding/{link}", self._onboard, methods=["GET", "POST"])]

    async def _onboard(self, request: Request) -> Response:
        form = await form_of(request)
        language = language_for(None, request.headers.get("accept-language", ""))
        at = self._sandbox.clock.now()
        try:
            link = self._sandbox.store.find(
                KIND, request.path_params["link"], account=self._sandbox.platform
            )
            accounts.standing_of(self._sandbox, link["account"])
        except Refusal:
            return answer_html(notice_page(language, "unknown"), 404)
        if is_over(link, at=at):
            return redirect(link["refresh_url"])
        if request.method == "GET":
            return answer_html(self._shown(language, link, {}))
        return self._sent(language, link, form, int(at))

    def _sent(self, language: str, link: Resource, form: dict[str, str], at: int) -> Response:
        """Carry out what was filled in, and go back to the site."""
        outcome = form.get("outcome", "")
        if outcome == LATER:
            return redirect(link["return_url"])
        if outcome not in accounts.OUTCOMES:
            return answer_html(self._shown(language, link, form), 400)
        scope = Scope(self._sandbox, link["account"], at)

        def tell() -> Resource:
            scope.save({**link, "used": True})
            name, iban = form.get("name", "").strip()[:120], form.get("iban", "")
            return accounts.onboard(scope, outcome=outcome, name=name or None, iban=iban)

        refusal = carried_out(self._sandbox, tell)
        if refusal is not None:
            said = refusal_in(
                language, code=refusal.code, decline_code=None, otherwise=str(refusal)
            )
            return answer_html(self._shown(language, link, form, problem=said), 400)
        return redirect(link["return_url"])

    def _shown(
        self, language: str, link: Resource, form: dict[str, str], *, problem: str = ""
    ) -> str:
        words = WORDS[language]
        standing = accounts.standing_of(self._sandbox, link["account"])
        labels = {
            f"l_{name}": words[f"o_{name}"]
            for name in ("title", "text", "name", "iban", "fate", "active", "pending", "missing")
        }
        known = standing.registered_name or standing.display_name or ""
        alert = f'<p class="problem" role="alert" id="problem">{html.escape(problem)}</p>'
        content = render(
            "onboarding",
            action=f"/_sandbox/onboarding/{link['id']}",
            problem=Markup(alert if problem else ""),
            name=form.get("name", known),
            iban=form.get("iban", TEST_IBAN),
            l_send=words["o_send"],
            l_later=words["o_later"],
            **labels,
        )
        return page(language, words["o_title"], content)
