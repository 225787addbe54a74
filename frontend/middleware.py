"""What every answer passes through."""

from collections.abc import Callable
from dataclasses import replace
from hashlib import blake2b

from csp.middleware import CSPMiddleware, PolicyParts
from django.conf import settings
from django.core.cache import caches
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.utils import timezone, translation
from django.utils.translation import get_language_from_request

from backend.accounts.networks import network_of
from backend.throttles.operations import limit_named
from backend.throttles.reading import seconds_to_wait
from frontend.caching import SECONDS, is_anonymous
from frontend.importmap import import_map_source

Answer = Callable[[HttpRequest], HttpResponse]
PRIVATE = "no-store, private"
PAGES, LEDGERS = limit_named("pages of a network"), limit_named("ledgers of a network")
NOT_COUNTED = ("/api/", "/healthz", "/webhooks/", "/static/")
PERMISSIONS = "camera=(), microphone=(), geolocation=(), payment=()"


class ReadingBrake:
    """Turns away who reads more pages a minute than people do; the API has its own.

    Whoever signed in is not counted, nor is a page that was answered from memory. Where it cannot
    be told who asks, nobody is turned away.
    """

    def __init__(self, get_response: Answer) -> None:
        """Keep the next in line."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Count a read, and pass on or say when the next one is taken."""
        seconds = self._seconds_to_wait(request)
        if not seconds:
            return self.get_response(request)
        # Before the language of the request is set, and without the frame, which asks who is here.
        language = get_language_from_request(request, check_path=True)
        with translation.override(language):
            page = render_to_string(
                "pages/429_reading.html",
                {
                    "language": language,
                    "name": settings.SITE_NAME,
                    "operator": settings.OPERATOR,
                    "seconds": seconds,
                },
            )
        response = HttpResponse(page, status=429)
        response["Retry-After"] = str(seconds)
        return response

    def _seconds_to_wait(self, request: HttpRequest) -> int:
        is_read = request.method in ("GET", "HEAD")
        if not is_read or settings.SESSION_COOKIE_NAME in request.COOKIES:
            return 0
        if request.path.startswith(NOT_COUNTED):
            return 0
        limit = LEDGERS if "/ledger" in request.path else PAGES
        try:
            return seconds_to_wait(limit, network_of(request), at=timezone.now())
        except (PermissionDenied, ValueError):
            return 0


class AnonymousPageCache:
    """Answers a public page from memory, for some seconds, without running anything else.

    The key holds all that such an answer depends on: host, address, the language asked for
    (only addresses without a language differ by it) and whether it may be compressed.
    """

    def __init__(self, get_response: Answer) -> None:
        """Keep the next in line."""
        self.get_response = get_response
        self.pages = caches["pages"]

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer from memory if possible, and remember what may be remembered."""
        if request.method != "GET" or not is_anonymous(request):
            return self._uncached(request)
        key = self._key(request)
        kept: HttpResponse | None = self.pages.get(key)
        if kept is not None:
            return kept
        response = self.get_response(request)
        if getattr(response, "is_public_page", False) and not response.cookies:
            self.pages.set(key, response, SECONDS)
        elif response.get("Content-Type", "").startswith("text/html"):
            response.headers.setdefault("Cache-Control", PRIVATE)
        return response

    def _uncached(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", PRIVATE)
        return response

    def _key(self, request: HttpRequest) -> str:
        address = request.META.get("HTTP_HOST", "") + request.get_full_path()
        language = request.META.get("HTTP_ACCEPT_LANGUAGE", "")
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        compressed = "gzip" in request.META.get("HTTP_ACCEPT_ENCODING", "")
        parts = f"{compressed:d}|{language if address.count('/') < 2 else ''}|{chosen}|{address}"
        # Hashed, because a caller chooses how long an address is.
        return blake2b(parts.encode(errors="backslashreplace"), digest_size=16).hexdigest()


class SecurityHeaders:
    """Adds the headers for which Django has no setting."""

    def __init__(self, get_response: Answer) -> None:
        """Keep the next in line."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Add what the answer does not say itself."""
        response = self.get_response(request)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        return response


class OneFrame:
    """Keeps the frame of our pages around those of allauth, which names something else `site`."""

    def __init__(self, get_response: Answer) -> None:
        """Keep the next in line."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on."""
        return self.get_response(request)

    def process_template_response(
        self, request: HttpRequest, response: TemplateResponse
    ) -> TemplateResponse:
        """Let frontend.context.site say what `site` is."""
        if response.context_data:
            response.context_data.pop("site", None)
        return response


class ContentSecurityPolicy(CSPMiddleware):
    """Sends the policy of the settings, and lets the one inline script in: the import map."""

    def get_policy_parts(
        self,
        request: HttpRequest,
        response: HttpResponse,
        report_only: bool = False,  # noqa: FBT001, FBT002  # the library's signature
    ) -> PolicyParts:
        """Add the map's fingerprint to the sources of scripts."""
        parts = super().get_policy_parts(request, response, report_only)
        source = import_map_source()
        return replace(parts, update={"script-src": [source]}) if source else parts
