"""What every page of the sandbox shares: safe headers, forms, redirects."""

from __future__ import annotations

from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

LARGEST_FORM = 20_000
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none';"
        " frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


async def form_of(request: Request) -> dict[str, str]:
    """Return what was filled in; nothing for a page that is only looked at."""
    if request.method != "POST":
        return {}
    body = await request.body()
    return dict(parse_qsl(body[:LARGEST_FORM].decode("utf-8", "replace"), keep_blank_values=True))


def answer_html(text: str, status: int = 200) -> Response:
    """Return a page."""
    return HTMLResponse(text, status, headers=HEADERS)


def redirect(url: str) -> Response:
    """Send the browser on after a form."""
    return RedirectResponse(url, 303, headers=HEADERS)
