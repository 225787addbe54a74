"""The desk's pages and the door before them.

A form carries a token that only these pages show, so that no foreign page can press a button. Where
the sandbox listens to other computers, the control token is asked for first and kept as a cookie.
"""

from __future__ import annotations

import hashlib
import hmac
import inspect
import secrets
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.checkout.html import Markup, render
from sandbox.control.door import Asking, WrongControl
from sandbox.deliveries import Deliveries
from sandbox.desk import happenings, money
from sandbox.desk.acts import ACTS
from sandbox.desk.sight import Sight
from sandbox.desk.tables import moment
from sandbox.disturbances import WrongDisturbance
from sandbox.due import bring_about
from sandbox.errors import Refusal
from sandbox.faults import WrongFault
from sandbox.pages import answer_html, form_of, redirect
from sandbox.running import Sandbox

START = "/_sandbox/"
COOKIE = "sandbox_desk"
FEW, MANY = 8, 50
Shower = Callable[[Sight], Markup]


def _overview(sight: Sight) -> Markup:
    return Markup(
        money.balances(sight) + money.payments(sight, most=FEW) + happenings.coming(sight, most=FEW)
    )


def _payments(sight: Sight) -> Markup:
    return Markup(
        money.payments(sight, most=MANY)
        + money.refunds(sight, most=FEW)
        + happenings.subscriptions(sight, most=FEW)
    )


def _accounts(sight: Sight) -> Markup:
    return Markup(
        money.balances(sight)
        + happenings.accounts(sight, most=MANY)
        + money.payouts(sight, most=MANY)
    )


def _events(sight: Sight) -> Markup:
    return happenings.events(sight, most=MANY)


def _deliveries(sight: Sight) -> Markup:
    return happenings.deliveries(sight, most=MANY)


def _coming(sight: Sight) -> Markup:
    return happenings.coming(sight, most=MANY)


PAGES: dict[str, tuple[str, Shower]] = {
    START: ("Overview", _overview),
    "/_sandbox/desk/payments": ("Payments", _payments),
    "/_sandbox/desk/accounts": ("Accounts", _accounts),
    "/_sandbox/desk/events": ("Events", _events),
    "/_sandbox/desk/deliveries": ("Deliveries", _deliveries),
    "/_sandbox/desk/clock": ("Clock", _coming),
    "/_sandbox/desk/faults": ("Faults", happenings.faults),
}
WRONG = (Refusal, WrongControl, WrongFault, WrongDisturbance)


class Desk:
    """The operator's desk of one sandbox."""

    def __init__(self, sandbox: Sandbox, deliveries: Deliveries, *, token: str | None) -> None:
        """Show `sandbox`; the control `token` is asked for if it is not None."""
        self._sandbox, self._deliveries, self._control_token = sandbox, deliveries, token
        self._form_token = secrets.token_urlsafe(24)

    def routes(self) -> list[Route]:
        """Return the addresses of the desk but the first, which programs share."""
        shown = [Route(path, self.show) for path in PAGES if path != START]
        return [
            *shown,
            Route("/_sandbox/desk/act", self._act, methods=["POST"]),
            Route("/_sandbox/desk/sign-in", self._sign_in, methods=["GET", "POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """Show one page of the desk."""
        if not self._knows(request):
            return redirect("/_sandbox/desk/sign-in")
        bring_about(self._sandbox)
        said = ACTS.get(request.query_params.get("done", ""))
        return answer_html(self._page(request.url.path, said=said.said if said else ""))

    async def _act(self, request: Request) -> Response:
        """Do what a form asks for, and show its page again."""
        form = await form_of(request)
        if not self._knows(request):
            return redirect("/_sandbox/desk/sign-in")
        back = form.get("back", START)
        if back not in PAGES:
            back = START
        if not hmac.compare_digest(form.get("token", "").encode(), self._form_token.encode()):
            problem = "This form is too old. Nothing was done; please press the button again."
            return answer_html(self._page(back, problem=problem), 403)
        act = ACTS.get(form.get("act", ""))
        if act is None:
            return answer_html(self._page(back, problem="There is no such button."), 400)
        try:
            asking = Asking(self._sandbox, self._deliveries, act.body(form), {}, form.get("id", ""))
            done: Any = act.answer(asking)
            if inspect.isawaitable(done):
                await done
        except WRONG as wrong:
            return answer_html(self._page(back, problem=f"That was refused: {wrong}"), 400)
        return redirect(f"{back}?done={form['act']}")

    async def _sign_in(self, request: Request) -> Response:
        """Ask for the control token, which stands in the sandbox's folder."""
        form = await form_of(request)
        given, wanted = form.get("control_token", "").strip(), self._control_token
        problem = ""
        if wanted is None or (given and hmac.compare_digest(given.encode(), wanted.encode())):
            answer = redirect(START)
            if wanted is not None:
                answer.set_cookie(COOKIE, _cookie_for(wanted), httponly=True, samesite="strict")
            return answer
        if given:
            problem = "This is not the control token of this sandbox."
        content = render("desk_sign_in", problem=_problem(problem))
        whole = render("desk", title="Sign in", links=Markup(""), clock=Markup(""), content=content)
        return answer_html(whole, 403 if problem else 200)

    def _knows(self, request: Request) -> bool:
        """Whether the browser may see the desk."""
        if self._control_token is None:
            return True
        given = request.cookies.get(COOKIE, "")
        return hmac.compare_digest(given.encode(), _cookie_for(self._control_token).encode())

    def _page(self, path: str, *, said: str = "", problem: str = "") -> str:
        title, shower = PAGES[path]
        at = int(self._sandbox.clock.now())
        sight = Sight(self._sandbox, self._deliveries, self._form_token, path, at)
        done = f'<p class="done" role="status">{said}</p>' if said else ""
        heading = f"<h1>{title}</h1>"
        content = Markup(heading + done + _problem(problem) + shower(sight))
        clock = render(
            "desk_clock",
            now=moment(at),
            ahead=_ahead(self._sandbox.clock.offset_seconds),
            token=self._form_token,
            back=path,
        )
        return render("desk", title=title, links=_links(path), clock=clock, content=content)


def _links(here: str) -> Markup:
    current = ' aria-current="page"'
    pages = [
        f'<li><a href="{path}"{current if path == here else ""}>{title}</a></li>'
        for path, (title, _) in PAGES.items()
    ]
    return Markup("".join([*pages, '<li><a href="/_sandbox/guide">Controls</a></li>']))


def _ahead(seconds: float) -> str:
    """Say how far the sandbox's clock is ahead of the computer's."""
    days, rest = divmod(round(seconds / 60), 24 * 60)
    hours, minutes = divmod(rest, 60)
    parts = [
        f"{count} {name}{'' if count == 1 else 's'}"
        for count, name in ((days, "day"), (hours, "hour"), (minutes, "minute"))
        if count
    ]
    return f"{', '.join(parts[:2])} ahead of this computer" if parts else "as on this computer"


def _problem(sentence: str) -> Markup:
    if not sentence:
        return Markup("")
    return Markup(render("desk_problem", sentence=sentence))


def _cookie_for(token: str) -> str:
    return hashlib.sha256(f"desk:{token}".encode()).hexdigest()
