"""What programs ask for: what may be crawled, which pages there are, whether we are well."""

from xml.sax.saxutils import escape

from django.conf import settings
from django.db import Error, connection
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from backend.reports.addresses import KINDS, NoSuchPart, parts, slugs_of_part
from frontend.drawing.structured import absolute

RETRY_SECONDS = 5
SITEMAP_SECONDS = 3600
NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
FIXED = ("home", "projects", "cities", "twinnings", "terms", "privacy", "legal_notice", "contact")
FIXED_PART = "pages"
PRIVATE = ("account/", "accounts/", "pledges/")


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Say what is not for crawlers: people's own pages, and endless lists of filters."""
    lines = [
        "User-agent: *",
        *(f"Disallow: /{code}/{path}" for code, _name in settings.LANGUAGES for path in PRIVATE),
        "Disallow: /*/projects/*/pledge/",
        "Disallow: /demo/",
        f"Sitemap: {absolute(reverse('machines:sitemap'))}",
        "",
    ]
    return _kept(HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8"))


@require_safe
def sitemap(request: HttpRequest) -> HttpResponse:
    """List the parts of the map of all pages, or with `?part=` the addresses of one."""
    part = request.GET.get("part", "")
    body = _addresses(part) if part else _index()
    return _kept(HttpResponse(body, content_type="application/xml; charset=utf-8"))


def _index() -> str:
    base = absolute(reverse("machines:sitemap"))
    rows = (
        f"<sitemap><loc>{escape(f'{base}?part={part}')}</loc></sitemap>"
        for part in (FIXED_PART, *parts())
    )
    return _document("sitemapindex", "".join(rows))


def _addresses(part: str) -> str:
    """Return each page of the part in each language."""
    if part == FIXED_PART:
        return _document("urlset", "".join(_row(name, []) for name in FIXED))
    try:
        kind, slugs = slugs_of_part(part)
    except NoSuchPart as unknown:
        raise Http404 from unknown
    return _document("urlset", "".join(_rows(KINDS[kind], slugs)))


def _row(name: str, arguments: list[str]) -> str:
    rows = []
    for code, _language in settings.LANGUAGES:
        with translation.override(code):
            address = absolute(reverse(f"pages:{name}", args=arguments))
        rows.append(f"<url><loc>{escape(address)}</loc></url>")
    return "".join(rows)


def _rows(name: str, slugs: list[str]) -> list[str]:
    """Return the addresses of many pages of one kind, whose paths differ only in the slug."""
    patterns = []
    for code, _language in settings.LANGUAGES:
        with translation.override(code):
            patterns.append(absolute(reverse(f"pages:{name}", args=["SLUG"])))
    return [
        f"<url><loc>{escape(pattern.replace('SLUG', slug))}</loc></url>"
        for slug in slugs
        for pattern in patterns
    ]


def _document(root: str, rows: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{NAMESPACE}">{rows}</{root}>\n'


def _kept(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = f"public, max-age={SITEMAP_SECONDS}"
    return response


@never_cache
@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """Answer 200 while the database answers, else 503."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        response = HttpResponse("no database\n", status=503, content_type="text/plain")
        response["Retry-After"] = str(RETRY_SECONDS)
        return response
    return HttpResponse("ok\n", content_type="text/plain")
