"""Reading a page as a person or a program does."""

import json
import re
from html import unescape


def html_of(response):
    """Return the page's source; streamed answers are joined."""
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return content.decode()


def text_of(response):
    """Return what can be read on the page, without its head, in one line."""
    body = re.sub(r"(?s)<head>.*?</head>|<(script|style)\b.*?</\1>", " ", html_of(response))
    words = unescape(re.sub(r"<[^>]+>", " ", body))
    return re.sub(r"\s+([.,:;”])", r"\1", re.sub(r"[^\S\xa0\u202f]+", " ", words))


def title_of(response):
    """Return the title that the browser's tab shows."""
    return unescape(re.search(r"(?s)<title>(.*?)</title>", html_of(response)).group(1))


def described(response):
    """Return what the page tells search engines: its JSON-LD, by type."""
    scripts = re.findall(
        r'(?s)<script type="application/ld\+json">(.*?)</script>', html_of(response)
    )
    found = [row for script in scripts for row in json.loads(script)["@graph"]]
    return {row["@type"]: row for row in found}


def alternates_of(response):
    """Return the addresses of the page in other languages, by code."""
    pattern = r'<link rel="alternate" hreflang="([^"]+)" href="([^"]+)">'
    return dict(re.findall(pattern, html_of(response)))


def meta_of(response, name):
    """Return the content of a meta element of that name or property."""
    pattern = rf'<meta (?:name|property)="{re.escape(name)}" content="([^"]*)"'
    return unescape(re.search(pattern, html_of(response)).group(1))


def links_of(response):
    """Return all addresses that the page links to."""
    return [unescape(href) for href in re.findall(r'<a\b[^>]*?href="([^"]*)"', html_of(response))]
