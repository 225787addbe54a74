"""One demo at a time in one checkout."""

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path


class DemoRunning(Exception):
    """The demo of this checkout runs already."""


@contextlib.contextmanager
def only_demo_of(var: Path) -> Iterator[None]:
    """Hold the demo that lives in `var` for ourselves. Raises DemoRunning if another has it.

    The system lets go of the lock however its holder ends.
    """
    var.mkdir(exist_ok=True)
    with (var / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DemoRunning(
                "The demo of this checkout runs already. For a second one take a second checkout."
            ) from None
        yield
