"""How the API describes itself: OpenAPI 3.1, complete and true.

Each view says with `describes` which answers can come; what every answer has in common is added
here. docs/openapi.json is this description, committed; a test holds it fresh.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

from django.utils import translation
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema

from backend.api import shapes
from backend.api.problems import CONTENT_TYPE, TITLES
from backend.api.shapes import Shape, ref
from backend.common.translated import LANGUAGES

JSON = "application/json"
View = TypeVar("View", bound=Callable[..., Any])
# Every read can come to these: a parameter that is refused, a format that we do not speak, an
# interruption of the database.
READING_PROBLEMS = (400, 406, 429, 503)
_GOOD = {
    200: "The answer",
    201: "Made",
    303: "The page for people",
    304: "Nothing has changed",
}


def query(name: str, shape: Shape, description: str, *, many: bool = False) -> OpenApiParameter:
    """Return a parameter of the query."""
    return OpenApiParameter(
        name,
        {"type": "array", "items": shape} if many else shape,
        OpenApiParameter.QUERY,
        description=description,
        style="form" if many else None,
        explode=True if many else None,
    )


def in_path(name: str, pattern: str, description: str) -> OpenApiParameter:
    """Return a part of the address."""
    return OpenApiParameter(
        name,
        shapes.text(pattern=pattern),
        OpenApiParameter.PATH,
        required=True,
        description=description,
    )


CURSOR = query(
    "cursor",
    shapes.text(pattern="^[A-Za-z0-9_-]{0,300}$"),
    "The page marker in `next` and `previous`. Take it from there; do not make one.",
)
COUNTRY = query("country", shapes.text(pattern="^([A-Za-z]{2})?$"), "Code of a country: BJ.")
CITY = query(
    "city", shapes.text(pattern="^([A-Za-z0-9][A-Za-z0-9-]{0,249})?$"), "Slug of a city: lome-tg."
)
SLUG = in_path("slug", shapes.SLUG_PATTERN, "What the list calls `slug`.")
_LANGUAGE = query(
    "language",
    shapes.choice(["", *LANGUAGES]),
    "Language of titles and of problems; without it, as `Accept-Language` asks, else English.",
)
_IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match",
    str,
    OpenApiParameter.HEADER,
    description="The `ETag` of an earlier answer: then 304 comes if nothing has changed.",
)
_ETAG = OpenApiParameter(
    "ETag", str, OpenApiParameter.HEADER, response=[200, 304], description="Changes with the body."
)


def describes(
    *,
    name: str,
    summary: str,
    answers: Mapping[int, str],
    problems: Collection[int],
    parameters: Sequence[OpenApiParameter] = (),
    body: str = "",
) -> Callable[[View], View]:
    """Describe one method of a resource: `answers` are the shapes of its good answers by status.

    A shape of "" is an answer without a body.
    """
    responses: dict[Any, Any] = {
        (status, JSON) if shape else status: _described(status, shape)
        for status, shape in answers.items()
    }
    for status in sorted(problems):
        responses[status, CONTENT_TYPE] = _described(status, "Problem")
    described: Callable[[View], View] = extend_schema(
        operation_id=name,
        summary=summary,
        description=summary,
        parameters=[*parameters, _LANGUAGE],
        request={JSON: ref(body)} if body else None,
        responses=responses,
        auth=[],
    )
    return described


def reads(
    *,
    name: str,
    summary: str,
    shape: str,
    parameters: Sequence[OpenApiParameter] = (),
    problems: Collection[int] = (),
) -> Callable[[View], View]:
    """Describe a public read, which knows conditional requests."""
    return describes(
        name=name,
        summary=summary,
        answers={200: shape, 304: ""},
        problems=[*READING_PROBLEMS, *problems],
        parameters=[*parameters, _IF_NONE_MATCH, _ETAG],
    )


def _described(status: int, shape: str) -> OpenApiResponse:
    return OpenApiResponse(ref(shape) if shape else None, description=(_GOOD | TITLES)[status])


def _link(operation: str, **parts: str) -> dict[str, Any]:
    return {"operationId": operation, "parameters": {f"path.{k}": v for k, v in parts.items()}}


_FIRST = "$response.body#/results/0"
_A_PLEDGE = {
    "requestBody": {
        "amount_minor": 2500,
        "currency": f"{_FIRST}/currency",
        "email": "guest@example.org",
    }
}
# How one answer leads to the next: by operation and status.
LINKS: dict[tuple[str, str], dict[str, Any]] = {
    ("list_projects", "200"): {
        "project": _link("read_project", slug=f"{_FIRST}/slug"),
        "ledger": _link("read_ledger", slug=f"{_FIRST}/slug"),
        "pledge": _link("make_pledge", slug=f"{_FIRST}/slug") | _A_PLEDGE,
    },
    ("list_cities", "200"): {"city": _link("read_city", slug=f"{_FIRST}/slug")},
    ("list_twinnings", "200"): {"twinning": _link("read_twinning", slug=f"{_FIRST}/slug")},
    ("make_pledge", "201"): {"pledge": _link("read_pledge", token="$response.body#/token")},  # noqa: S106  # where to find it
}


class Description(SchemaGenerator):
    """Adds the shapes, and what drf-spectacular does not know of hand-written bodies."""

    def get_schema(self, request: Any = None, public: bool = False) -> dict[str, Any]:  # noqa: FBT001, FBT002  # theirs
        """Return the whole description."""
        schema: dict[str, Any] = super().get_schema(request=request, public=public)
        schema["components"] = {"schemas": shapes.COMPONENTS}
        for operations in schema["paths"].values():
            for operation in operations.values():
                operation.pop("security", None)
                if "requestBody" in operation:
                    operation["requestBody"]["required"] = True
                for status, answer in operation["responses"].items():
                    if links := LINKS.get((operation["operationId"], status)):
                        answer["links"] = links
        return schema


@cache
def described_api() -> dict[str, Any]:
    """Return the description of this release's API; it is the same for every request."""
    with translation.override("en"):
        return Description(urlconf="backend.api.urls").get_schema(public=True)
