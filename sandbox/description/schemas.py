"""Turn the SDK's type annotations into JSON schemas (the dialect of OpenAPI 3.0).

A field that is not `Optional` (answers) or not `NotRequired` (requests) is required: the generator
of the SDK writes these two for everything that may be null or absent.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import Any

from sandbox.description.source import Place, class_at, module, resolve

Schema = dict[str, Any]

PLAIN: dict[str, Schema] = {
    "int": {"type": "integer"},
    "str": {"type": "string"},
    "bool": {"type": "boolean"},
    "float": {"type": "number"},
    "Decimal": {"type": "string", "format": "decimal"},
    "Any": {},
    "object": {},
    "None": {"nullable": True},
}
NOT_CLASSES = {"UntypedStripeObject", "StripeObject"}
WRAPPERS = {"NotRequired", "Required"}


class NewAnnotation(ValueError):
    """The SDK writes a type in a way that this module does not know yet."""


class Schemas:
    """The schemas met so far, and the classes still to be read."""

    def __init__(self) -> None:
        """Start with nothing read."""
        self.known: dict[str, Schema] = {}
        self._waiting: list[Place] = []

    def reference(self, place: Place) -> Schema:
        """Return a reference to the schema of the class at `place`, which is read later."""
        if place.schema_name not in self.known:
            self.known[place.schema_name] = {}
            self._waiting.append(place)
        return {"$ref": f"#/components/schemas/{place.schema_name}"}

    def read_waiting(self) -> None:
        """Read every class that some reference names, until none is left."""
        while self._waiting:
            place = self._waiting.pop()
            self.known[place.schema_name] = self._of_class(place)

    def _of_class(self, place: Place) -> Schema:
        properties: dict[str, Schema] = {}
        required: list[str] = []
        for name, annotation in _fields(place):
            schema, may_be_absent = self.of_field(annotation, place)
            properties[name] = schema
            if not may_be_absent:
                required.append(name)
        return {
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": False,
        }

    def of_field(self, annotation: ast.expr, around: Place) -> tuple[Schema, bool]:
        """Return the schema of a field and whether it may be absent."""
        annotation = _unquoted(annotation)
        outer = _name_of(annotation)
        if outer in WRAPPERS and isinstance(annotation, ast.Subscript):
            return self.of(annotation.slice, around), outer == "NotRequired"
        return self.of(annotation, around), outer == "Optional"

    def of(self, annotation: ast.expr, around: Place) -> Schema:
        """Return the schema of one annotation written inside the class `around`."""
        annotation = _unquoted(annotation)
        if isinstance(annotation, ast.BinOp):
            return self._any_of(_alternatives(annotation), around)
        if isinstance(annotation, ast.Constant) and annotation.value is None:
            return dict(PLAIN["None"])
        if isinstance(annotation, ast.Subscript):
            return self._of_subscript(annotation, around)
        return self._of_name(_name_of(annotation), around)

    def _of_name(self, name: str, around: Place) -> Schema:
        place = resolve(name, around)
        if place is not None and name not in NOT_CLASSES:
            return self.reference(place)
        return dict(PLAIN.get(name, {"type": "object"} if name == "StripeObject" else {}))

    def _of_subscript(self, annotation: ast.Subscript, around: Place) -> Schema:
        name, inside = _name_of(annotation), annotation.slice
        parts = list(inside.elts) if isinstance(inside, ast.Tuple) else [inside]
        schema: Schema
        match name:
            case "Literal":
                schema = {"enum": [ast.literal_eval(part) for part in parts]}
            case "Optional":
                schema = {**self.of(inside, around), "nullable": True}
            case "Union":
                schema = self._any_of(parts, around)
            case "ExpandableField":
                schema = _flat_any_of([dict(PLAIN["str"]), self.of(inside, around)])
            case "List" | "Sequence":
                schema = {"type": "array", "items": self.of(inside, around)}
            case "Dict" | "Mapping" | "UntypedStripeObject":
                schema = {"type": "object", "additionalProperties": self.of(parts[-1], around)}
            case "ListObject" | "SearchResultObject":
                schema = _page_of(self.of(inside, around), name, around)
            case _:
                raise NewAnnotation(f"The SDK uses a new annotation: {ast.unparse(annotation)}")
        return schema

    def _any_of(self, parts: Iterable[ast.expr], around: Place) -> Schema:
        return _flat_any_of([self.of(part, around) for part in parts])


def _flat_any_of(options: list[Schema]) -> Schema:
    """Join alternatives; a list of named values with `str` beside it stays a closed list.

    The SDK adds `str` so that old SDKs survive new values. Stripe itself refuses unknown values,
    and the sandbox must not invent any.
    """
    flat: list[Schema] = []
    for option in options:
        flat.extend(option.get("anyOf", [option]))
    nullable = any(option.get("nullable") for option in options)
    if any(len(option.get("enum", [])) > 0 and option["enum"] != [""] for option in flat):
        flat = [option for option in flat if option != PLAIN["str"]]
    flat = [option for option in flat if option != PLAIN["None"]]
    joined = dict(flat[0]) if len(flat) == 1 else {"anyOf": flat}
    return {**joined, "nullable": True} if nullable else joined


def _page_of(item: Schema, name: str, around: Place) -> Schema:
    if _is_of_v2(around):
        return _v2_page_of(item)
    searched = name != "ListObject"
    properties: dict[str, Schema] = {
        "object": {"enum": ["search_result" if searched else "list"]},
        "data": {"type": "array", "items": item},
        "has_more": {"type": "boolean"},
        "url": {"type": "string"},
    }
    required = list(properties)
    if searched:
        properties |= {
            "next_page": {"type": "string", "nullable": True},
            "total_count": {"type": "integer"},
        }
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def _is_of_v2(around: Place) -> bool:
    """Whether a list named inside this class is one of Stripe's v2 interface."""
    return module(around.module).imports.get("ListObject", ("",))[0].startswith("stripe.v2")


