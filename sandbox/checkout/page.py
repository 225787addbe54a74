"""The pages that the payer sees: Checkout, 3-D Secure, and what is over.

They are plain HTML and work without JavaScript. Each form post ends in a redirect or in the same
page with the reason in words. Source: https://docs.stripe.com/payments/checkout
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from sandbox.acting import carried_out
from sandbox.checkout import completing, html
from sandbox.checkout.completing import Filled
from sandbox.checkout.html import Entered
from sandbox.checkout.languages import language_for, refusal_in
from sandbox.checkout.sessions import intent_id_of
from sandbox.due import bring_about
from sandbox.errors import Refusal
from sandbox.moments import month_at
from sandbox.pages import answer_html, form_of, redirect
from sandbox.payments import intents, setups
from sandbox.payments.cards import TEST_IBAN
from sandbox.payments.methods import REDIRECTS
from sandbox.running import Sandbox
from sandbox.scope import Scope
from sandbox.store import Resource

CSS = Path(__file__).with_name("page.css")
DESK_CSS = CSS.parent.with_name("desk") / "desk.css"
KEPT = {"Cache-Control": "max-age=300"}
EXPIRY = re.compile(r"\s*(\d{1,2})\s*[/.-]?\s*(\d{4}|\d{2})\s*")
EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}\.[^@\s.]{2,}")


class Pages:
    """The pages of one sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        """Serve the sessions of `sandbox`."""
        self._sandbox = sandbox

    def routes(self) -> list[Route]:
        """Return the addresses of the pages."""
        return [
            Route("/c/page.css", self._css),
            Route("/c/desk.css", self._desk_css),
            Route("/c/pay/{session}", self._pay, methods=["GET", "POST"]),
            Route("/c/pay/{session}/authenticate", self._secure, methods=["GET", "POST"]),
            Route("/c/authenticate/{intent}", self._secure_intent, methods=["GET", "POST"]),
        ]

    async def _css(self, request: Request) -> Response:
        return FileResponse(CSS, media_type="text/css", headers=KEPT)

    async def _desk_css(self, request: Request) -> Response:
        return FileResponse(DESK_CSS, media_type="text/css", headers=KEPT)

    async def _pay(self, request: Request) -> Response:
        filled = await form_of(request)
        scope, session = self._session(request.path_params["session"])
        if scope is None or session is None:
            return _notice(request, "unknown", status=404)
        language = _language(request, session)
        if session["status"] != "open":
            return _over(language, session)
        if request.method == "GET":
            return self._shown(language, scope, session, _prefilled(request, session))
        entered = _entered(filled, session)
        return self._pressed(
            language, scope, session, entered, lambda: self._paid(scope, session, entered)
        )

    async def _secure(self, request: Request) -> Response:
        form = await form_of(request)
        scope, session = self._session(request.path_params["session"])
        if scope is None or session is None:
            return _notice(request, "unknown", status=404)
        language = _language(request, session)
        if session["status"] != "open":
            return _over(language, session)
        if request.method == "GET":
            return answer_html(_banks_page(language, scope, session))
        answer = form.get("answer")
        return self._pressed(
            language,
            scope,
            session,
            Entered(email=(session["customer_details"] or {}).get("email") or ""),
            lambda: completing.authenticate(
                scope, session, approved=answer in ("approve", "late"), is_late=answer == "late"
            ),
        )

    async def _secure_intent(self, request: Request) -> Response:
        """3-D Secure of an intent that a site confirmed by itself, without a session."""
        form = await form_of(request)
        intent_id = request.path_params["intent"]
        kind = "setup_intent" if intent_id.startswith("seti_") else "payment_intent"
        language = language_for(None, request.headers.get("accept-language", ""))
        try:
            scope = self._scope(kind, intent_id)
            intent = scope.find(kind, intent_id)
        except Refusal:
            return _notice(request, "unknown", status=404)
        if intent["status"] != "requires_action":
            return answer_html(html.notice_page(language, "paid"), 409)
        if request.method == "GET":
            amount = _amount(language, intent.get("amount"), intent.get("currency"))
            action = f"/c/authenticate/{intent_id}"
            return answer_html(html.authenticate_page(language, action=action, amount=amount))
        back = intent["next_action"]["redirect_to_url"]["return_url"]
        authenticate = setups.authenticate if kind == "setup_intent" else intents.authenticate
        approved = form.get("answer") == "approve"
        carried_out(self._sandbox, lambda: authenticate(scope, intent, approved=approved))
        if back:
            mark = "&" if "?" in back else "?"
            return redirect(f"{back}{mark}{kind}={intent_id}")
        return answer_html(html.notice_page(language, "paid"))

    def _paid(self, scope: Scope, session: Resource, entered: Entered) -> Resource:
        """Press the button; raises Refusal for a wrong field before any attempt."""
        if not EMAIL.fullmatch(entered.email):
            raise Refusal("This email address is not right.", code="email_invalid", param="email")
        expiry = (12, 2034)
        if entered.method == "card":
            if not re.fullmatch(r"\d{3,4}", entered.cvc.strip()):
                raise Refusal("The security code has three or four digits.", code="invalid_cvc")
            expiry = _expiry(entered.expiry)
        filled = Filled(
            method=entered.method,
            card=entered.number,
            expiry=expiry,
            iban=entered.iban,
            email=entered.email,
            name=entered.name or None,
        )
        return completing.pay(scope, session, filled, month=month_at(scope.at))

    def _pressed(
        self,
        language: str,
        scope: Scope,
        session: Resource,
        entered: Entered,
        act: Callable[[], Resource],
    ) -> Response:
        """Carry out what a button does, and send the payer on."""
        refusal = carried_out(self._sandbox, act)
        if refusal is None and session["status"] == "complete":
            return redirect(success_url(session))
        if refusal is None:
            return redirect(f"/c/pay/{session['id']}/authenticate")
        _, now = self._session(session["id"])
        if now is None or now["status"] != "open":
            return _over(language, now or {})
        entered.problem = refusal_in(
            language,
            code=refusal.code,
            decline_code=refusal.more.get("decline_code"),
            otherwise=str(refusal),
        )
        entered.wrong = _field_of(refusal)
        return self._shown(language, scope, now, entered, status=402)

    def _shown(
        self, language: str, scope: Scope, session: Resource, entered: Entered, status: int = 200
    ) -> Response:
        lines = scope.private(session["id"]).get("line_items", [])
        return answer_html(html.pay_page(language, session, lines, entered), status)

    def _session(self, session_id: str) -> tuple[Scope | None, Resource | None]:
        bring_about(self._sandbox)
        try:
            scope = self._scope("checkout.session", session_id)
            return scope, scope.find("checkout.session", session_id)
        except Refusal:
            return None, None

    def _scope(self, kind: str, resource_id: str) -> Scope:
        owner = self._sandbox.store.owner_of(kind, resource_id)
        return Scope(self._sandbox, owner, int(self._sandbox.clock.now()))


