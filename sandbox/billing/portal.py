"""The customer's portal: see one's subscriptions, stop them, keep them, change the card.

Source: https://docs.stripe.com/customer-management. A link is good for an hour, as Stripe's is not
for ever either; each form ends in a redirect to the same page.
"""

from __future__ import annotations

import html
from datetime import UTC, datetime

from babel.dates import format_date
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.acting import carried_out
from sandbox.checkout.html import Markup, amount_in, notice_page, page, render
from sandbox.checkout.languages import WORDS, language_for, refusal_in
from sandbox.due import bring_about
from sandbox.errors import Refusal
from sandbox.moments import month_at
from sandbox.pages import answer_html, form_of, redirect
from sandbox.payments import setups
from sandbox.payments.cards import check_expiry, read_card
from sandbox.payments.methods import billing_details, new_card_method
from sandbox.running import Sandbox
from sandbox.scope import Scope
from sandbox.store import Resource

KIND = "billing_portal.session"
OPEN_SECONDS = 3_600
LOCALES = {"en": "en_GB"}
SHOWN = ("active", "past_due", "unpaid", "incomplete")


class PortalPages:
    """The portal of one sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        """Serve the portal sessions of `sandbox`."""
        self._sandbox = sandbox

    def routes(self) -> list[Route]:
        """Return the address of the portal."""
        return [Route("/_sandbox/portal/{session}", self._portal, methods=["GET", "POST"])]

    async def _portal(self, request: Request) -> Response:
        form = await form_of(request)
        bring_about(self._sandbox)
        session_id, at = request.path_params["session"], int(self._sandbox.clock.now())
        accepted = request.headers.get("accept-language", "")
        try:
            owner = self._sandbox.store.owner_of(KIND, session_id)
            scope = Scope(self._sandbox, owner, at)
            session = scope.find(KIND, session_id)
            language = language_for(session["locale"], accepted)
        except Refusal:
            return answer_html(notice_page(language_for(None, accepted), "unknown"), 404)
        if at >= session["created"] + OPEN_SECONDS:
            back = session["return_url"]
            link = {"url": back, "link": "cancel"} if back else {}
            return answer_html(notice_page(language, "expired", **link), 410)
        if request.method == "GET":
            return answer_html(_shown(scope, session, language))
        refusal = carried_out(self._sandbox, lambda: _act(scope, session, form))
        if refusal is None:
            return redirect(f"/_sandbox/portal/{session_id}")
        problem = refusal_in(
            language,
            code=refusal.code,
            decline_code=refusal.more.get("decline_code"),
            otherwise=str(refusal),
        )
        return answer_html(_shown(scope, session, language, problem=problem), 400)


def _act(scope: Scope, session: Resource, form: dict[str, str]) -> Resource:
    """Do what a button of the portal says; raises Refusal or Declined."""
    if form.get("act") == "card":
        return _change_card(scope, session, form.get("number", ""))
    subscription = scope.find("subscription", form.get("subscription", ""))
    if subscription["customer"] != session["customer"] or subscription["ended_at"]:
        raise Refusal("This subscription cannot be changed here.")
    stops = form.get("act") == "stop"
    before = subscription["cancel_at_period_end"]
    subscription |= {
        "cancel_at": _end_of(subscription) if stops else None,
        "cancel_at_period_end": stops,
        "canceled_at": scope.at if stops else None,
    }
    reason = "cancellation_requested" if stops else None
    subscription["cancellation_details"] |= {"reason": reason}
    scope.save(subscription)
    scope.announce("customer.subscription.updated", subscription, cancel_at_period_end=before)
    return subscription


def _change_card(scope: Scope, session: Resource, number: str) -> Resource:
    """Save another card and let every subscription of the customer use it; raises Declined."""
    customer = scope.find("customer", session["customer"])
    card, (month, year) = read_card(number), month_at(scope.at)
    check_expiry(12, 2034, at_month=month, at_year=year)
    method = new_card_method(scope, card, billing=billing_details(email=customer["email"]))
    setup = setups.new_setup(scope, customer=customer["id"])
    setup = setups.attempt(scope, setup, method)
    if setup["status"] == "requires_action":
        setups.authenticate(scope, setup, approved=True)
    customer["invoice_settings"]["default_payment_method"] = method["id"]
    scope.save(customer)
    scope.announce("customer.updated", customer)
    for subscription in _subscriptions(scope, session):
        before = subscription["default_payment_method"]
        subscription["default_payment_method"] = method["id"]
        scope.save(subscription)
        scope.announce("customer.subscription.updated", subscription, default_payment_method=before)
    return customer


def _subscriptions(scope: Scope, session: Resource) -> list[Resource]:
    found = scope.where("subscription", customer=session["customer"])
    return [one for one in found if one["status"] in SHOWN]


def _end_of(subscription: Resource) -> int:
    return int(subscription["items"]["data"][0]["current_period_end"])


def _shown(scope: Scope, session: Resource, language: str, *, problem: str = "") -> str:
    words = WORDS[language]
    listed = [_card(scope, session, one, language) for one in _subscriptions(scope, session)]
    back = session["return_url"]
    alert = f'<p class="problem" role="alert">{html.escape(problem)}</p>'
    content = render(
        "portal",
        action=f"/_sandbox/portal/{session['id']}",
        l_title=words["b_title"],
        problem=Markup(alert if problem else ""),
        subscriptions=Markup("".join(listed) or f"<p>{html.escape(words['b_none'])}</p>"),
        l_card=words["b_card"],
        l_number=words["number"],
        l_save=words["save"],
        back=Markup(
            f'<p><a href="{html.escape(back)}">{html.escape(words["b_back"])}</a></p>'
            if back
            else ""
        ),
    )
    return page(language, words["b_title"], content)


def _card(scope: Scope, session: Resource, subscription: Resource, language: str) -> str:
    words = WORDS[language]
    first = subscription["items"]["data"][0]
    amount = first["price"]["unit_amount"] * first["quantity"]
    each = words[f"per_{first['price']['recurring']['interval']}"]
    stops = subscription["cancel_at_period_end"]
    end = datetime.fromtimestamp(_end_of(subscription), UTC)
    on = format_date(end, "long", locale=LOCALES.get(language, language))
    text = words["b_ends" if stops else "b_renews"].format(date=on)
    method = subscription["default_payment_method"]
    card = scope.find("payment_method", method).get("card") if method else None
    pays = f" · {card['brand'].title()} … {card['last4']}" if card else ""
    return render(
        "subscription",
        action=f"/_sandbox/portal/{session['id']}",
        name=scope.find("product", first["price"]["product"])["name"],
        amount=f"{amount_in(language, amount, subscription['currency'])} {each}",
        text=f"{text}{pays}",
        subscription=subscription["id"],
        act="keep" if stops else "stop",
        l_act=words["b_keep" if stops else "b_stop"],
    )