def _v2_page_of(item: Schema) -> Schema:
    url: Schema = {"type": "string", "nullable": True}
    return {
        "type": "object",
        "properties": {
            "data": {"type": "array", "items": item},
            "next_page_url": url,
            "previous_page_url": url,
        },
        "required": ["data", "next_page_url"],
        "additionalProperties": False,
    }


def _fields(place: Place) -> list[tuple[str, ast.expr]]:
    """Return the annotated fields of a class, those of its functional `TypedDict` base included."""
    found: list[tuple[str, ast.expr]] = []
    definition = class_at(place)
    for base in definition.bases:
        assigned = module(place.module).assignments.get(_name_of(base))
        if isinstance(assigned, ast.Call) and _name_of(assigned.func) == "TypedDict":
            fields = assigned.args[1]
            if isinstance(fields, ast.Dict):
                found.extend(
                    (str(key.value), value)
                    for key, value in zip(fields.keys, fields.values, strict=True)
                    if isinstance(key, ast.Constant)
                )
    for node in definition.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            name = node.target.id
            if name.startswith("_") or _name_of(node.annotation) == "ClassVar":
                continue
            found.append((name, node.annotation))
    return found


def _unquoted(annotation: ast.expr) -> ast.expr:
    """Return the annotation itself where it is written as a string."""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        return ast.parse(annotation.value, mode="eval").body
    return annotation


def _name_of(node: ast.expr) -> str:
    """Return the bare name of an annotation: `List` for `typing.List[int]`."""
    if isinstance(node, ast.Subscript):
        return _name_of(node.value)
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _alternatives(node: ast.expr) -> list[ast.expr]:
    """Return the parts of `a|b|c`."""
    if isinstance(node, ast.BinOp):
        return [*_alternatives(node.left), *_alternatives(node.right)]
    return [node]
