"""A receipt and a project on paper, as Chromium prints them.

Planted and seen to fall: the navigation printed; coloured plates; what can only be clicked left on
the receipt.
"""

import re

import pytest

from tests.journeys.rooms import pledge_in, project_in

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
NOT_ON_PAPER = (
    ".site-header", ".site-footer", ".banner", ".no-print", "main form", ".dock", ".tabs",
    ".button",
)  # fmt: skip
BLACK_ON_WHITE = ["rgb(255, 255, 255)", "rgb(0, 0, 0)"]


@pytest.fixture
def paper(browser):
    page = browser.new_page()
    page.emulate_media(media="print", color_scheme="dark")
    yield page
    page.close()


def shown_among(page, selectors):
    return page.evaluate(
        "names => names.filter(name => [...document.querySelectorAll(name)]"
        ".some(found => found.checkVisibility()))",
        list(selectors),
    )


def looks_of(page, selector):
    return page.evaluate(
        "name => { const looks = getComputedStyle(document.querySelector(name));"
        " return [looks.backgroundColor, looks.color, looks.borderTopStyle] }",
        selector,
    )


def pages_of(page):
    return len(re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True)))


def test_a_receipt_is_one_page_black_on_white_with_outlined_plates(site, paper):
    paper.goto(f"{site.url}/en/pledges/{pledge_in(site, 'settled')}/receipt/")

    assert shown_among(paper, NOT_ON_PAPER) == []
    assert shown_among(paper, [".receipt", ".qr", ".plate"]) == [".receipt", ".qr", ".plate"]
    assert looks_of(paper, ".plate") == [*BLACK_ON_WHITE, "solid"]
    assert looks_of(paper, "body")[:2] == BLACK_ON_WHITE
    assert pages_of(paper) == 1


def test_a_project_leaves_out_what_can_only_be_clicked(site, paper):
    paper.goto(f"{site.url}/en/projects/{project_in(site, 'published')}/")

    assert shown_among(paper, NOT_ON_PAPER) == []
    assert shown_among(paper, ["h1", ".budget", ".steps"]) == ["h1", ".budget", ".steps"]
    assert looks_of(paper, "body")[:2] == BLACK_ON_WHITE
