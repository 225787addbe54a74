"""What a citizen does, step by step, with the pointer or with keys alone; and reading amounts."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from tests.running_site import wait_for

# What a test looks at inside a page.
LOOK = (Path(__file__).parent / "look.js").read_text()
GOOD_CARD, DECLINED_CARD = "4242424242424242", "4000000000000002"
# 20.00 and what Stripe keeps of it and of itself: 1.5 % and 0.25.
GIFT_MINOR, COVER_MINOR, GROSS_MINOR = 2000, 56, 2056
FEE_MINOR, NET_MINOR = 56, 2000
# What people call the country, and what the amount and the thanks look like.
BENIN = {"en": "Benin", "fr": "Bénin", "es": "Benín"}
# Answers to visitors without a session are kept for five seconds.
PATIENCE_SECONDS = 20


@dataclass(frozen=True)
class Figures:
    """What the project has raised, by each way of asking; all in minor units."""

    row: int
    ledger: int
    api: int
    project_page: int
    card: int
    ledger_page: int

    @property
    def agree(self):
        return (
            len({self.row, self.ledger, self.api, self.project_page, self.card, self.ledger_page})
            == 1
        )


def minor_in(text):
    """Return the amount that stands in `text`, in hundredths, in any of our languages."""
    found = re.search(r"\d[\d.,\s]*", text)
    assert found, text
    whole, decimals = re.fullmatch(
        r"(.*?)(?:[.,](\d\d))?", found[0].strip(" .,\xa0\u202f")
    ).groups()
    return int(re.sub(r"\D", "", whole)) * 100 + int(decimals or 0)


def figures_of(site, page, slug, language, word):
    """Ask everybody what the project has raised; the pages by looking at them."""
    ((row,),) = site.query("SELECT raised_minor FROM projects_project WHERE slug = %s", slug)
    _, lines = site.get(f"/projects/{slug}/ledger.jsonl")
    _, answer = site.get(f"/api/v1/projects/{slug}/")
    page.goto(f"{site.url}/{language}/projects/{slug}/")
    shown = minor_in(page.locator("#pledge .big").inner_text())
    page.goto(f"{site.url}/{language}/projects/{slug}/ledger/")
    received = minor_in(page.locator(".figures dd").first.inner_text())
    page.goto(f"{site.url}/{language}/projects/?search={word}")
    card = page.locator(f".card:has(a[href$='/projects/{slug}/']) .card__money b")
    return Figures(
        row, gross_in(lines), raised_in(answer), shown, minor_in(card.inner_text()), received
    )


def gross_in(lines):
    """Add up what the public ledger's lines say has come in."""
    entries = [entry for line in lines.splitlines() for entry in json.loads(line)["entries"]]
    return sum(entry["credit_minor"] for entry in entries if entry["account"].endswith(":gifts"))


def raised_in(answer):
    return json.loads(answer)["raised"]["amount_minor"]


def find_benin(page, site, language):
    """Search from the first page, and open the first project that raises euros."""
    page.goto(f"{site.url}/{language}/")
    page.locator("main [name=search]").fill(BENIN[language])
    page.locator("main [name=search]").press("Enter")
    page.locator(".card:has(.card__money:has-text('€')) .card__title a").first.click()
    page.wait_for_url("**/projects/*/")
    return page.url.rstrip("/").rsplit("/", 1)[-1]


def choose_amount(page):
    page.locator("[name=amount][value=other]").check()
    page.locator("[name=amount_other]").fill("20.00")
    page.locator("#pledge form button").click()


def fill_in(page):
    """Give an address, keep the name hidden, cover the fee."""
    assert minor_in(page.locator("main [name=amount]").input_value()) == GIFT_MINOR
    page.locator("main [name=email]").fill("guest@example.org")
    assert not page.locator("main [name=show_name]").is_checked()
    assert not page.locator("main [name=cover_fee]").is_checked()
    page.locator("main [name=cover_fee]").check()
    page.locator("main form[method=post] button").click()


def pay(page, card=GOOD_CARD):
    """Fill in Stripe's page and press its button."""
    page.wait_for_url(re.compile(r"/c/pay/"))
    page.locator("[name=number]").fill(card)
    page.locator("[name=expiry]").fill("12 / 34")
    page.locator("[name=cvc]").fill("123")
    page.locator("form.pay button[type=submit]").click()


def come_back(page, language="en"):
    """Wait until Stripe has sent the citizen back; return the pledge's address."""
    page.wait_for_url(re.compile(rf"/{language}/pledges/[\w-]+/"))
    return page.url.split("?")[0]


def tab_to(page, selector, most=60):
    """Press Tab until something that fits has the focus; return how often."""
    for presses in range(1, most + 1):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return presses
    raise AssertionError(f"{most} Tab presses do not lead to {selector}")


def receipt_of(page, address):
    """Look at the pledge's page until it is paid, and open the receipt."""
    wait_for(
        lambda: page.goto(address) and page.locator("a[href$='/receipt/']").count(), "a receipt"
    )
    page.locator("a[href$='/receipt/']").first.click()
    page.wait_for_url("**/receipt/")
