"""What every page keeps, in a real browser: no barrier, no sideways scroll, few bytes.

Planted and seen to fall: grey words too pale, no skip link, a page without a room, a second font
loaded at once, the import map refused by the policy. Found by it at first: tables, receipts and
sums wider than 320 px.
"""

from functools import cache
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.urls import URLResolver, get_resolver, resolve

from tests.journeys.rooms import PAGES_WITHOUT_A_ROOM, ROOMS, sign_in
from tests.journeys.steps import LOOK
from tests.journeys.weights import Weights

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
PHONE = {"width": 390, "height": 800}
WIDTHS = (320, 390, 1280)
SCHEMES = ("light", "dark")
KB = 1024


@pytest.fixture(scope="session")
def signed_in(browser, site):
    """Return what a browser keeps of a person who signed in; each signs in once."""

    @cache
    def state(person):
        if not person:
            return None
        context = browser.new_context()
        context.set_default_timeout(8000)
        sign_in(context.new_page(), site, person)
        kept = context.storage_state()
        context.close()
        return kept

    return state


def too_heavy(weights, room):
    """What is over the budget of bytes and requests."""
    return weights.over(html=20 * KB if room.is_list else 12 * KB)


def barriers(page):
    """What axe finds at each width, light and dark."""
    page.evaluate(AXE_SCRIPT)
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            found += [f"{width} {scheme}: {text}" for text in page.evaluate("look.axe()")]
    page.emulate_media(color_scheme="light")
    return found


def does_not_fit(page):
    """What cannot be read without scrolling sideways, or is cut off."""
    found = []

    def look(how):
        found.extend(f"{how}: {text}" for text in page.evaluate("look.beyond()"))

    page.set_viewport_size({"width": 320, "height": 800})
    look("320")
    page.evaluate("look.space(true)")
    look("320 spaced")
    page.evaluate("look.space(false)")
    page.evaluate("document.dir = 'rtl'")
    look("320 rtl")
    page.evaluate("document.dir = ''")
    page.evaluate("look.enlarge('200%')")
    look("320 at 200 %")
    page.evaluate("look.enlarge('')")
    page.set_viewport_size({"width": 1280, "height": 800})
    page.evaluate("look.enlarge('200%')")
    look("1280 at 200 %")
    page.evaluate("look.enlarge('')")
    return found


def other_languages(page, site, room):
    found = []
    page.set_viewport_size({"width": 320, "height": 800})
    for language in ("fr", "es") if room.has_languages else ():
        page.goto(page.url.replace("/en/", f"/{language}/").replace("/fr/", f"/{language}/"))
        page.evaluate(LOOK)
        found += [f"320 {language}: {text}" for text in page.evaluate("look.beyond()")]
    return found


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_a_page_keeps_its_gates(browser, site, signed_in, room):
    context = browser.new_context(viewport=PHONE, storage_state=signed_in(room.person))
    context.set_default_timeout(8000)
    page = context.new_page()
    weights = Weights(page, site)
    said = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else 0)
    page.on("pageerror", lambda fault: said.append(str(fault)))

    answer = room.arrive(page, site)
    arrived_at = (
        "error route" if room.route == "error" else resolve(urlsplit(page.url).path).view_name
    )
    page.evaluate(LOOK)
    page.evaluate("look.settled()")
    shifted = page.evaluate("look.shifts()")
    found = [
        *(text for text in said if "Failed to load resource" not in text),
        *too_heavy(weights, room),
        *page.evaluate("bare => look.frame(bare)", room.is_bare),
        *page.evaluate("look.smallTargets()"),
        *does_not_fit(page),
        *barriers(page),
        *other_languages(page, site, room),
    ]
    context.close()

    assert answer.status == room.status
    assert arrived_at in (room.route, "error route")
    assert shifted <= 0.02
    assert not found, "\n".join(found)


def routes(resolver, space=""):
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from routes(entry, f"{space}{entry.namespace}:" if entry.namespace else space)
        else:
            yield f"{space}{entry.name}"


def test_no_page_is_without_its_gate():
    for_programs = ("api:", "machines:", "admin:")

    pages = {name for name in routes(get_resolver()) if not name.startswith(for_programs)}

    assert len(pages) > 40
    assert pages == {room.route for room in ROOMS} - {"error"} | set(PAGES_WITHOUT_A_ROOM)
