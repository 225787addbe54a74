"""What a person on a slow phone waits for: the largest paint, and the answer to a touch.

Chromium's own throttling: slow 4G is 1.6 Mbit/s and 150 ms, slow 3G 0.4 Mbit/s and 400 ms, each
with a processor four times slower (the figures of Lighthouse and of Chromium's own tools).
"""

from dataclasses import dataclass
from statistics import median
from typing import Any

from playwright.sync_api import Page, sync_playwright

from tests.browser import QUIET, chromium

NETWORKS = {"slow 4G": (1_600_000, 150, 1.5), "slow 3G": (400_000, 400, 3.0)}
SLOWER = 4
LARGEST_PAINT = """() => new Promise(done => {
  new PerformanceObserver(list => done(list.getEntries().at(-1).startTime))
    .observe({type: "largest-contentful-paint", buffered: true});
})"""
TOUCH = """() => new Promise(done => {
  const choice = document.querySelector("input[name=amount]");
  choice.addEventListener("click", event => {
    requestAnimationFrame(() => setTimeout(() => done(performance.now() - event.timeStamp)));
  }, {once: true});
  choice.click();
})"""


@dataclass(frozen=True)
class Seen:
    """A median of several visits, in seconds, and what was aimed at."""

    name: str
    seconds: float
    target: float


def browse(addresses: dict[str, str], *, visits: int) -> list[Seen]:
    """Visit the pages, by name, on both networks; the cache is empty each time."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(QUIET))
        seen = [
            Seen(
                f"largest paint of {name}, {network}",
                median(_paint(browser, address, network) for _ in range(visits)),
                NETWORKS[network][2],
            )
            for name, address in addresses.items()
            for network in NETWORKS
        ]
        touches = median(_touch(browser, addresses["a project"]) for _ in range(visits))
        browser.close()
    return [*seen, Seen("touch of an amount to the next paint", touches, 0.2)]


def _slow_page(browser: Any, network: str | None) -> Page:
    page: Page = browser.new_context(viewport={"width": 390, "height": 844}).new_page()
    tools = page.context.new_cdp_session(page)
    tools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    if network:
        bits, wait_ms, _ = NETWORKS[network]
        speed = {"downloadThroughput": bits / 8, "uploadThroughput": bits / 8, "latency": wait_ms}
        tools.send("Network.emulateNetworkConditions", {"offline": False, **speed})
    return page


def _paint(browser: Any, address: str, network: str) -> float:
    page = _slow_page(browser, network)
    page.goto(address, wait_until="load")
    page.wait_for_timeout(300)
    seconds = float(page.evaluate(LARGEST_PAINT)) / 1000
    page.context.close()
    return seconds


def _touch(browser: Any, address: str) -> float:
    page = _slow_page(browser, None)
    page.goto(address, wait_until="load")
    seconds = float(page.evaluate(TOUCH)) / 1000
    page.context.close()
    return seconds
