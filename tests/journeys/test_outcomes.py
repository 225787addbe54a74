"""What a citizen sees when paying does not go straight: declined, left, or not known yet.

Seen to fall: forms refused because the page hid its origin; a live bar that asked the page itself.
"""

import pytest

from tests.journeys.rooms import project_in
from tests.journeys.steps import DECLINED_CARD, come_back, pay
from tests.running_site import wait_for

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.fixture
def page(browser, site):
    context = browser.new_context()
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


@pytest.fixture
def dropped_webhooks(site):
    site.sandbox.control("deliveries/disturb", {"drop_all": True})
    yield
    site.sandbox.control("deliveries/disturb", {"drop_all": False})


def start_a_pledge(page, site, email):
    page.goto(f"{site.url}/en/projects/{project_in(site, 'published')}/pledge/?amount=25")
    page.locator("main [name=email]").fill(email)
    page.locator("main form[method=post] button").click()


def states(site, email):
    return [
        state for (state,) in site.query("SELECT state FROM pledges_pledge WHERE email = %s", email)
    ]


class TestADeclinedCard:
    def test_is_followed_by_another_and_one_pledge_is_paid(self, page, site):
        start_a_pledge(page, site, "declined@example.org")

        pay(page, DECLINED_CARD)
        page.locator(".pay [role=alert]").wait_for()
        unpaid = states(site, "declined@example.org")
        pay(page)
        come_back(page)
        page.get_by_role("heading", level=1, name="Thank you").wait_for(timeout=30_000)

        assert unpaid == ["pending"]
        assert states(site, "declined@example.org") == ["settled"]


class TestWhoComesBackWithoutPaying:
    def test_finds_the_pledge_kept_and_pays_it_later(self, page, site):
        start_a_pledge(page, site, "later@example.org")
        page.wait_for_url("**/c/pay/**")

        page.locator(".order a").last.click()
        come_back(page)
        heading = page.locator("h1").inner_text()
        said = page.locator("main").inner_text()
        page.locator("main form button.button--wide").click()
        pay(page)
        come_back(page)
        page.get_by_role("heading", level=1, name="Thank you").wait_for(timeout=30_000)

        assert heading == "Your pledge is not paid yet"
        assert "nothing was charged" in said
        assert states(site, "later@example.org") == ["settled"]

    def test_decides_how_the_pledge_is_shown(self, page, site):
        start_a_pledge(page, site, "shown@example.org")
        page.wait_for_url("**/c/pay/**")
        page.locator(".order a").last.click()
        come_back(page)

        page.locator("[name=visibility][value=hidden]").check()
        page.get_by_role("button", name="Save").click()
        page.wait_for_load_state()

        assert page.locator("[name=visibility][value=hidden]").is_checked()


class TestALostMessageFromStripe:
    def test_leaves_the_citizen_waiting_only_until_we_ask(self, page, site, dropped_webhooks):
        start_a_pledge(page, site, "waiting@example.org")

        pay(page)
        address = come_back(page)
        heading = page.locator("h1").inner_text()
        said = page.locator("main").inner_text()
        page.get_by_role("heading", level=1, name="Thank you").wait_for(timeout=60_000)

        assert heading == "We have your pledge. The bank has not confirmed yet"
        assert "Do not pay again" in said
        assert page.url == address
        assert states(site, "waiting@example.org") == ["settled"]

    def test_lets_those_without_scripts_look_again(self, browser, site, dropped_webhooks):
        context = browser.new_context(java_script_enabled=False)
        page = context.new_page()
        start_a_pledge(page, site, "looking@example.org")
        pay(page)
        come_back(page)

        def look_again():
            page.get_by_role("link", name="Look again").click()
            return "Thank you" in page.locator("h1").inner_text()

        wait_for(look_again, "the money to arrive")
        context.close()

        assert states(site, "looking@example.org") == ["settled"]
