"""The Checkout page in a real browser: accessible, narrow and wide, light and dark, no scripts."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.sandbox.steps import an_open_session

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def local(session):
    return session.url.replace("localhost", "127.0.0.1")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 1280])
class TestCheckoutPageInABrowser:
    def test_has_no_barrier_and_no_sideways_scrolling(
        self, client, sandbox, browser, width, scheme
    ):
        session = an_open_session(client, locale="fr", success_url=f"{sandbox.url}/_sandbox/health")
        context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
        page = context.new_page()
        seen = []

        def look():
            problems = Axe().run(page).response["violations"]
            too_wide = page.evaluate("document.documentElement.scrollWidth") > width
            seen.append((page.title(), [problem["id"] for problem in problems], too_wide))

        page.goto(local(session))
        look()
        page.goto(f"{local(session)}?card=4000000000000002")
        page.get_by_role("button").click()
        look()
        page.goto(f"{local(session)}?card=4000002500003155")
        page.get_by_role("button").click()
        look()
        page.get_by_role("button", name="Accepter").click()
        page.goto(local(session))
        look()
        context.close()

        assert len({title for title, _, _ in seen}) >= 3
        assert [(title, wrong) for title, wrong, wide in seen if wrong or wide] == []


class TestCheckoutPageWithoutScripts:
    def test_pays_by_keyboard_alone(self, client, sandbox, browser):
        session = an_open_session(client, locale="en", success_url=f"{sandbox.url}/_sandbox/health")
        context = browser.new_context(java_script_enabled=False)
        page = context.new_page()
        page.goto(local(session))

        page.get_by_label("Email").focus()
        page.keyboard.type("giver@example.org")
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.type("4242424242424242")
        page.keyboard.press("Tab")
        page.keyboard.type("12/34")
        page.keyboard.press("Tab")
        page.keyboard.type("123")
        page.keyboard.press("Enter")
        page.wait_for_url("**/_sandbox/health")
        context.close()

        assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"
