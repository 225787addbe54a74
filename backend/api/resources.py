"""What all addresses of the API have in common: language, query, conditional reads, headers.

The API knows no session and no cookie, so there is nothing that another site could do in a
visitor's name. Public reads may be read by scripts of any site (CORS); making a pledge may not.
"""

from collections.abc import Collection, Mapping
from functools import cached_property
from hashlib import blake2b
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.http.response import HttpResponseBase
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.request import Request
from rest_framework.views import APIView

from backend.accounts.networks import network_of
from backend.api.asking import Asked
from backend.api.language import language_of
from backend.api.rendering import as_json
from backend.api.representations import Json, Reader
from backend.common.keyset import Page
from backend.common.translated import LANGUAGES
from backend.throttles.operations import limit_named
from backend.throttles.reading import seconds_to_wait

PAGE_SIZE = 20
PAGES, LEDGERS = limit_named("pages of a network"), limit_named("ledgers of a network")
# As long as a shared cache may keep what settles money may change.
SHARED_SECONDS = 5


class ReadTooOften(Exception):
    """More was read from one network than people read in a minute."""

    def __init__(self, retry_seconds: int) -> None:
        """Keep when the next read is taken."""
        super().__init__(retry_seconds)
        self.retry_seconds = retry_seconds


class Resource(APIView):
    """One address. `parameters` are what its query may hold besides the language."""

    parameters: ClassVar[Collection[str]] = ()

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer in the client's language, errors included."""
        self.language = language_of(request)
        with translation.override(self.language):
            return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse a method or a query that this address does not know, before anything else."""
        if request.method not in self.allowed_methods:
            raise MethodNotAllowed(str(request.method))
        if request.method != "OPTIONS":
            self.asked = Asked(request.query_params, {"language", *self.parameters})
            self.asked.one_of("language", LANGUAGES)
        if request.method in ("GET", "HEAD"):
            _count_read(request)
        super().initial(request, *args, **kwargs)

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Tell which methods there are."""
        return HttpResponse(status=204)

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Add what every answer says."""
        answered = super().finalize_response(request, response, *args, **kwargs)
        answered.headers.setdefault("Content-Language", self.language)
        answered.headers.setdefault("Cache-Control", "no-store")
        patch_vary_headers(answered, ["Accept-Language"])
        return answered

    @cached_property
    def reader(self) -> Reader:
        """For whom this answer is written."""
        base = self.request.build_absolute_uri("/").removesuffix("/")
        return Reader(self.language, base, timezone.now())


def _count_read(request: Request) -> None:
    """Raise ReadTooOften; where it cannot be told who asks, nobody is turned away."""
    limit = LEDGERS if request.path.endswith("/ledger/") else PAGES
    try:
        seconds = seconds_to_wait(limit, network_of(request), at=timezone.now())
    except (PermissionDenied, ValueError):
        return
    if seconds:
        raise ReadTooOften(seconds)


class PublicResource(Resource):
    """An address that anybody may read, from any site, and that caches may keep for a moment."""

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Let scripts of other sites read the answer, and only read."""
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Access-Control-Expose-Headers"] = "ETag, Retry-After"
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        if request.method == "OPTIONS":
            response.headers["Access-Control-Allow-Methods"] = "GET, HEAD"
            response.headers["Access-Control-Allow-Headers"] = "Accept-Language, If-None-Match"
        return super().finalize_response(request, response, *args, **kwargs)

    def shown(self, content: Any) -> HttpResponse:
        """Return `content`, or 304 when the client has exactly this already."""
        body = as_json(content)
        etag = f'"{blake2b(body, digest_size=12).hexdigest()}"'
        response: HttpResponse
        if _has(self.request, etag):
            response = HttpResponseNotModified()
        else:
            response = HttpResponse(body, content_type="application/json")
        response["ETag"] = etag
        response["Cache-Control"] = f"public, max-age=0, s-maxage={SHARED_SECONDS}"
        return response

    def listed(self, page: Page[Any], results: list[Json]) -> HttpResponse:
        """Return a page of a list with the addresses of the pages beside it."""
        return self.shown(
            {
                "next": self.beside(cursor=page.next) if page.next else None,
                "previous": self.beside(cursor=page.previous) if page.previous else None,
                "results": results,
            }
        )

    def beside(self, **changed: str | int) -> str:
        """Return this request's own full address with some parameters changed."""
        kept: Mapping[str, Any] = dict(self.request.query_params.lists())
        query = {name: values for name, values in {**kept, **changed}.items() if values != [""]}
        return f"{self.reader.base}{self.request.path}?{urlencode(query, doseq=True)}"


def _has(request: Request, etag: str) -> bool:
    """Compare weakly: compression makes a strong tag a weak one on its way out."""
    known = parse_etags(request.headers.get("If-None-Match", ""))
    return "*" in known or etag in [tag.removeprefix("W/") for tag in known]
