"""Where the browser finds our modules under their hashed names.

A module imports "./other.js"; the map turns that plain address into the hashed one, so that
scripts need no rewriting. The content security policy allows the map by its fingerprint.
"""

import base64
import hashlib
import json
from functools import lru_cache

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage


@lru_cache(maxsize=1)
def import_map() -> str:
    """Return the import map as JSON, or "" where static files keep their plain names."""
    hashed: dict[str, str] = getattr(staticfiles_storage, "hashed_files", {})
    base = settings.STATIC_URL
    scripts = {
        f"{base}{plain}": f"{base}{name}"
        for plain, name in hashed.items()
        if plain.startswith("js/") and plain.endswith(".js")
    }
    if not scripts:
        return ""
    return json.dumps({"imports": scripts}, separators=(",", ":"), sort_keys=True)


def import_map_source() -> str:
    """Return the map's source for `script-src`, such as "'sha256-…'", or "" without a map."""
    text = import_map()
    if not text:
        return ""
    fingerprint = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(fingerprint).decode()}'"