def success_url(session: Resource) -> str:
    """Return where the payer goes after success, with the session's id filled in."""
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", session["id"])


def _entered(form: dict[str, str], session: Resource) -> Entered:
    return Entered(
        method=form.get("method", "card"),
        number=form.get("number", "")[:30],
        expiry=form.get("expiry", "")[:10],
        cvc=form.get("cvc", "")[:5],
        iban=form.get("iban", "")[:50],
        name=form.get("name", "")[:80],
        email=session["customer_email"] or form.get("email", "")[:256].strip(),
    )


def _prefilled(request: Request, session: Resource) -> Entered:
    """Fill the form in from `?card=…`, which the list of test numbers links to."""
    number = request.query_params.get("card", "")
    email = session["customer_email"] or ""
    if re.fullmatch(r"\d{12,19}", number):
        email = email or completing.GUEST_EMAIL
        return Entered(
            number=html.in_fours(number), expiry="12 / 34", cvc="123", iban=TEST_IBAN, email=email
        )
    return Entered(iban=TEST_IBAN, email=email)


def _expiry(text: str) -> tuple[int, int]:
    found = EXPIRY.fullmatch(text)
    if found is None:
        raise Refusal("Your card's expiration date is not right.", code="invalid_expiry_year")
    year = int(found[2])
    return int(found[1]), year if year > 99 else 2000 + year


def _field_of(refusal: Refusal) -> str:
    code = refusal.code or ""
    for part, name in (("expiry", "expiry"), ("cvc", "cvc"), ("iban", "iban"), ("email", "email")):
        if part in code:
            return name
    return "" if "authentication" in code or "attempt_failed" in code else "number"


def _banks_page(language: str, scope: Scope, session: Resource) -> str:
    """Return the page of the payer's bank: 3-D Secure of a card, or the one that it pays by."""
    action = f"/c/pay/{session['id']}/authenticate"
    amount = _amount(language, session["amount_total"], session["currency"])
    intent_id = intent_id_of(scope, session)
    intent = scope.find("payment_intent", intent_id) if intent_id else {}
    if method_id := intent.get("payment_method"):
        kind = scope.find("payment_method", method_id)["type"]
        if kind in REDIRECTS:
            return html.bank_page(language, action=action, kind=kind, amount=amount)
    return html.authenticate_page(language, action=action, amount=amount)


def _amount(language: str, amount: int | None, currency: str | None) -> str:
    return html.amount_in(language, amount, currency) if amount and currency else ""


def _language(request: Request, session: Resource) -> str:
    return language_for(session["locale"], request.headers.get("accept-language", ""))


def _over(language: str, session: Resource) -> Response:
    """Say that a session is complete or expired."""
    if session.get("status") == "complete":
        url = success_url(session)
        return answer_html(html.notice_page(language, "paid", url=url, link="go_on"))
    back = session.get("cancel_url")
    return answer_html(html.notice_page(language, "expired", url=back, link="cancel"), 410)


def _notice(request: Request, kind: str, *, status: int) -> Response:
    language = language_for(None, request.headers.get("accept-language", ""))
    return answer_html(html.notice_page(language, kind), status)
