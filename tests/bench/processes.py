"""What processes cost: processor time to the microsecond where the kernel tells, and memory."""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import psutil

MIB = 2**20


def processor_seconds(numbers: Iterable[int]) -> float:
    """Return the processor time that these processes have used so far."""
    return sum(_seconds_of(number) for number in numbers)


def _seconds_of(number: int) -> float:
    """Add up the threads' own clocks (Linux, in ns), or take the system's 100 Hz one."""
    total = 0
    try:
        for thread in Path(f"/proc/{number}/task").iterdir():
            with suppress(FileNotFoundError):
                total += int((thread / "schedstat").read_text().split()[0])
    except OSError:
        total = 0
    if total:
        return total / 1e9
    with suppress(psutil.NoSuchProcess):
        spent = psutil.Process(number).cpu_times()
        return float(spent.user + spent.system)
    return 0.0


def family(number: int) -> list[int]:
    """Return the process and all that it started."""
    parent = psutil.Process(number)
    return [parent.pid, *(child.pid for child in parent.children(recursive=True))]


def memory_mib(number: int) -> float:
    """Return what the process holds: its share of shared pages where the system tells it."""
    found = psutil.Process(number).memory_full_info()
    return float(getattr(found, "pss", 0) or found.rss) / MIB
