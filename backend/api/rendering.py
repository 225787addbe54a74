"""How answers become bytes.

The public lists are the hottest addresses of all, so rows go from the database to orjson without
serializers between. Moments are written in UTC with a Z.
"""

from collections.abc import Mapping
from typing import Any

import orjson
from rest_framework.renderers import BaseRenderer

from backend.money import Money

# Money is a dataclass, which orjson would write by its own fields.
_OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_PASSTHROUGH_DATACLASS


def as_json(content: Any) -> bytes:
    """Return `content` as JSON; money as an object of minor units and currency."""
    return orjson.dumps(content, default=_plain, option=_OPTIONS)


def _plain(value: Any) -> Any:
    if isinstance(value, Money):
        return {"amount_minor": value.minor, "currency": value.currency}
    return str(value)


class JsonRenderer(BaseRenderer):
    """What DRF negotiates with: the API speaks JSON and nothing else."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self,
        data: Any,  # the name is DRF's
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """Return `data` as JSON."""
        return as_json(data)
