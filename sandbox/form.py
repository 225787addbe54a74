"""Read Stripe's form encoding: `a[b][0][c]=v` becomes `{"a": {"b": {"0": {"c": "v"}}}}`.

Source: https://docs.stripe.com/api (request bodies are form-encoded).
"""

from __future__ import annotations

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
