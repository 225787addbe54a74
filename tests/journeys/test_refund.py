"""A treasurer gives part of a pledge back, on a phone and without scripts; everybody sees it.

Planted and seen to fall: the money given back without the second question (the first page then
says that it is on its way).
"""

import re

import pytest

from tests.journeys.rooms import returned_pledge
from tests.people import PASSWORD, code_of
from tests.running_site import wait_for

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

TREASURER = "treasurer.sample@example.org"
A_TREASURER = f"""
from django.utils import timezone
from backend.organisations.models import Membership
from backend.pledges.models import Pledge
from tests.people import a_person
person = a_person(with_codes=True, email="{TREASURER}")
pledge = Pledge.objects.select_related("project").get(public_reference="{{reference}}")
Membership.objects.create(organisation_id=pledge.project.committee_id, user=person.user,
    role="treasurer", since=timezone.now())
print(person.secret)
"""


def press(page, text):
    page.locator(f"main button:has-text('{text}')").first.click()


def sign_in(page, site, secret):
    page.goto(f"{site.url}/en/accounts/login/")
    page.fill("#id_login", TREASURER)
    page.fill("#id_password", PASSWORD)
    page.locator("#id_password").press("Enter")
    page.wait_for_url("**/2fa/authenticate/**")
    page.locator("main [name=code]").first.fill(code_of(secret))
    page.locator("main [name=code]").first.press("Enter")
    page.wait_for_url("**/en/account/")


def test_a_treasurer_gives_part_of_a_pledge_back(browser, site):
    token, reference = returned_pledge(site, "settled")
    site.sandbox.control("balance", {"amount_minor": 1_000_000})
    secret = site.shell(A_TREASURER.format(reference=reference)).splitlines()[-1]
    phone = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 800})
    page = phone.new_page()
    page.set_default_timeout(8000)
    sign_in(page, site, secret)

    # From the account to the pledge, by what the donor reads out.
    page.click("main a:has-text('Refund a pledge')")
    page.fill("main [name=words]", reference[:8])
    press(page, "Search")
    page.click("main li h3 a")
    assert page.locator("main [name=amount]").input_value() == "25.64"
    page.fill("main [name=amount]", "10.00")
    page.fill("main [name=reason]", "The workshop was called off")
    press(page, "Go on")

    # What will happen is said before it does.
    assert page.locator("h1").inner_text() == "Give back €10.00?"
    asked = page.locator("main").inner_text()
    assert "€15.64 of the pledge stays with the project" in asked
    assert "This cannot be undone." in asked
    press(page, "Give back €10.00")

    # And then: treasurer, donor and public see the same.
    assert "€10.00 is on its way back" in page.locator("main").inner_text()
    page.goto(f"{site.url}/en/pledges/{token}/")
    assert page.locator("h1").inner_text() == "Part of your gift went back to you"
    page.click("main a:has-text('Print the receipt')")
    assert "This receipt now stands for" in page.locator("main").inner_text()
    page.go_back()
    page.click("main a:has-text('Open ledger')")
    wait_for(
        lambda: page.reload() and "Pledge refunded" in page.locator("main").inner_text(),
        "the line in the open ledger",
        seconds=20,
    )
    letter = wait_for(
        lambda: re.search(r"Money is on its way back to you", site.get("/demo/mail/")[1]),
        "the letter",
    )
    assert letter
    assert "failed" not in site.manage("check_ledger", "I-zero", "I-chain", "I-total", "I-returned")
    phone.close()
