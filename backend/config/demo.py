"""`make demo`: the whole site on one machine, from nothing to an address to open.

It starts PostgreSQL, prepares the data, starts sandbox, web and worker, keeps them alive, and ends
them all when it is told to end. Nothing else starts or ends any of them.
"""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from types import FrameType
from typing import NoReturn

from backend.common.progress import signs_of_life
from backend.config.catalogues import compile_catalogues
from backend.config.children import Child, end_all, ends_with_parent
from backend.config.embedded import EmbeddedPostgres
from backend.config.locks import DemoRunning, only_demo_of
from backend.config.plan import ROOT, SHARED, Plan
from backend.config.ports import PortTaken, check_port
from backend.config.running import answers, forget_running, remember_running
from backend.config.server_account import EmbeddedRefused
from backend.config.steps import (
    DemoRefused,
    collect_static_files,
    read_text,
    register_webhook,
    run_python,
    wait_until_it_answers,
)

LOOK_SECONDS = 0.1


class Told(BaseException):
    """Somebody told the demo to end: Ctrl-C, SIGTERM, or the terminal is gone."""


class Demo:
    """The running demo: its database and its children."""

    def __init__(self, plan: Plan, caller: Mapping[str, str]) -> None:
        """Take the plan and the caller's environment; nothing starts yet."""
        self.plan = plan
        self.caller = caller
        self.children: list[Child] = []
        self.environment: dict[str, str] = {}

    def run(self) -> NoReturn:
        """Prepare everything, open the site and keep it alive until told to end."""
        with self._database() as url, self._ending_children():
            self.environment = self.plan.environment(self.caller, url)
            self._prepare()
            self._open()
            self._welcome()
            self._watch()

    @contextlib.contextmanager
    def _database(self) -> Iterator[str]:
        if self.plan.database_url:
            if not answers(self.plan.database_url):
                raise DemoRefused("The database that DATABASE_URL names does not let us in.")
            yield self.plan.database_url
            return
        server = EmbeddedPostgres(self.plan.var / "postgres")
        if server.notice:
            say(server.notice)
        try:
            with signs_of_life("Starting PostgreSQL …"):
                url = server.start()
            yield url
        finally:
            server.stop()

    @contextlib.contextmanager
    def _ending_children(self) -> Iterator[None]:
        try:
            yield
        finally:
            forget_running(self.plan.var)
            end_all(self.children)

    def _prepare(self) -> None:
        """Bring translations, files and database up to date; the sandbox opens meanwhile."""
        self._start("sandbox")
        with signs_of_life("Preparing translations and files …"):
            compile_catalogues(ROOT)
            collect_static_files(root=ROOT, var=self.plan.var, environment=self.environment)
        run_python("-m", "backend.config.prepare", environment=self.environment)
        self._wait_for("sandbox", self.plan.sandbox_port, "/_sandbox/health")
        secret = self.plan.var / "webhook-secret"
        register_webhook(
            url=self.plan.webhook_address,
            secret=secret,
            environment=self.environment,
            port=self.plan.sandbox_port,
        )
        self.environment["STRIPE_WEBHOOK_SECRET"] = read_text(secret)

    def _open(self) -> None:
        """Start worker and web, and wait for the site's first answer."""
        with signs_of_life("Opening the site …"):
            self._start("worker")
            self._start("web")
            self._wait_for("web", self.plan.port, "/healthz")
        shared = {name: self.environment[name] for name in SHARED}
        remember_running(self.plan.var, shared)

    def _start(self, name: str) -> None:
        log = self.plan.var / "log" / f"{name}.log"
        log.unlink(missing_ok=True)
        # Orphaned, web has to end processes of its own; the others would wait for a database that
        # ended at the same moment.
        orphaned_by = signal.SIGTERM if name == "web" else signal.SIGKILL
        child = Child(name, self.plan.command(name), dict(self.environment), log, orphaned_by)
        self.children.append(child)
        child.start()

    def _wait_for(self, name: str, port: int, path: str) -> None:
        log = self.plan.var / "log" / f"{name}.log"
        wait_until_it_answers(name=name, port=port, path=path, log=log)

    def _welcome(self) -> None:
        say(f"\nTwinfund is open: {self.plan.address}\n")
        sign_ins = read_text(self.plan.var / "demo-sign-ins.txt")
        if sign_ins:
            say(sign_ins + "\n")
        say(f"Logs: {self.plan.var / 'log'}. Ctrl-C ends the demo.")

    def _watch(self) -> NoReturn:
        while True:
            for child in self.children:
                line = child.keep_alive()
                if line:
                    say(line)
            time.sleep(LOOK_SECONDS)  # A signal ends the sleep.


def say(text: str) -> None:
    """Print `text` at once, also where the output is a file."""
    print(text, flush=True)


def end_when_told(number: int, frame: FrameType | None) -> NoReturn:
    """End the demo; a second Ctrl-C does not disturb the ending."""
    for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, signal.SIG_IGN)
    raise Told


def end_with_make() -> None:
    """Have the kernel tell us to end when the `make` that started us is killed."""
    ask_the_kernel = ends_with_parent()
    if "MAKELEVEL" in os.environ and ask_the_kernel is not None:
        ask_the_kernel()


def main() -> None:
    """Run the demo; whatever is in its way is said in one sentence."""
    os.chdir(ROOT)
    end_with_make()
    for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, end_when_told)
    try:
        plan = Plan.of(os.environ)
        with only_demo_of(plan.var):
            check_port(number=plan.port, variable="PORT")
            check_port(number=plan.sandbox_port, variable="SANDBOX_PORT")
            Demo(plan, os.environ).run()
    except (DemoRefused, DemoRunning, EmbeddedRefused, PortTaken) as refusal:
        sys.exit(str(refusal))
    except Told:
        say("\nThe demo has ended; its data stay for the next start.")


if __name__ == "__main__":
    main()
