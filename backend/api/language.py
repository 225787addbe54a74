"""In which language an answer is: `?language=`, else what the client accepts, else English.

Cookies are not asked: an answer that others may keep depends on nothing but its address and
the headers named in Vary.
"""

from functools import lru_cache

from django.core.exceptions import TooManyFieldsSent
from django.http import HttpRequest
from django.utils.translation import get_supported_language_variant
from django.utils.translation.trans_real import parse_accept_lang_header

from backend.common.translated import LANGUAGES

DEFAULT = "en"


def language_of(request: HttpRequest) -> str:
    """Return one of LANGUAGES; an unknown `?language=` is refused elsewhere, not here."""
    try:
        asked = request.GET.get("language", "")
    except TooManyFieldsSent:
        asked = ""
    if asked in LANGUAGES:
        return asked
    return _accepted(request.META.get("HTTP_ACCEPT_LANGUAGE", "")[:200])


@lru_cache(maxsize=256)
def _accepted(header: str) -> str:
    for wanted, _weight in parse_accept_lang_header(header):
        try:
            found = get_supported_language_variant(wanted)
        except LookupError:
            continue
        if found in LANGUAGES:
            return found
    return DEFAULT
