"""What a first visit to a page costs: counted from the browser's own requests."""

import gzip
from urllib.parse import urlsplit

KB = 1024
STYLES, SCRIPTS, FONT, IMAGES, ALL = 10 * KB, 10 * KB, 26 * KB, 60 * KB, 130 * KB
REQUESTS = 8


class Weights:
    """Keeps the requests of a page from its making on."""

    def __init__(self, page, site):
        self.page = page
        self.site = site
        self.requests = []
        page.on("request", self._add)

    def _add(self, request):
        if request.is_navigation_request() and request.redirected_from is None:
            self.requests.clear()
        self.requests.append(request)

    def of(self, kind):
        return [request for request in self.requests if request.resource_type == kind]

    def over(self, *, html):
        """Say which budgets of the first view are broken. `html` is that of the page itself."""
        images = self.page.evaluate("look.visibleImages().map((image) => image.currentSrc)")
        figures = {
            "HTML": (sum(map(_sent, self.of("document"))), html),
            "style": (sum(map(_zipped, self.of("stylesheet"))), STYLES),
            "scripts": (sum(map(_zipped, self.of("script"))), SCRIPTS),
            # The other files hold the letters that few names have.
            "font": (_sent(self.of("font")[0]), FONT) if self.of("font") else (0, FONT),
            "images": (sum(map(_sent, self.of("image"))), IMAGES),
            "all": (sum(map(_sent, self.requests)), ALL),
            "style files": (len(self.of("stylesheet")), 1),
            "preloaded fonts": (self.page.locator("link[rel=preload]").count(), 1),
            "requests": (len(self.requests), REQUESTS + len(set(images))),
        }
        self.figures = figures
        return [
            *(
                f"{name}: {is_now} > {most}"
                for name, (is_now, most) in figures.items()
                if is_now > most
            ),
            *(f"elsewhere: {r.url}" for r in self.requests if not self._is_ours(r)),
        ]

    def _is_ours(self, request):
        return urlsplit(request.url).netloc == urlsplit(
            self.site.url
        ).netloc or request.url.startswith("data:")


def _sent(request):
    return request.sizes()["responseBodySize"]


def _zipped(request):
    return len(gzip.compress(request.response().body(), 9))
