"""The whole demo, from no database to an open site, through crashes, to its end and back."""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from backend.config.plan import ROOT
from backend.config.ports import check_port
from backend.config.steps import fetch
from tests.backend.config.waiting import wait_until

# One demo and one story: its tests stay together, in their order.
pytestmark = pytest.mark.xdist_group("demo")
OPENS_WITHIN_SECONDS = 300  # with 26,000 twinnings to read, on a busy machine
AGAIN_WITHIN_SECONDS = 30  # 10 on a machine of its own; tests share theirs


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def command_of(child: psutil.Process) -> str:
    try:
        return " ".join(child.cmdline())
    except psutil.Error:
        return ""  # it ended meanwhile


@dataclass
class RunningDemo:
    var: Path
    port: int
    sandbox_port: int
    program: "subprocess.Popen[bytes] | None" = None

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return kept | {
            "PORT": str(self.port),
            "SANDBOX_PORT": str(self.sandbox_port),
            "TWINFUND_VAR": str(self.var),
        }

    @property
    def words(self) -> str:
        return (self.var / "words").read_text()

    def start(self) -> float:
        """Start, wait until it is open, and return how many seconds that took."""
        began = time.monotonic()
        with (self.var / "words").open("wb") as words:
            command = [sys.executable, "-m", "backend.config.demo"]
            self.program = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdout=words, stderr=words
            )
        wait_until(self.is_open_or_gone, seconds=OPENS_WITHIN_SECONDS)
        assert "Twinfund is open" in self.words, self.words
        return time.monotonic() - began

    def is_open_or_gone(self) -> bool:
        assert self.program is not None
        return "Ctrl-C ends the demo" in self.words or self.program.poll() is not None

    def children(self) -> list[psutil.Process]:
        assert self.program is not None
        return psutil.Process(self.program.pid).children(recursive=True)

    def child(self, word: str) -> psutil.Process:
        return next(child for child in self.children() if word in command_of(child))

    def tell(self, ending: signal.Signals) -> int:
        assert self.program is not None
        self.program.send_signal(ending)
        return self.program.wait(60)

    def end(self) -> None:
        """End it, unless it has ended."""
        if self.program is not None and self.program.poll() is None:
            self.tell(signal.SIGTERM)

    def manage(self, *words: str) -> str:
        ended = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
        )
        return ended.stdout + ended.stderr


@pytest.fixture(scope="module")
def demo() -> Iterator[RunningDemo]:
    with tempfile.TemporaryDirectory(prefix="twinfund-demo-") as folder:
        Path(folder).chmod(0o711)
        running = RunningDemo(Path(folder), free_port(), free_port())
        running.start()
        yield running
        running.end()


class TestTheWholeDemo:
    """One demo, told as a story: each test goes on where the last one ended."""

    def test_opens_at_the_address_that_it_prints_with_sign_ins_that_it_made(self, demo):
        assert f"Twinfund is open: http://localhost:{demo.port}\n" in demo.words
        assert re.search(r"TOTP secret [A-Z2-7]{16,}", demo.words)
        assert fetch(demo.port, "/")[0] == http.client.OK
        assert fetch(demo.port, "/projects/")[0] in (http.client.OK, http.client.FOUND)

    def test_is_found_by_commands_beside_it(self, demo):
        assert "No database answers" not in demo.manage("showmigrations", "ledger")
        assert "[X] 0001" in demo.manage("showmigrations", "ledger")

    @pytest.mark.parametrize("word", ["granian", "manage.py work", "-m sandbox"])
    def test_starts_again_what_is_killed(self, demo, word):
        killed = demo.child(word)

        killed.kill()

        name = {"granian": "web", "manage.py work": "worker", "-m sandbox": "sandbox"}[word]
        wait_until(lambda: f"{name} ended (SIGKILL) and starts again" in demo.words)
        wait_until(lambda: any(word in command_of(child) for child in demo.children()))
        wait_until(lambda: fetch(demo.port, "/healthz")[0] == http.client.OK, seconds=60)

    def test_leaves_nothing_running_when_it_is_told_to_end(self, demo):
        left = demo.children()

        assert demo.tell(signal.SIGINT) == 0

        assert "The demo has ended" in demo.words
        assert psutil.wait_procs(left, timeout=10)[1] == []
        check_port(number=demo.port, variable="PORT")
        assert "No database answers" in demo.manage("showmigrations", "ledger")

    def test_opens_quickly_the_second_time(self, demo):
        demo.end()

        assert demo.start() < AGAIN_WITHIN_SECONDS

    def test_takes_everything_with_it_even_when_it_is_killed(self, demo):
        left = demo.children()
        assert left

        assert demo.tell(signal.SIGKILL) == -signal.SIGKILL

        assert psutil.wait_procs(left, timeout=20)[1] == []
