"""Stories that people write in Markdown, as HTML that can do no harm.

HTML in the text is shown as text; of what Markdown makes only the tags below pass.
"""

from functools import lru_cache

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

TAGS = {
    "p", "h3", "h4", "ul", "ol", "li", "strong", "em", "a", "blockquote", "code", "pre", "hr", "br",
}  # fmt: skip
# The page's own headings end at h2.
HEADINGS = {"h1": "h3", "h2": "h3", "h3": "h4", "h4": "h4", "h5": "h4", "h6": "h4"}
KEPT = 500
_markdown = MarkdownIt("commonmark", {"html": False})


@lru_cache(maxsize=KEPT)
def rendered(text: str) -> SafeString:
    """Return `text` as HTML; the same text is rendered once."""
    tokens = _markdown.parse(text)
    for token in tokens:
        token.tag = HEADINGS.get(token.tag, token.tag)
    made = _markdown.renderer.render(_without_images(tokens), _markdown.options, {})
    clean = nh3.clean(
        made,
        tags=TAGS,
        attributes={"a": {"href"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow ugc noopener",
    )
    return mark_safe(clean)  # noqa: S308  # nh3 has just cleaned it


def _without_images(tokens: list[Token]) -> list[Token]:
    """Keep an image's words only: pictures of other sites would tell them who reads."""
    for token in tokens:
        for child in token.children or []:
            if child.type == "image":
                child.type, child.tag, child.children = "text", "", None
    return tokens
