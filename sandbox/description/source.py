"""Find classes and names in the SDK's source files.

The source is parsed with `ast` and never imported: importing Stripe's SDK takes a second and tens
of megabytes that the sandbox does not need.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from functools import cache
from importlib import metadata, util
from pathlib import Path


class SourceMissing(Exception):
    """Stripe's SDK is not installed, or does not look as it used to."""


@cache
def sdk_folder() -> Path:
    """Return the folder of the installed package `stripe`; raises SourceMissing."""
    found = util.find_spec("stripe")
    if found is None or found.origin is None:
        raise SourceMissing("The package “stripe” is not installed; the sandbox reads it.")
    return Path(found.origin).parent


def sdk_version() -> str:
    """Return the version of the installed SDK, for example `16.1.0`."""
    return metadata.version("stripe")


@cache
def api_version() -> str:
    """Return the version of Stripe's interface that the SDK pins: `2026-10-28.endive`."""
    for node in module("stripe._api_version").classes["_ApiVersion"].body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            return str(node.value.value)
    raise SourceMissing("The SDK no longer names its API version in stripe/_api_version.py.")


@dataclass
class Module:
    """One parsed source file: its classes and what the names in it stand for."""

    name: str
    classes: dict[str, ast.ClassDef] = field(default_factory=dict)
    imports: dict[str, tuple[str, str]] = field(default_factory=dict)
    assignments: dict[str, ast.expr] = field(default_factory=dict)


@dataclass(frozen=True)
class Place:
    """A class in the SDK: its module, and its name with those of the classes around it."""

    module: str
    qualname: str

    @property
    def schema_name(self) -> str:
        """The name under which the description carries this class."""
        path = self.module.removeprefix("stripe.").replace("._", ".").removeprefix("_")
        return f"{path}.{self.qualname}"


def _statements(body: list[ast.stmt]) -> list[ast.stmt]:
    """Return the statements of a module with those under `if TYPE_CHECKING:` among them."""
    flat: list[ast.stmt] = []
    for statement in body:
        flat.extend(_statements(statement.body) if isinstance(statement, ast.If) else [statement])
    return flat


@cache
def module(name: str) -> Module:
    """Parse the module `name`, for example `stripe.checkout._session`; raises SourceMissing."""
    base = sdk_folder().joinpath(*name.split(".")[1:])
    path = base.with_suffix(".py") if base.with_suffix(".py").exists() else base / "__init__.py"
    if not path.exists():
        raise SourceMissing(f"The SDK has no module {name}.")
    parsed = Module(name)
    for node in _statements(ast.parse(path.read_text(encoding="utf-8")).body):
        if isinstance(node, ast.ClassDef):
            parsed.classes[node.name] = node
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                parsed.imports[alias.asname or alias.name] = (node.module, alias.name)
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            parsed.assignments[node.targets[0].id] = node.value
    return parsed


def class_at(place: Place) -> ast.ClassDef:
    """Return the syntax tree of the class at `place`; raises SourceMissing."""
    first, *inner = place.qualname.split(".")
    found = module(place.module).classes.get(first)
    for name in inner:
        found = next(
            (
                n
                for n in (found.body if found else [])
                if isinstance(n, ast.ClassDef) and n.name == name
            ),
            None,
        )
    if found is None:
        raise SourceMissing(f"The SDK has no class {place.qualname} in {place.module}.")
    return found


def resolve(name: str, around: Place) -> Place | None:
    """Return the class that `name` means inside the class `around`; None if it is not the SDK's."""
    scope = around.qualname.split(".")
    while scope:
        outer = class_at(Place(around.module, ".".join(scope)))
        if any(isinstance(n, ast.ClassDef) and n.name == name for n in outer.body):
            return Place(around.module, ".".join([*scope, name]))
        scope.pop()
    here = module(around.module)
    if name in here.classes:
        return Place(around.module, name)
    if name in here.imports and here.imports[name][0].startswith("stripe."):
        target, original = here.imports[name]
        return Place(target, original)
    return None
