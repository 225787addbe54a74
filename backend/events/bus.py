"""How a lower app tells higher apps that something happened, without knowing them.

An app declares its events as frozen dataclasses in its `events.py`. A higher app subscribes in
its `subscribers.py`, which its AppConfig.ready imports. Subscribers run at once, inside the
transaction of the one who announces: if one fails, all is undone. Work that may be slow or may
fail alone (a mail, a call) becomes a job in the same transaction instead.
"""

from collections import defaultdict
from collections.abc import Callable
from typing import Any, TypeVar

Event = TypeVar("Event")
_subscribers: dict[type, list[Callable[[Any], None]]] = defaultdict(list)


def subscribe(
    kind: type[Event],
) -> Callable[[Callable[[Event], None]], Callable[[Event], None]]:
    """Make the decorated function run on every announced event of this kind."""

    def register(function: Callable[[Event], None]) -> Callable[[Event], None]:
        _subscribers[kind].append(function)
        return function

    return register


def announce(event: object) -> None:
    """Tell every subscriber of this kind of event, in the order in which they subscribed."""
    for function in _subscribers[type(event)]:
        function(event)
