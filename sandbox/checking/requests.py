"""Check the parameters of a request, and give each its type.

A form carries only text, so the check also turns `"25"` into 25 where the description says integer.
Refusals use Stripe's words and codes. Source: https://docs.stripe.com/error-codes
"""

from __future__ import annotations

import re
from typing import Any

from sandbox.description.schemas import Schema
from sandbox.errors import Refusal

INTEGER = re.compile(r"-?\d{1,18}")
DECIMAL = re.compile(r"-?\d{1,18}(\.\d{1,12})?")


class RequestCheck:
    """Checks parameters against the schemas of one description."""

    def __init__(self, schemas: dict[str, Schema]) -> None:
        """Take the description's schemas by name."""
        self._schemas = schemas

    def typed(self, schema: Schema, value: Any, name: str = "") -> Any:
        """Return `value` with its types, or raise Refusal naming the parameter at fault."""
        schema = self._followed(schema)
        if "anyOf" in schema:
            return self._typed_as_one_of(schema["anyOf"], value, name)
        if "enum" in schema:
            return self._typed_enum(schema, value, name)
        check = getattr(self, f"_typed_{schema.get('type', 'anything')}")
        return check(schema, value, name)

    def _followed(self, schema: Schema) -> Schema:
        while "$ref" in schema:
            schema = self._schemas[schema["$ref"].rpartition("/")[2]]
        return schema

    def _typed_as_one_of(self, options: list[Schema], value: Any, name: str) -> Any:
        fitting = [option for option in options if self._same_shape(option, value)]
        refusal = Refusal(f"Invalid {name}: this value does not have the right shape.", param=name)
        for option in fitting:
            try:
                return self.typed(option, value, name)
            except Refusal as raised:
                refusal = raised
        raise refusal

    def _same_shape(self, option: Schema, value: Any) -> bool:
        kind = self._followed(option).get("type", "string")
        if kind == "array":
            return _is_numbered(value)
        return isinstance(value, dict if kind == "object" else str)

    def _typed_enum(self, schema: Schema, value: Any, name: str) -> Any:
        for allowed in schema["enum"]:
            if value == allowed or (isinstance(allowed, bool) and value == str(allowed).lower()):
                return allowed
        names = [str(allowed) for allowed in schema["enum"] if allowed != ""]
        said = f"{', '.join(names[:-1])}, or {names[-1]}" if len(names) > 1 else "".join(names)
        raise Refusal(f"Invalid {name}: must be one of {said}", param=name)

    def _typed_integer(self, schema: Schema, value: Any, name: str) -> int:
        if not isinstance(value, str) or not INTEGER.fullmatch(value):
            raise Refusal(f"Invalid integer: {value}", code="parameter_invalid_integer", param=name)
        return int(value)

    def _typed_number(self, schema: Schema, value: Any, name: str) -> float:
        if not isinstance(value, str) or not DECIMAL.fullmatch(value):
            raise Refusal(f"Invalid decimal: {value}", param=name)
        return float(value)

    def _typed_boolean(self, schema: Schema, value: Any, name: str) -> bool:
        if value not in ("true", "false"):
            raise Refusal(f"Invalid boolean: {value}", param=name)
        return bool(value == "true")

    def _typed_string(self, schema: Schema, value: Any, name: str) -> str:
        if not isinstance(value, str):
            raise Refusal(f"Invalid string: {value}", param=name)
        if value == "":
            raise Refusal(
                f"You passed an empty string for '{name}'. We assume empty values are an attempt "
                f"to unset a parameter; however '{name}' cannot be unset.",
                code="parameter_invalid_empty",
                param=name,
            )
        if schema.get("format") == "decimal" and not DECIMAL.fullmatch(value):
            raise Refusal(f"Invalid decimal: {value}", param=name)
        return value

    def _typed_array(self, schema: Schema, value: Any, name: str) -> list[Any]:
        if not _is_numbered(value):
            raise Refusal("Invalid array", param=name)
        parts = [value[number] for number in sorted(value, key=int)]
        return [self.typed(schema["items"], v, f"{name}[{i}]") for i, v in enumerate(parts)]

    def _typed_object(self, schema: Schema, value: Any, name: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise Refusal("Invalid object", param=name)
        known, extra = schema.get("properties", {}), schema.get("additionalProperties", False)
        typed: dict[str, Any] = {}
        for key, part in value.items():
            inner = f"{name}[{key}]" if name else key
            if key in known:
                typed[key] = self.typed(known[key], part, inner)
            elif isinstance(extra, dict):
                typed[key] = "" if part == "" else self.typed(extra, part, inner)
            else:
                raise Refusal(
                    f"Received unknown parameter: {inner}", code="parameter_unknown", param=inner
                )
        for key in schema.get("required", []):
            if key not in value:
                inner = f"{name}[{key}]" if name else key
                raise missing_param(inner)
        return typed

    def _typed_anything(self, schema: Schema, value: Any, name: str) -> Any:
        return value


def _is_numbered(value: Any) -> bool:
    """Whether a group's names are all numbers, as those of a list are."""
    return isinstance(value, dict) and all(name.isdecimal() for name in value)


def missing_param(name: str) -> Refusal:
    """Return the refusal for a parameter that must be there."""
    return Refusal(f"Missing required param: {name}.", code="parameter_missing", param=name)
