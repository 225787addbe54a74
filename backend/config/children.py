"""The processes that a supervisor starts, keeps alive and ends.

One rule: no child is left behind, however it or its parent died. Each child leads a group of its
own, so that Ctrl-C reaches the supervisor alone, and what a dead child left running ends with it.
On Linux the kernel itself tells a child to end when its parent dies.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

PR_SET_PDEATHSIG = 1
GRACE_SECONDS = 10
FIRST_WAIT_SECONDS = 0.25
LONGEST_WAIT_SECONDS = 10.0
STEADY_SECONDS = 20  # a child that lived that long begins anew with the shortest wait


def ends_with_parent(ending: signal.Signals = signal.SIGTERM) -> Callable[[], None] | None:
    """Return what a new child runs first, so that it gets `ending` when its parent dies.

    The kernel watches the thread that starts the child: start it from one that lives on.
    Return None where the system has no such promise.
    """
    if sys.platform != "linux":
        return None
    # Looked up before the fork: after it, a lock of the loader may be held for ever.
    prctl = ctypes.CDLL(None).prctl

    def ask_the_kernel() -> None:
        prctl(PR_SET_PDEATHSIG, int(ending), 0, 0, 0)

    return ask_the_kernel


@dataclass
class Child:
    """One process that is started again whenever it ends."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    orphaned_by: signal.Signals = signal.SIGTERM  # what the kernel sends it when its parent died
    wait_seconds: float = FIRST_WAIT_SECONDS
    started_at: float = field(default=0.0, init=False)  # of the monotonic clock
    ended_at: float | None = field(default=None, init=False)
    _running: "subprocess.Popen[bytes] | None" = field(default=None, init=False)

    def start(self) -> None:
        """Start it; what it says goes to its log."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._running = subprocess.Popen(  # noqa: S603  a command of ours
                list(self.command),
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=ends_with_parent(self.orphaned_by),
            )
        self.started_at = time.monotonic()
        self.ended_at = None

    @property
    def number(self) -> int:
        """The process number, 0 before the first start."""
        return self._running.pid if self._running else 0

    def ending(self) -> int | None:
        """Return how it ended (negative: by which signal), or None while it lives."""
        return self._running.poll() if self._running else 0

    def keep_alive(self) -> str:
        """Start it again if it ended and has waited long enough; return a line if it just ended."""
        ending = self.ending()
        if ending is None:
            return ""
        now = time.monotonic()
        if self.ended_at is None:
            self.ended_at = now
            self._clear_group()
            steady = now - self.started_at > STEADY_SECONDS
            doubled = min(self.wait_seconds * 2, LONGEST_WAIT_SECONDS)
            self.wait_seconds = FIRST_WAIT_SECONDS if steady else doubled
            return f"{self.name} ended ({said(ending)}) and starts again; its words: {self.log}"
        if now - self.ended_at >= self.wait_seconds:
            self.start()
        return ""

    def ask_to_end(self) -> None:
        """Ask it, and it alone, to end; its own children are its own to end."""
        if self._running is not None and self._running.poll() is None:
            self._running.terminate()

    def end(self, *, deadline: float) -> None:
        """Wait for its end until `deadline` of the monotonic clock, then end it by force."""
        if self._running is None:
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._running.wait(max(0.0, deadline - time.monotonic()))
        self._clear_group()
        self._running.wait()

    def _clear_group(self) -> None:
        """End by force what is left of it and of what it started."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.number, signal.SIGKILL)


def said(ending: int) -> str:
    """Put how a process ended into words."""
    if ending >= 0:
        return f"code {ending}"
    return signal.Signals(-ending).name


def end_all(children: Sequence[Child]) -> None:
    """Ask all to end at once, and wait for each; who does not listen is ended by force."""
    for child in children:
        child.ask_to_end()
    deadline = time.monotonic() + GRACE_SECONDS
    for child in children:
        child.end(deadline=deadline)
