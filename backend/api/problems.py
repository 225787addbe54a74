"""What an error looks like: a problem of RFC 9457, the same for each address.

`code` is for programs and stays; `detail` is a sentence for people in their language. Where parts
of a request are wrong, `errors` names each, and `code` and `field` repeat the first.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpResponse

from backend.api.rendering import as_json

CONTENT_TYPE = "application/problem+json"
LONGEST_FIELD = 80
# The phrases of RFC 9110; Python's own table changes with its version.
TITLES = {
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    406: "Not Acceptable",
    409: "Conflict",
    413: "Content Too Large",
    415: "Unsupported Media Type",
    422: "Unprocessable Content",
    429: "Too Many Requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}
# What no answer may repeat: control characters, and halves of characters that UTF-8 cannot write.
_UNSPEAKABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Fault:
    """One wrong part of a request. `field` is its name in the body, the query or the headers."""

    field: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Problem:
    """A whole error. `extras` are members beside those of the RFC."""

    status: int
    code: str
    detail: str
    faults: Sequence[Fault] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    extras: Mapping[str, Any] = field(default_factory=dict)


def response_to(problem: Problem) -> HttpResponse:
    """Return the answer that tells of `problem`."""
    faults = [
        {"field": _speakable(fault.field), "code": fault.code, "detail": fault.detail}
        for fault in problem.faults
    ]
    content = {
        "type": f"urn:twinfund:problem:{problem.code}",
        "title": TITLES[problem.status],
        "status": problem.status,
        "detail": problem.detail,
        "code": problem.code,
        **({"field": faults[0]["field"], "errors": faults} if faults else {}),
        **problem.extras,
    }
    response = HttpResponse(as_json(content), status=problem.status, content_type=CONTENT_TYPE)
    response["Cache-Control"] = "no-store"
    # Django would log the address, and a pledge's address is a secret of its donor.
    response._has_been_logged = True  # type: ignore[attr-defined]  # as Django marks it itself
    for name, value in problem.headers.items():
        response[name] = value
    return response


def _speakable(name: str) -> str:
    return _UNSPEAKABLE.sub("\ufffd", name)[:LONGEST_FIELD]
