"""The citizen's journey: from a word in the search to a receipt, and all figures agree.

Planted and seen to fall: the project's page showing the goal as raised; the total without the fee.
"""

import time
from urllib.parse import urlsplit

import pytest

from tests.journeys.steps import (
    BENIN,
    COVER_MINOR,
    FEE_MINOR,
    GIFT_MINOR,
    GROSS_MINOR,
    NET_MINOR,
    PATIENCE_SECONDS,
    choose_amount,
    come_back,
    figures_of,
    fill_in,
    find_benin,
    minor_in,
    pay,
    receipt_of,
    tab_to,
)
from tests.running_site import wait_for

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
NAME_HIDDEN = {"en": "name hidden", "fr": "nom masqué", "es": "nombre oculto"}


def raised(site, slug):
    ((minor,),) = site.query("SELECT raised_minor FROM projects_project WHERE slug = %s", slug)
    return minor


def agreed_figures(site, page, slug, language, wanted):
    """Look until every figure is the one wanted; return them as they were at last."""

    def look():
        figures = figures_of(site, page, slug, language, BENIN[language])
        return figures if figures.agree and figures.row == wanted else None

    return wait_for(look, f"all figures to be {wanted}", seconds=PATIENCE_SECONDS)


def letter_of(page, site, address):
    """Return the letter of the demo's mailbox that leads to this pledge, once it is there."""
    page.goto(f"{site.url}/demo/mail/")
    letters = page.locator("article").filter(has_text=urlsplit(address).path).all_inner_texts()
    return letters[0] if letters else None


@pytest.mark.parametrize(
    ("language", "with_scripts"), [("en", True), ("fr", True), ("es", True), ("en", False)]
)
class TestACitizensPledge:
    def test_reaches_the_receipt_and_every_figure_agrees(
        self, browser, site, language, with_scripts
    ):
        context = browser.new_context(java_script_enabled=with_scripts)
        context.set_default_timeout(15_000)
        page = context.new_page()
        slug = find_benin(page, site, language)
        before = raised(site, slug)

        choose_amount(page)
        fill_in(page)
        pay(page)
        address = come_back(page, language)
        receipt_of(page, address)
        receipt = [minor_in(text) for text in page.locator("dd:has(data)").all_inner_texts()]
        figures = agreed_figures(site, page, slug, language, before + GROSS_MINOR)
        page.goto(f"{site.url}/{language}/projects/{slug}/")
        newest = page.locator("#supporters tbody tr").first.inner_text()
        letter = wait_for(lambda: letter_of(page, site, address), "the receipt's letter")
        context.close()

        assert receipt == [GIFT_MINOR, COVER_MINOR, GROSS_MINOR, FEE_MINOR, NET_MINOR]
        assert figures.ledger - before == GROSS_MINOR
        assert NAME_HIDDEN[language] in newest
        assert "guest@example.org" in letter
        assert "failed" not in site.manage("check_ledger")


class TestACitizenWithAKeyboard:
    def test_pledges_in_a_minute_and_twelve_presses_lead_to_the_amount(self, browser, site):
        context = browser.new_context(viewport={"width": 1280, "height": 800})
        context.set_default_timeout(15_000)
        page = context.new_page()
        keys = page.keyboard
        page.goto(f"{site.url}/en/")
        began = time.monotonic()

        tab_to(page, "[name=search]")
        keys.type("Benin")
        keys.press("Enter")
        page.wait_for_url("**/projects/?search=Benin*")
        tab_to(page, ".skip", most=1)
        keys.press("Enter")
        tab_to(page, ".card__title a")
        keys.press("Enter")
        page.wait_for_url("**/projects/*/")
        slug = page.url.rstrip("/").rsplit("/", 1)[-1]
        before = raised(site, slug)
        presses = tab_to(page, "[name=amount]")
        keys.press("ArrowUp")
        assert page.evaluate("document.activeElement.value") == "other"
        presses += tab_to(page, "[name=amount_other]", most=1)
        keys.type("20")
        keys.press("Enter")
        page.wait_for_url("**/pledge/?*")
        tab_to(page, "[name=email]")
        keys.type("keys@example.org")
        tab_to(page, "[name=cover_fee]")
        keys.press("Space")
        tab_to(page, "main form button", most=3)
        keys.press("Enter")
        page.wait_for_url("**/c/pay/**")
        tab_to(page, "[name=number]")
        keys.type("4242424242424242")
        tab_to(page, "[name=expiry]", most=1)
        keys.type("1234")
        tab_to(page, "[name=cvc]", most=1)
        keys.type("123")
        keys.press("Enter")
        come_back(page)
        page.locator("a[href$='/receipt/']").first.wait_for(timeout=30_000)
        tab_to(page, "a[href$='/receipt/']")
        keys.press("Enter")
        page.wait_for_url("**/receipt/")
        took = time.monotonic() - began
        context.close()

        assert presses <= 12
        assert took < 60
        assert raised(site, slug) > before
