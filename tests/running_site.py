"""The whole site as separate processes: web, worker and sandbox, on a database of its own.

For tests that kill processes, and for journeys in a browser. Commands and environment are the
demo's own (backend.config.plan), so what is tested is what people start.
"""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg

from backend.config.plan import ROOT, Plan
from tests.sandbox_process import RunningSandbox, free_port, running_sandbox

TEMPLATE = "site_template"
PATIENCE_SECONDS = 60


class NeverHappened(AssertionError):
    """What a test waited for did not come in time."""


@dataclass(eq=False)
class RunningSite:
    """A site whose processes can be started and killed one by one."""

    plan: Plan
    environment: dict[str, str]
    sandbox: RunningSandbox
    web: subprocess.Popen[bytes] | None = None
    worker: subprocess.Popen[bytes] | None = None
    logs: Path = field(default_factory=Path)

    @property
    def url(self) -> str:
        return self.plan.address

    def start_web(self, crashpoint: str = "") -> None:
        self.web = self._start("web", crashpoint)
        wait_for(lambda: self.get("/healthz")[0] > 0, "the web to answer")

    def start_worker(self, crashpoint: str = "") -> None:
        self.worker = self._start("worker", crashpoint)

    def _start(self, name: str, crashpoint: str) -> subprocess.Popen[bytes]:
        command = self.plan.command(name)
        if crashpoint and name == "web":
            # One process that nothing starts again: the point kills it for good.
            command = [word for word in command if "respawn" not in word and "workers=" not in word]
        with (self.logs / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                command,
                cwd=ROOT,
                env={**self.environment, "TWINFUND_CRASHPOINTS": crashpoint},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self, process: subprocess.Popen[bytes] | None) -> None:
        """End a process and what it started, as kill -9 does."""
        if process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(process.pid, 9)
        process.wait()

    def stop(self) -> None:
        self.kill(self.web)
        self.kill(self.worker)

    def get(self, path: str) -> tuple[int, str]:
        return self._ask(urllib.request.Request(f"http://127.0.0.1:{self.plan.port}{path}"))

    def post(self, path: str, body: dict[str, Any], **headers: str) -> tuple[int, Any]:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.plan.port}{path}",
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json", **headers},
        )
        status, text = self._ask(request)
        return status, json.loads(text) if text else None

    def _ask(self, request: urllib.request.Request) -> tuple[int, str]:
        """Return status and body; 0 when nobody answers."""
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refusal:
            return refusal.code, refusal.read().decode()
        except OSError:
            return 0, ""

    def manage(self, *arguments: str) -> str:
        return _manage(self.environment, *arguments)

    def shell(self, code: str) -> str:
        """Run Python inside the site's own Django, and return what it prints."""
        return self.manage("shell", "--no-imports", "-c", code).strip()

    def die(self, code: str, crashpoint: str) -> tuple[int, str]:
        """Run Python as `shell` does, killed at a point; return exit code and last words."""
        done = subprocess.run(
            [sys.executable, "manage.py", "shell", "--no-imports", "-c", code],
            cwd=ROOT,
            env={**self.environment, "TWINFUND_CRASHPOINTS": crashpoint},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stderr

    def change(self, sql: str, *values: Any) -> None:
        """Change rows behind the site's back."""
        with psycopg.connect(self.environment["DATABASE_URL"], autocommit=True) as connection:
            connection.execute(sql, values)

    def query(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.environment["DATABASE_URL"], autocommit=True) as connection:
            return connection.execute(sql, values).fetchall()


@contextmanager
def running_site(folder: Path, *, name: str, **more: str) -> Iterator[RunningSite]:
    """Give a site on a fresh database, its sandbox running, web and worker not yet started."""
    port, sandbox_port = free_port(), free_port()
    (folder / "log").mkdir(parents=True, exist_ok=True)
    caller = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("TWINFUND_", "STRIPE_", "DATABASE_URL", "DJANGO_"))
    }
    plan = Plan(port=port, sandbox_port=sandbox_port, database_url="", var=folder)
    # Collected once for all sites of a run; the names are hashed, so they can share.
    statics = {"STATIC_ROOT": str(ROOT / "var" / "test-static"), "JOBS_STALLED_SECONDS": "2"}
    environment = {
        **plan.environment({**caller, **more}, _fresh_database(f"{name}_{os.getpid()}")),
        **statics,
    }
    with running_sandbox(folder / "sandbox", port=sandbox_port) as sandbox:
        site = RunningSite(plan, environment, sandbox, logs=folder / "log")
        secret = folder / "webhook-secret"
        site.manage("register_webhook", "--url", plan.webhook_address, "--save", str(secret))
        site.environment["STRIPE_WEBHOOK_SECRET"] = secret.read_text()
        try:
            yield site
        finally:
            site.stop()


def wait_for(condition: Any, what: str, *, seconds: float = PATIENCE_SECONDS) -> Any:
    """Return the condition's first true answer; raises NeverHappened."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := condition():
            return answer
        time.sleep(0.05)
    raise NeverHappened(f"waited {seconds} s for {what}")


def _fresh_database(name: str) -> str:
    """Return the address of a new database with all tables, copied from a migrated one."""
    server = os.environ["TEST_DATABASE_URL"]
    with psycopg.connect(server, autocommit=True) as connection:
        # Two test processes may come here at once; one migrates, the other waits.
        connection.execute("SELECT pg_advisory_lock(7301)")
        rows = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [TEMPLATE])
        if rows.fetchone() is None:
            connection.execute(f"CREATE DATABASE {TEMPLATE}")
            _prepare_template(_named(server, TEMPLATE))
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    return _named(server, name)


def _prepare_template(url: str) -> None:
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "TWINFUND_MODE": "demo",
        "STATIC_ROOT": str(ROOT / "var" / "test-static"),
    }
    _manage(environment, "migrate", "--no-input", "-v", "0")
    _manage(environment, "collectstatic", "--no-input", "-v", "0")


def _manage(environment: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _named(url: str, database: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))
