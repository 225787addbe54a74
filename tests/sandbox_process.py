"""Start the sandbox as the program it is, on a free port, for any test of the project.

`with running_sandbox(folder) as sandbox:` gives its address and its controls. It is strict by
default: every request and every answer is checked, and `assert_no_violations` says so.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
DESCRIPTIONS = ROOT / "var" / "sandbox-description"
PATIENCE_SECONDS = 60
PAUSE_SECONDS = 0.05


class SandboxNotStarted(RuntimeError):
    """The sandbox ended or did not answer in time; the text is what it said."""


@dataclass
class RunningSandbox:
    """A sandbox that answers."""

    port: int
    folder: Path
    strict: bool = True
    environment: dict[str, str] = field(default_factory=dict)
    program: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        """The address for the SDK: `base_addresses={"api": sandbox.url}`."""
        return f"http://127.0.0.1:{self.port}"

    def control(self, path: str, json: dict[str, Any] | None = None) -> Any:
        """Use the control `path`, with GET, or with POST if there is `json`; returns its answer.

        A refusal is returned like any answer: it has the key `error`.
        """
        return self.controlled(path, json)[1]

    def controlled(self, path: str, body: dict[str, Any] | None = None) -> tuple[int, Any]:
        """Use a control and return its status with its answer."""
        sent = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"{self.url}/_sandbox/{path.removeprefix('/')}",
            data=sent,
            headers={"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, _read(answer.read())
        except urllib.error.HTTPError as refused:
            return refused.code, _read(refused.read())

    def complete(self, session: str, **filled: Any) -> Any:
        """Press the button of a session's Checkout page."""
        return self.control(
            f"checkout/sessions/{session}/complete", {"card": "4242424242424242", **filled}
        )

    def assert_no_violations(self) -> None:
        """Fail if the sandbox answered anything that Stripe never would."""
        found = self.control("violations")
        assert found["count"] == 0, found["violations"]

    def start(self) -> None:
        """Start the program and wait until it answers; raises SandboxNotStarted."""
        options = {"port": self.port, "folder": self.folder, "description-folder": DESCRIPTIONS}
        command = [sys.executable, "-m", "sandbox"]
        command += [f"--{name}={value}" for name, value in options.items()]
        self.program = subprocess.Popen(
            command + ["--strict"] * self.strict,
            cwd=ROOT,
            env={**_clean_environment(), **self.environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            if self.program.poll() is not None:
                raise SandboxNotStarted(self.program.communicate()[1])
            if self._answers_itself():
                return
            time.sleep(PAUSE_SECONDS)
        self.kill()
        raise SandboxNotStarted("The sandbox did not answer in time.")

    def _answers_itself(self) -> bool:
        """Whether the program answers, and not another one on the same port."""
        try:
            return (
                self.program is not None and self.control("health")["process"] == self.program.pid
            )
        except OSError:
            return False

    def stop(self) -> None:
        """Ask the program to end, and wait for it."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End the program as a power cut does."""
        self._end(signal.SIGKILL)

    def _end(self, number: signal.Signals) -> None:
        if self.program is None:
            return
        self.program.send_signal(number)
        try:
            self.program.communicate(timeout=15)
        except subprocess.TimeoutExpired:
            self.program.kill()
            self.program.communicate()
        self.program = None


@contextmanager
def running_sandbox(
    folder: Path, *, strict: bool = True, port: int | None = None, **environment: str
) -> Iterator[RunningSandbox]:
    """Run a sandbox that keeps everything in `folder`, and end it afterwards."""
    sandbox = RunningSandbox(port or free_port(), folder, strict, environment)
    sandbox.start()
    try:
        yield sandbox
    finally:
        sandbox.stop()


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def _clean_environment() -> dict[str, str]:
    """Return the environment without what the sandbox takes its options from."""
    foreign = ("TWINFUND_", "STRIPE_", "SANDBOX_")
    return {name: value for name, value in os.environ.items() if not name.startswith(foreign)}


def _read(body: bytes) -> Any:
    """Return JSON, or the lines of JSON, or text."""
    text = body.decode()
    try:
        return json.loads(text)
    except ValueError:
        lines = text.splitlines()
    return [json.loads(line) for line in lines] if text.startswith("{") else text
