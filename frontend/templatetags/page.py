"""Parts of a page that are more than text: icons, elements, structured descriptions."""

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, override

from frontend.importmap import import_map

register = template.Library()
ICONS = Path(__file__).resolve().parent.parent / "icons" / "icons.svg"


@lru_cache(maxsize=1)
def _icons() -> dict[str, str]:
    """Return the drawing inside each symbol of our file of icons, by name."""
    symbols = re.findall(r'<symbol id="([a-z0-9-]+)">(.*?)</symbol>', ICONS.read_text(), re.DOTALL)
    return dict(symbols)


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """Draw an icon inside the page. With `label` it is an image; without it is decoration."""
    drawing = mark_safe(_icons()[name])  # noqa: S308 (our own file)
    meaning = (
        format_html('role="img" aria-label="{}"', label)
        if label
        else mark_safe('aria-hidden="true"')
    )
    return format_html('<svg class="icon" viewBox="0 0 24 24" {}>{}</svg>', meaning, drawing)


@register.simple_tag
def site_footer() -> SafeString:
    """Draw the foot of the page, which is the same on all pages of a language."""
    return _footer(get_language() or "en")


@lru_cache(maxsize=8)
def _footer(language: str) -> SafeString:
    with override(language):
        return render_to_string("components/site_footer.html")


@register.simple_tag
def elements(*names: str) -> SafeString:
    """Load our custom elements by name, such as "tf-copy", with the import map before them."""
    modules = format_html_join(
        "\n",
        '<script type="module" src="{}"></script>',
        ((static(f"js/{name}.js"),) for name in names),
    )
    table = import_map()
    if not table:
        return modules
    before = mark_safe(f'<script type="importmap">{table}</script>\n')  # noqa: S308 (from the manifest)
    return before + modules


@register.simple_tag
def structured(description: dict[str, Any]) -> SafeString:
    """Write `description` as JSON-LD that cannot end its own script element."""
    text = json.dumps({"@context": "https://schema.org", **description}, ensure_ascii=False)
    for sign, escaped in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026")):
        text = text.replace(sign, escaped)
    return mark_safe(f'<script type="application/ld+json">{text}</script>')  # noqa: S308 (escaped above)
