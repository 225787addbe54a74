"""Check what the sandbox is about to answer against the description.

A stand-in that answers what Stripe never would teaches its users wrong things, so a mismatch is a
fault of the sandbox and is said loudly: the call answers 500 and the mismatch is kept.
"""

from __future__ import annotations

from typing import Any

from sandbox.description.schemas import Schema

KINDS: dict[str, tuple[type, ...]] = {
    "integer": (int,),
    "number": (int, float),
    "string": (str,),
    "boolean": (bool,),
    "object": (dict,),
    "array": (list,),
}
DELETED = {"id", "object", "deleted"}
ERROR_TYPES = {"api_error", "card_error", "idempotency_error", "invalid_request_error"}


class AnswerCheck:
    """Lists the ways in which an answer differs from the description."""

    def __init__(self, document: dict[str, Any]) -> None:
        """Take the description."""
        self._schemas: dict[str, Schema] = document["components"]["schemas"]
        self._objects: dict[str, str] = document["x-object-schemas"]
        self._error: str = document["x-error-schema"]

    def mismatches(self, schema: Schema, value: Any, where: str = "answer") -> list[str]:
        """Return what is wrong with `value`, one sentence each; none means that it fits."""
        if value is None:
            fine = schema.get("nullable") or not schema
            return [] if fine else [f"{where} is null, and Stripe never leaves it null"]
        if "$ref" in schema:
            return self.mismatches(self._schemas[schema["$ref"].rpartition("/")[2]], value, where)
        if "anyOf" in schema:
            return self._mismatches_of_any(schema["anyOf"], value, where)
        if "enum" in schema:
            known = value in schema["enum"]
            return [] if known else [f"{where} is {value!r}, a value Stripe does not have"]
        return self._mismatches_of_type(schema, value, where) if "type" in schema else []

    def _mismatches_of_type(self, schema: Schema, value: Any, where: str) -> list[str]:
        kind = schema["type"]
        if not _is_of(kind, value):
            return [f"{where} is {value!r}, not of type {kind}"]
        if kind == "array":
            parts = enumerate(value)
            return [
                m for i, v in parts for m in self.mismatches(schema["items"], v, f"{where}[{i}]")
            ]
        return self._mismatches_of_object(schema, value, where) if kind == "object" else []

    def of_event(self, event: dict[str, Any]) -> list[str]:
        """Return what is wrong with the resource that an event carries."""
        carried = event["data"]["object"]
        name = self._objects.get(carried.get("object", ""))
        if name is None:
            return [f"the event carries an unknown object {carried.get('object')!r}"]
        where = f"event {event['type']} data.object"
        return self.mismatches({"$ref": f"#/components/schemas/{name}"}, carried, where)

    def of_error(self, error: dict[str, Any]) -> list[str]:
        """Return what is wrong with the error of a refusal."""
        if error.get("type") not in ERROR_TYPES:
            return [f"error.type is {error.get('type')!r}, a value Stripe does not have"]
        return self.mismatches({"$ref": f"#/components/schemas/{self._error}"}, error, "error")

    def _mismatches_of_any(self, options: list[Schema], value: Any, where: str) -> list[str]:
        fewest: list[str] | None = None
        for option in options:
            if isinstance(value, dict) and not self._is_the_class_of(option, value):
                continue
            found = self.mismatches(option, value, where)
            if not found:
                return []
            if fewest is None or len(found) < len(fewest):
                fewest = found
        return fewest or [f"{where} fits none of the forms that Stripe gives it"]

    def _is_the_class_of(self, option: Schema, value: dict[str, Any]) -> bool:
        while "$ref" in option:
            option = self._schemas[option["$ref"].rpartition("/")[2]]
        named = option.get("properties", {}).get("object", {}).get("enum")
        return named is None or value.get("object") in named

    def _mismatches_of_object(self, schema: Schema, value: dict[str, Any], where: str) -> list[str]:
        known, extra = schema.get("properties"), schema.get("additionalProperties", {})
        if known is not None and value.get("deleted") is True and set(value) == DELETED:
            return []
        found: list[str] = []
        for key, part in value.items():
            if known is not None and key in known:
                found += self.mismatches(known[key], part, f"{where}.{key}")
            elif extra is False:
                found.append(f"{where}.{key} is a field that Stripe does not have")
            elif extra and known is None:
                found += self.mismatches(extra, part, f"{where}.{key}")
        missing = [key for key in schema.get("required", []) if key not in value]
        return found + [f"{where}.{key} is missing" for key in missing]


def _is_of(kind: str, value: Any) -> bool:
    """Whether a JSON value is of this type; True and False are no integers here."""
    return isinstance(value, KINDS[kind]) and (kind == "boolean" or not isinstance(value, bool))
