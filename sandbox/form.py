"""Read Stripe's form encoding: `a[b][0][c]=v` becomes `{"a": {"b": [{"c": "v"}]}}`.

Source: https://docs.stripe.com/api (request bodies are form-encoded).
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from sandbox.errors import Refusal

MOST_FIELDS = 2000
DEEPEST = 12


def decode_form(text: str) -> dict[str, Any]:
    """Return the nested parameters in `text`; raises Refusal for two shapes under one name."""
    tree: dict[str, Any] = {}
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise Refusal("Too many parameters.") from error
    for key, value in pairs:
        _place(tree, _parts_of(key), value, key)
    return {name: _with_lists(value) for name, value in tree.items()}


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


def _with_lists(value: Any) -> Any:
    """Turn groups numbered from 0 into lists."""
    if not isinstance(value, dict):
        return value
    if value and all(name.isdigit() for name in value):
        return [_with_lists(value[name]) for name in sorted(value, key=int)]
    return {name: _with_lists(part) for name, part in value.items()}
