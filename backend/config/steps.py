"""What the demo prepares before it opens: each step does nothing where nothing is to be done."""

import hashlib
import http.client
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from backend.config.children import ends_with_parent

OPENING_SECONDS = 120
ENDPOINTS = "/v1/webhook_endpoints?limit=100"


class DemoRefused(Exception):
    """The demo cannot start; the text says why."""


def run_python(*arguments: str, environment: Mapping[str, str]) -> None:
    """Run Python on one of our programs, which speaks for itself.

    Raises DemoRefused if it fails.
    """
    started = subprocess.Popen(  # noqa: S603  a program of ours
        [sys.executable, *arguments],
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=ends_with_parent(),
    )
    try:
        ending = started.wait()
    except BaseException:
        # The demo is told to end in the middle of a step: the step ends with it.
        os.killpg(started.pid, signal.SIGKILL)
        started.wait()
        raise
    if ending != 0:
        raise DemoRefused(f"`python {' '.join(arguments)}` failed; its own words stand above.")


def kept_secret(path: Path) -> str:
    """Return the secret in `path`, made at the first call; only its owner may read the file."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(64))
    return path.read_text().strip()


def read_text(path: Path) -> str:
    """Return the text in `path`, without its last line's end; empty if there is no such file."""
    try:
        return path.read_text().rstrip()
    except FileNotFoundError:
        return ""


def signature_of(*roots: Path) -> str:
    """Return a text that changes when a file under one of `roots` does."""
    files = [path for root in roots for path in ([root] if root.is_file() else root.rglob("*"))]
    lines = [
        f"{path} {found.st_size} {found.st_mtime_ns}"
        for path in sorted(files)
        if path.is_file() and (found := path.stat())
    ]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def collect_static_files(*, root: Path, var: Path, environment: Mapping[str, str]) -> None:
    """Collect, hash and compress the static files, if one of them or a package changed."""
    mark = var / "static-signature"
    signature = signature_of(root / "frontend" / "static", root / "requirements" / "base.txt")
    if read_text(mark) == signature and (var / "static").exists():
        return
    words = ("collectstatic", "--no-input", "--clear", "--skip-checks", "-v", "0")
    run_python("manage.py", *words, environment=environment)
    mark.write_text(signature)


def register_webhook(*, url: str, secret: Path, environment: Mapping[str, str], port: int) -> None:
    """Have the sandbox at `port` send its events to `url`, unless it does already.

    Two secrets: one endpoint tells of our own account, the other of the committees'.
    """
    is_known = url in registered_urls(port, environment["STRIPE_SECRET_KEY"])
    if is_known and "," in read_text(secret):
        return
    words = ("register_webhook", "--skip-checks", "--url", url, "--save", str(secret))
    run_python("manage.py", *words, environment=environment)


def registered_urls(port: int, key: str) -> set[str]:
    """Return the addresses to which the sandbox at `port` sends its events."""
    status, body = fetch(port, ENDPOINTS, {"Authorization": f"Bearer {key}"})
    if status != http.client.OK:
        return set()
    return {str(endpoint["url"]) for endpoint in json.loads(body)["data"]}


def fetch(port: int, path: str, headers: Mapping[str, str] | None = None) -> tuple[int, bytes]:
    """Return status and body of one GET on this machine; 0 if nobody answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path, headers=dict(headers or {}))
        answer = connection.getresponse()
        return answer.status, answer.read()
    except OSError:
        return 0, b""
    finally:
        connection.close()


def wait_until_it_answers(*, name: str, port: int, path: str, log: Path) -> None:
    """Wait until the server at `port` answers `path` with anything below 500.

    Raises DemoRefused with the last words of its log if it does not within OPENING_SECONDS.
    """
    deadline = time.monotonic() + OPENING_SECONDS
    while not 0 < fetch(port, path)[0] < http.client.INTERNAL_SERVER_ERROR:
        if time.monotonic() > deadline:
            last = "\n".join(read_text(log).splitlines()[-10:])
            raise DemoRefused(f"{name} does not answer. The end of {log}:\n{last}")
        time.sleep(0.05)  # There is nothing to wait on but the answer itself.
