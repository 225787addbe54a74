"""How far a long piece of work has come, said on standard error.

A terminal gets one bar that moves; a log gets four plain lines. Standard output stays free for
what the work has to say.

It uses nothing but the standard library, and runs before any package is there.
"""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterable, Iterator
from types import FrameType
from typing import Protocol, TextIO, TypeVar

Step = TypeVar("Step")
BAR_WIDTH = 30
REDRAW_SECONDS = 0.1
LINES_IN_A_LOG = 4
SIGN_SECONDS = 1


class Follow(Protocol):
    """What work is told its steps by: `progress`, or `silently`."""

    def __call__(self, iterable: Iterable[Step], total: int, label: str, /) -> Iterable[Step]:
        """Pass every step of `iterable` on."""


def silently(iterable: Iterable[Step], _total: int, _label: str) -> Iterable[Step]:
    """Return the steps and say nothing."""
    return iterable


def progress(
    iterable: Iterable[Step], total: int, label: str, stream: TextIO | None = None
) -> Iterator[Step]:
    """Yield every step of `iterable`, and report on `stream` how many of `total` are behind us.

    Without a stream it reports on standard error.
    """
    out = stream or sys.stderr
    reports = _Bar(out) if out.isatty() else _Lines(out)
    done = 0
    for done, step in enumerate(iterable, start=1):
        yield step
        reports.passed(label, done, total)
    reports.ended(label, done, total)


@contextlib.contextmanager
def signs_of_life(sentence: str, stream: TextIO | None = None) -> Iterator[None]:
    """Say `sentence`, and on a terminal a dot more for every second that the work in here takes.

    For work whose steps nobody can count. A signal brings the dots, because the work may start
    processes, which a second thread would endanger: call it from the main thread.
    """
    out = stream or sys.stdout
    out.write(sentence if out.isatty() else sentence + "\n")
    out.flush()
    if not out.isatty():
        yield
        return

    def add_a_dot(number: int, frame: FrameType | None) -> None:
        os.write(out.fileno(), b".")  # The stream itself may be in the middle of a word.

    before = signal.signal(signal.SIGALRM, add_a_dot)
    signal.setitimer(signal.ITIMER_REAL, SIGN_SECONDS, SIGN_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        out.write("\n")
        out.flush()


class _Bar:
    """One line of a terminal, drawn again and again."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._drawn_at = 0.0

    def passed(self, label: str, done: int, total: int) -> None:
        if time.monotonic() - self._drawn_at >= REDRAW_SECONDS:
            self._drawn_at = time.monotonic()
            self._draw(label, done, total)

    def ended(self, label: str, done: int, total: int) -> None:
        self._draw(label, done, total)
        self._out.write("\n")

    def _draw(self, label: str, done: int, total: int) -> None:
        filled = BAR_WIDTH * min(done, total) // total if total else BAR_WIDTH
        bar = "#" * filled + "." * (BAR_WIDTH - filled)
        self._out.write(f"\r{label} [{bar}] {done:,} of {total:,}")
        self._out.flush()


class _Lines:
    """A few lines of a log."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._quarter = 0

    def passed(self, label: str, done: int, total: int) -> None:
        quarter = done * LINES_IN_A_LOG // total if total else 0
        if self._quarter < quarter < LINES_IN_A_LOG:
            self._quarter = quarter
            self._write(label, done, total)

    def ended(self, label: str, done: int, total: int) -> None:
        self._write(label, done, total)

    def _write(self, label: str, done: int, total: int) -> None:
        self._out.write(f"{label}: {done:,} of {total:,}\n")
        self._out.flush()
