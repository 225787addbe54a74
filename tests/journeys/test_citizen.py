"""The citizen's journey: from a word in the search to a receipt, and the totals agree.

Planted and seen to fall: the total of the project's page not raised by the covered fee.
"""

import re

import pytest

from tests.running_site import wait_for

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
GROSS_MINOR = 2056


def total_of(site):
    ((raised,),) = site.query(
        "SELECT raised_minor FROM projects_project WHERE slug = 'well-for-cotonou'"
    )
    return raised


def find_and_pledge(page, site, language):
    page.goto(f"{site.url}/{language}/projects/?search=Benin")
    page.locator("a[href*='/projects/well-for-cotonou/']").first.click()
    page.locator("input[name=amount][value=other]").check()
    page.locator("input[name=amount_other]").fill("20")
    page.locator("form[method=get] button, form:not([method]) button").last.click()
    page.locator("#email").fill("guest@example.org")
    page.locator("#cover_fee").check()
    assert not page.locator("#show_name").is_checked()
    page.locator("main form[method=post] button").click()


def pay_on_the_sandboxes_page(page):
    page.wait_for_url(re.compile(r"/c/pay/"))
    page.locator("input[name=card], input[name=number], input[autocomplete=cc-number]").first.fill(
        "4242424242424242"
    )
    for token, text in (("cc-exp", "12 / 34"), ("cc-csc", "123")):
        field = page.locator(f"input[autocomplete={token}]")
        if field.count():
            field.first.fill(text)
    page.locator("main form button[type=submit], main form button").first.click()


@pytest.mark.parametrize(
    ("language", "with_scripts"), [("en", True), ("fr", True), ("es", True), ("en", False)]
)
def test_a_guests_pledge_reaches_ledger_total_and_receipt(browser, site, language, with_scripts):
    context = browser.new_context(java_script_enabled=with_scripts)
    page = context.new_page()
    before = total_of(site)

    find_and_pledge(page, site, language)
    pay_on_the_sandboxes_page(page)
    page.wait_for_url(re.compile(rf"/{language}/pledges/"))
    wait_for(lambda: total_of(site) == before + GROSS_MINOR, "the money to arrive")

    page.goto(page.url)
    page.locator("a[href$='/receipt/']").first.click()
    assert "20" in page.locator("dl").inner_text()
    status, lines = site.get("/projects/well-for-cotonou/ledger.jsonl")
    assert (status, lines.count("\n")) == (200, (before + GROSS_MINOR) // GROSS_MINOR)
    assert "failed" not in site.manage("check_ledger")
    context.close()
