"""The programs that are measured: the bare views, and the site on each of two databases."""

import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from backend.config.plan import ROOT, WEB_OPTIONS, Plan
from tests.bench.processes import family, memory_mib
from tests.sandbox_process import free_port

PATIENCE_SECONDS = 60
BARE, SITE = "tests.bench.bare_door:application", "tests.bench.site_door:application"


class NeverAnswered(RuntimeError):
    """A server did not answer in time."""


@dataclass(frozen=True)
class Server:
    """One of the programs, with its worker processes."""

    name: str
    port: int
    process: subprocess.Popen[bytes]

    def numbers(self) -> list[int]:
        """Return the numbers of its processes."""
        return family(self.process.pid)

    def memory(self) -> float:
        """Return what all its processes hold, in MiB."""
        return sum(memory_mib(number) for number in self.numbers())


@contextmanager
def server(
    name: str, door: str, database: str, sandbox_port: int, folder: Path, caller: Mapping[str, str]
) -> Iterator[Server]:
    """Run one program with the options of the demo, until the block ends."""
    port = free_port()
    plan = Plan(port=port, sandbox_port=sandbox_port, database_url="", var=folder)
    environment = {
        **plan.environment(caller, database),
        "STATIC_ROOT": str(folder / "static"),
        "STRIPE_WEBHOOK_SECRET": "whsec_only_for_this_bench",
    }
    command = [sys.executable, "-m", "granian", *WEB_OPTIONS, f"--port={port}", door]
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            _wait_for(port)
            yield Server(name, port, process)
        finally:
            process.terminate()
            process.wait(30)


def collect_static(folder: Path, database: str, caller: Mapping[str, str]) -> None:
    """Collect the hashed files that the pages name, once for both sites."""
    subprocess.run(
        [sys.executable, "manage.py", "collectstatic", "--no-input", "-v", "0"],
        cwd=ROOT,
        env={
            **caller,
            "DATABASE_URL": database,
            "TWINFUND_MODE": "demo",
            "STATIC_ROOT": str(folder / "static"),
        },
        check=True,
    )


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5)
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise NeverAnswered(f"nothing answers on port {port}")
