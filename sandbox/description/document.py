"""The description as one document, and the file it is kept in between starts.

Reading the SDK takes seconds, so the result is written beside the sandbox's database under a name
that carries the SDK's version and a fingerprint of the code that reads it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Collection
from pathlib import Path
from typing import Any

from sandbox.description.operations import Operation, all_operations
from sandbox.description.schemas import Schema, Schemas
from sandbox.description.source import Place, api_version, class_at, module, sdk_folder, sdk_version

Document = dict[str, Any]
Route = tuple[str, str]
ERROR = Place("stripe._error_object", "ErrorObject")


def build_document(*, built: Collection[Route]) -> Document:
    """Return an OpenAPI document of all of Stripe's paths, with schemas for the routes in `built`.

    `built` holds pairs such as `("post", "/v1/refunds")`, without the names of path parameters:
    `("get", "/v1/refunds/{}")`.
    """
    schemas = Schemas()
    paths: dict[str, Document] = {}
    for operation in all_operations():
        described: Document = {"operationId": f"{operation.verb} {operation.path}"}
        if (operation.verb, nameless(operation.path)) in built:
            described |= _with_schemas(operation, schemas)
        paths.setdefault(operation.path, {})[operation.verb] = described
    error = schemas.reference(ERROR)
    schemas.read_waiting()
    return {
        "openapi": "3.0.3",
        "info": {"title": "Stripe, as the SDK sees it", "version": api_version()},
        "paths": paths,
        "components": {"schemas": schemas.known},
        "x-sdk-version": sdk_version(),
        "x-object-schemas": _resource_classes(schemas),
        "x-error-schema": error["$ref"].rpartition("/")[2],
        "x-event-types": event_types(),
    }


def nameless(path: str) -> str:
    """Return `path` with its parameters unnamed: `/v1/refunds/{refund}` gives `/v1/refunds/{}`."""
    return "/".join("{}" if part.startswith("{") else part for part in path.split("/"))


def event_types() -> list[str]:
    """Return the names of the events that a webhook endpoint can ask for."""
    schemas = Schemas()
    params = Place("stripe.params._webhook_endpoint_create_params", "WebhookEndpointCreateParams")
    fields = schemas._of_class(params)["properties"]
    return [name for name in fields["enabled_events"]["items"]["enum"] if name != "*"]


def load_document(*, folder: Path, built: Collection[Route]) -> Document:
    """Return the description kept in `folder`, reading the SDK again if it is out of date."""
    path = folder / f"stripe-{sdk_version()}-{_fingerprint(built)}.json"
    if path.exists():
        try:
            return json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            path.unlink()
    document = build_document(built=built)
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(f".{os.getpid()}")
    unfinished.write_text(json.dumps(document), encoding="utf-8")
    unfinished.replace(path)
    return document


def _with_schemas(operation: Operation, schemas: Schemas) -> Document:
    params: Schema = {"type": "object", "properties": {}, "required": []}
    if operation.params is not None:
        params = schemas.of(operation.params, operation.place)
    return {
        "x-params": {key: value for key, value in params.items() if key != "nullable"},
        "responses": {"200": schemas.of(operation.answer, operation.place)},
    }


def _resource_classes(schemas: Schemas) -> dict[str, str]:
    """Return, for each value of `object` such as `charge`, the name of its schema."""
    folders = ("", "checkout/", "radar/", "billing_portal/", "v2/core/")
    found: dict[str, str] = {}
    for path in [found for f in folders for found in sorted(sdk_folder().glob(f"{f}_*.py"))]:
        name = ".".join(["stripe", *path.relative_to(sdk_folder()).with_suffix("").parts])
        for class_name in module(name).classes:
            place = Place(name, class_name)
            field = next(
                (
                    node
                    for node in class_at(place).body
                    if getattr(getattr(node, "target", None), "id", "") == "OBJECT_NAME"
                ),
                None,
            )
            text = getattr(getattr(field, "value", None), "value", None)
            if text and place.schema_name in schemas.known:
                found[text] = place.schema_name
    return found


def _fingerprint(built: Collection[Route]) -> str:
    digest = hashlib.sha256(repr(sorted(built)).encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
