"""Read Stripe's form encoding: `a[b][0][c]=v` becomes `{"a": {"b": {"0": {"c": "v"}}}}`.

The JSON of Stripe's v2 interface is brought into the same shape, so that one check serves both.

Source: https://docs.stripe.com/api (request bodies are form-encoded).
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl

from sandbox.errors import Refusal

MOST_FIELDS = 2000
DEEPEST = 12


def decode_form(text: str) -> dict[str, Any]:
    """Return the nested parameters in `text`; raises Refusal for two shapes under one name.

    A list comes out as a group whose names are numbers: only the description knows that it is one
    (metadata may have the key “0” too).
    """
    tree: dict[str, Any] = {}
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise Refusal("Too many parameters.") from error
    for key, value in pairs:
        _place(tree, _parts_of(key), value, key)
    return tree


def decode_json(text: str) -> dict[str, Any]:
    """Return the parameters of a JSON body as a form would have brought them; raises Refusal."""
    try:
        body = json.loads(text or "{}")
    except ValueError as error:
        raise Refusal(f"Invalid JSON: {error}.") from error
    if not isinstance(body, dict):
        raise Refusal("Invalid JSON: send an object.")
    return {name: _as_form(value) for name, value in body.items()}


def _as_form(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _as_form(part) for name, part in value.items()}
    if isinstance(value, list):
        return {str(place): _as_form(part) for place, part in enumerate(value)}
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def _parts_of(key: str) -> list[str]:
    """Split `a[b][0]` into `a`, `b`, `0`."""
    first, bracket, rest = key.partition("[")
    if not bracket:
        return [first]
    parts = [first, *rest.removesuffix("]").split("][")]
    if len(parts) > DEEPEST:
        raise Refusal(f"Parameters are nested too deeply: {key[:80]}", param=first)
    return parts


def _place(tree: dict[str, Any], parts: list[str], value: str, key: str) -> None:
    *outer, last = parts
    for part in outer:
        tree = tree.setdefault(_numbered(part, tree), {})
        if not isinstance(tree, dict):
            raise Refusal(f"“{key}” is given both as a value and as a group.", param=parts[0])
    if isinstance(tree.get(last), dict):
        raise Refusal(f"“{key}” is given both as a value and as a group.", param=parts[0])
    tree[_numbered(last, tree)] = value


def _numbered(part: str, tree: dict[str, Any]) -> str:
    """Give `a[]=x&a[]=y` the numbers that it leaves out."""
    return part or str(len(tree))
