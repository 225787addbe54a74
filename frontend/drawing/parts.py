"""Parts of a page that look the same as long as their contents are the same.

They are rendered once and kept by everything that they show, so they can never be out of date.
"""

from collections.abc import Hashable
from functools import lru_cache

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

KEPT = 2000


def part_html(component: str, **values: Hashable) -> SafeString:
    """Return the partial of that name (such as "budget") with these values; lists are tuples."""
    return _rendered(component, get_language() or "en", tuple(values.items()))


@lru_cache(maxsize=KEPT)
def _rendered(
    component: str, language: str, values: tuple[tuple[str, Hashable], ...]
) -> SafeString:
    return render_to_string(f"components/{component}.html", dict(values))
