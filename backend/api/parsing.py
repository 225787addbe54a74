"""How a body is read: JSON, small, flat, and nothing guessed.

What JSON leaves open is closed here: a name that comes twice, a number without end, a document
deeper than anybody needs. The types of the single fields are for the serializers.
"""

import json
import math
from collections.abc import Iterable, Mapping
from typing import IO, Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser

MAXIMUM_BYTES = 1_000_000
MAXIMUM_DEPTH = 20
MAXIMUM_FIELDS = 200
MAXIMUM_DIGITS = 40


class BodyTooLarge(APIException):
    """More bytes than any request here needs."""

    status_code = 413
    default_code = "body_too_large"


class _NotReadable(ValueError):
    """The document breaks one of the limits above; the text says which."""


class StrictJsonParser(BaseParser):
    """Reads a JSON body. Raises BodyTooLarge, or ParseError for what is not our JSON."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return the document as dicts, lists, texts and numbers."""
        try:
            return read_json(_read(stream))
        except _NotReadable as problem:
            raise ParseError(str(problem), code="malformed_json") from problem


def _read(stream: IO[bytes]) -> bytes:
    body = stream.read(MAXIMUM_BYTES + 1)
    if len(body) > MAXIMUM_BYTES:
        raise BodyTooLarge(_("The body is larger than one megabyte."))
    return body


def read_json(body: bytes) -> Any:
    """Return the document in `body`, within the limits of this module."""
    try:
        document = json.loads(
            body.decode(), object_pairs_hook=_members_once, parse_int=_bounded_number
        )
    except _NotReadable:
        raise
    except RecursionError:
        raise _NotReadable(_("The body is nested too deeply.")) from None
    except ValueError:
        raise _NotReadable(_("The body is not valid JSON in UTF-8.")) from None
    _refuse_deep(document)
    return document


def _members_once(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a name that comes twice: which of two amounts is meant, nobody can know."""
    if len(members) > MAXIMUM_FIELDS:
        raise _NotReadable(_("The body has too many fields."))
    found = dict(members)
    if len(found) != len(members):
        raise _NotReadable(_("The body names a field twice."))
    return found


def _bounded_number(digits: str) -> int | float:
    """Return the whole number, or infinity for one too long to be anything but an attack."""
    return int(digits) if len(digits) <= MAXIMUM_DIGITS else math.inf


def _refuse_deep(document: Any) -> None:
    level = [document]
    for _depth in range(MAXIMUM_DEPTH + 1):
        level = [child for value in level for child in _children(value)]
        if not level:
            return
    raise _NotReadable(_("The body is nested too deeply."))


def _children(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
