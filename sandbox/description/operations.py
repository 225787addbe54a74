"""Find every path and verb of Stripe's interface in the SDK's service classes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.description.source import Place, module, sdk_folder

EMPTY_ANSWER = ast.parse("StripeObject", mode="eval").body


@dataclass(frozen=True)
class Operation:
    """One verb on one path, with the annotations of its parameters and its answer."""

    verb: str
    path: str
    place: Place
    params: ast.expr | None
    answer: ast.expr


def all_operations() -> Iterator[Operation]:
    """Yield each operation that some service of the SDK can call."""
    folder = sdk_folder()
    for path in sorted(folder.rglob("_*_service.py")):
        name = ".".join(["stripe", *path.relative_to(folder).with_suffix("").parts])
        for class_name, definition in module(name).classes.items():
            for method in definition.body:
                if isinstance(method, ast.FunctionDef):
                    yield from _operations_of(method, Place(name, class_name))


def _operations_of(method: ast.FunctionDef, place: Place) -> Iterator[Operation]:
    for node in ast.walk(method):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "_request"
            and len(node.args) >= 2
        ):
            verb, path = _text_of(node.args[0]), _text_of(node.args[1])
            if verb and path:
                answer = method.returns or EMPTY_ANSWER
                yield Operation(verb, path, place, _annotation_of(method, "params"), answer)


def _text_of(node: ast.expr) -> str:
    """Return the text of `"/v1/x"` or of `"/v1/x/{id}".format(…)`."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return _text_of(node.func.value)
    return str(node.value) if isinstance(node, ast.Constant) else ""


def _annotation_of(method: ast.FunctionDef, name: str) -> ast.expr | None:
    arguments = [*method.args.posonlyargs, *method.args.args, *method.args.kwonlyargs]
    return next((a.annotation for a in arguments if a.arg == name), None)
