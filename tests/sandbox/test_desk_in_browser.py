"""The desk, the onboarding page and the portal in a real browser: no barrier, no sideways scroll.

Planted and seen to fall: a table that keeps its columns on a telephone.
"""

import pytest
from axe_playwright_python.sync_playwright import Axe

from sandbox.desk.pages import PAGES
from tests.sandbox.steps import SUCCESS, a_paid_intent, an_open_session

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
# The page itself, and each table within the box that would let it scroll.
WIDEST = """() => Math.max(document.documentElement.scrollWidth,
  ...[...document.querySelectorAll(".scroll")].map(box => box.scrollWidth))"""
LINK = {"refresh_url": SUCCESS, "return_url": SUCCESS, "type": "account_onboarding"}


def a_busy_sandbox(client, sandbox):
    """Something in every table; returns the addresses of the onboarding page and the portal."""
    sandbox.control("settings", {"payout_every_seconds": 86_400})
    account = sandbox.control("accounts", {})["id"]
    endpoint = {"url": "http://127.0.0.1:9/", "enabled_events": ["*"]}
    client.v1.webhook_endpoints.create(endpoint)
    intent = a_paid_intent(sandbox, client)
    sandbox.control("clock/advance", {"days": 3})
    sandbox.control(f"charges/{intent.id}/dispute", {})
    sandbox.control("balance", {"amount_minor": 90_000, "currency": "eur"})
    client.v1.refunds.create({"payment_intent": a_paid_intent(sandbox, client).id})
    sandbox.complete(an_open_session(client).id, method="sepa_debit")
    customer = client.v1.customers.create({"email": "giver@example.org"})
    links = (
        client.v1.account_links.create({"account": account, **LINK}).url,
        client.v1.billing_portal.sessions.create({"customer": customer.id}).url,
    )
    return [link[link.index("/_sandbox") :] for link in links]


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
class TestDeskInABrowser:
    def test_has_no_barrier_and_no_sideways_scrolling(
        self, client, sandbox, browser, width, scheme
    ):
        paths = [*PAGES, *a_busy_sandbox(client, sandbox)]
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        page = context.new_page()
        seen = []
        for path in paths:
            page.goto(f"{sandbox.url}{path}")
            problems = [found["id"] for found in Axe().run(page).response["violations"]]
            too_wide = page.evaluate(WIDEST) > width
            seen.append((path, problems, too_wide))
        context.close()

        assert len(seen) == 9
        assert [(path, wrong) for path, wrong, wide in seen if wrong or wide] == []


class TestDeskWithoutScripts:
    def test_moves_the_clock_by_keyboard(self, client, sandbox, browser):
        session = an_open_session(client)
        context = browser.new_context(java_script_enabled=False)
        page = context.new_page()
        page.goto(f"{sandbox.url}/_sandbox/")

        page.get_by_role("button", name="+ 1 day").focus()
        page.keyboard.press("Enter")
        page.get_by_text("The clock was moved.").wait_for()
        context.close()

        assert client.v1.checkout.sessions.retrieve(session.id).status == "expired"
