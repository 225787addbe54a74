"""Which function answers which call, and with which parameters.

A parameter that Stripe knows and the sandbox does not follow is refused in words (501), never
ignored: a test must not pass because the sandbox looked away.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.description.document import nameless
from sandbox.errors import NotBuilt
from sandbox.scope import Call
from sandbox.store import Resource

Answerer = Callable[[Call], Resource]
PAGING = frozenset({"limit", "starting_after", "ending_before"})


@dataclass(frozen=True)
class Built:
    """A route that the sandbox answers."""

    answer: Answerer
    takes: frozenset[str]


BUILT: dict[tuple[str, str], Built] = {}


def route(
    verb: str, path: str, *, takes: str = "", paged: bool = False
) -> Callable[[Answerer], Answerer]:
    """Let the decorated function answer `verb path`; `takes` names the parameters it follows."""

    def register(answer: Answerer) -> Answerer:
        names = frozenset(takes.split()) | {"expand"} | (PAGING if paged else frozenset())
        BUILT[(verb, nameless(path))] = Built(answer, names)
        return answer

    return register


def check_followed(
    params: dict[str, Any], takes: frozenset[str] | set[str], *, within: str = ""
) -> None:
    """Refuse in words the parameters that Stripe has and the sandbox does not follow."""
    for name in params:
        if name not in takes:
            full = f"{within}[{name}]" if within else name
            raise NotBuilt(
                f"Stripe knows the parameter “{full}”; this sandbox does not follow it yet.",
                param=full,
            )


@dataclass(frozen=True)
class Match:
    """A path of the description that fits a call."""

    path: str
    verbs: dict[str, Any]
    ids: list[str]


class RouteTable:
    """All paths of the description, found by their parts."""

    def __init__(self, paths: dict[str, dict[str, Any]]) -> None:
        """Index the paths by how many parts they have."""
        self._by_length: dict[int, list[tuple[list[str], str]]] = {}
        self._paths = paths
        for path in paths:
            parts = path.strip("/").split("/")
            self._by_length.setdefault(len(parts), []).append((parts, path))
        for same_length in self._by_length.values():
            same_length.sort(key=lambda entry: entry[1].count("{"))

    def match(self, path: str) -> Match | None:
        """Return the described path that fits `path`, the one with the fewest parameters first."""
        asked = path.strip("/").split("/")
        for parts, described in self._by_length.get(len(asked), []):
            ids = _ids_in(parts, asked)
            if ids is not None:
                return Match(described, self._paths[described], ids)
        return None


def _ids_in(parts: list[str], asked: list[str]) -> list[str] | None:
    ids: list[str] = []
    for part, given in zip(parts, asked, strict=True):
        if part.startswith("{"):
            ids.append(given)
        elif part != given:
            return None
    return ids
