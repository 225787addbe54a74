"""Waiting for what another process has to do."""

import time
from collections.abc import Callable


def wait_until(is_true: Callable[[], bool], *, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < deadline, f"it did not come to pass in {seconds} s"
        time.sleep(0.02)  # there is nothing to wait on but the fact itself
