"""What readers set for themselves is honoured: their colours, no motion, keys instead of a pointer.

Planted and seen to fall: no scroll padding (the dock covers what has the focus), no skip link,
buttons without an edge in the reader's colours, a dock that glides.
"""

import pytest

from tests.journeys.rooms import project_in
from tests.journeys.steps import LOOK

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
# What has a face of its own must keep an edge where the reader's colours take all backgrounds.
HAS_AN_EDGE = (
    ".button, .plate, .amounts__choice, .input, select, .card, .bar, .box, .chip, .tag, .notice"
)
SMALL = {"width": 390, "height": 640}


@pytest.fixture
def page(browser, site):
    context = browser.new_context(viewport=SMALL)
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


def addresses(site):
    slug = project_in(site, "published")
    return [
        "/en/",
        "/en/projects/",
        f"/en/projects/{slug}/",
        f"/en/projects/{slug}/pledge/?amount=1",
        f"/en/projects/{slug}/ledger/",
    ]


class TestTheColoursOfTheReader:
    def test_leave_every_part_an_edge(self, page, site):
        page.emulate_media(forced_colors="active")
        seen, without = 0, set()

        for address in addresses(site):
            page.goto(f"{site.url}{address}")
            page.evaluate(LOOK)
            parts = page.evaluate("parts => look.edges(parts)", HAS_AN_EDGE)
            seen += len(parts)
            without |= {name for name, width in parts if not width}

        assert seen > 60
        assert without == set()

    def test_show_which_amount_is_chosen_and_where_the_focus_is(self, page, site):
        page.emulate_media(forced_colors="active")
        page.goto(f"{site.url}/en/projects/{project_in(site, 'published')}/")
        page.evaluate(LOOK)

        page.locator("[name=amount]").first.check()
        page.keyboard.press("Tab")

        assert page.evaluate("look.focus()") == ""


class TestNoMotion:
    def test_nothing_moves_by_itself_or_glides(self, page, site):
        page.emulate_media(reduced_motion="reduce")
        moving = []

        for address in addresses(site):
            page.goto(f"{site.url}{address}")
            page.evaluate(LOOK)
            moving += page.evaluate("look.moving()")

        assert moving == []


class TestKeys:
    def test_meet_everything_with_a_ring_and_nothing_under_the_dock(self, page, site):
        met, wrong = 0, []
        # Where the page glides to the focus, it is not there yet when we look.
        page.emulate_media(reduced_motion="reduce")

        for address in addresses(site):
            page.goto(f"{site.url}{address}")
            page.evaluate(LOOK)
            count = page.evaluate("look.stops()")
            for _ in range(count):
                page.keyboard.press("Tab")
                found = page.evaluate("look.focus()")
                wrong += [f"{address} {found}"] if found else []
            met += count

        assert met > 100
        assert wrong == []

    def test_skip_to_the_content(self, page, site):
        page.goto(f"{site.url}/en/projects/")

        page.keyboard.press("Tab")
        is_shown = page.locator(".skip").bounding_box()["height"] >= 44
        page.keyboard.press("Enter")

        assert is_shown
        assert page.evaluate("document.activeElement.id") == "main"

    def test_are_led_to_what_is_wrong_in_a_form(self, page, site):
        page.goto(f"{site.url}/en/projects/{project_in(site, 'published')}/pledge/?amount=25")

        page.locator("main [name=email]").fill("nobody")
        page.locator("main [name=name]").fill("Sample name")
        page.keyboard.press("Enter")
        page.locator(".error-summary").wait_for()
        has_focus = page.evaluate("document.activeElement.matches('.error-summary')")
        page.locator(".error-summary a").first.press("Enter")

        assert page.title().startswith("Error: ")
        assert has_focus
        assert page.evaluate("document.activeElement.name") == "email"
        assert page.locator("main [name=name]").input_value() == "Sample name"
