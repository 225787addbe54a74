"""What is done to the site while people give: processes killed, the database crashed.

Whatever dies by itself, at a named point or because its database is gone, is started again, as the
demo and every supervisor would.
"""

import random
import re
from collections import Counter
from contextlib import suppress
from subprocess import Popen

import psutil

from backend.config.embedded import EmbeddedPostgres
from tests.campaign.proving.schedule import Blow
from tests.running_site import NeverHappened, RunningSite

WORKERS = 2
# Longer than our side waits for an answer of Stripe's.
HANGS_SECONDS = 11.0
LATE_SECONDS = 4.0
AT_A_POINT = "at a point"
DEATH = re.compile(r"died at (\w+)")


class Striking:
    """The processes of the site, and how often each kind was struck."""

    def __init__(self, site: RunningSite, server: EmbeddedPostgres, seed: int) -> None:
        self.site, self.server = site, server
        self.chance = random.Random(f"striking {seed}")
        self.workers: list[Popen] = []
        self.kills: Counter[str] = Counter()
        self.crashes = 0
        self._seen: Counter[str] = Counter()
        self._is_late = False

    def start(self) -> None:
        self.site.start_web()
        self.workers = [self._started() for _ in range(WORKERS)]

    def stop(self) -> None:
        for worker in self.workers:
            self.site.kill(worker)
        self.site.kill(self.site.web)

    def rest(self) -> None:
        """Have everything run as it should, with nothing armed any more."""
        self.look()
        self._restart_web()
        for place in range(len(self.workers)):
            self._replace(place)

    def look(self) -> None:
        """Start again what died since the last look, and count what died at its point."""
        # An armed server's first process outlives the one that died, so its last word tells.
        if self._died_at_point("web") or self.site.web is None or self.site.web.poll() is not None:
            self._restart_web()
        self._died_at_point("worker")
        for place, worker in enumerate(self.workers):
            if worker.poll() is not None:
                self._replace(place)

    def _died_at_point(self, process: str) -> int:
        log = self.site.logs / f"{process}.log"
        told = len(DEATH.findall(log.read_text(errors="replace"))) if log.exists() else 0
        died = told - self._seen[process]
        self._seen[process] = told
        self.kills[f"{process} {AT_A_POINT}"] += died
        return died

    def points(self) -> dict[str, int]:
        """Return at which named points processes died, and how many."""
        logs = [log.read_text(errors="replace") for log in self.site.logs.glob("*.log")]
        return dict(Counter(point for log in logs for point in DEATH.findall(log)))

    def strike(self, blow: Blow) -> None:
        """Do one thing to the site."""
        self.look()
        getattr(self, f"strike_{blow.kind}")(blow.point)

    def strike_worker(self, point: str) -> None:
        self.kills["worker"] += 1
        self._replace(self.chance.randrange(len(self.workers)), point)

    strike_worker_at_point = strike_worker

    def strike_web_process(self, _: str) -> None:
        """Kill one of the server's processes; the server itself starts another."""
        assert self.site.web is not None
        with suppress(psutil.NoSuchProcess):
            served_by = psutil.Process(self.site.web.pid).children(recursive=True)
            if served_by:
                self.chance.choice(served_by).kill()
                self.kills["web process"] += 1

    def strike_web(self, point: str) -> None:
        self.kills["web"] += 1
        self._restart_web(point)

    strike_web_at_point = strike_web

    def strike_both(self, _: str) -> None:
        self.kills["worker"] += len(self.workers)
        for worker in self.workers:
            self.site.kill(worker)
        self.strike_web("")
        self.workers = [self._started() for _ in range(WORKERS)]

    def strike_database(self, _: str) -> None:
        """Crash the database as a power cut does; it recovers what was committed."""
        self.crashes += 1
        self.server.restart(immediate=True)

    def strike_silence(self, _: str) -> None:
        """Let Stripe answer one call later than we wait, with and without its effect."""
        kind = self.chance.choice(["delay_before", "delay_after"])
        fault = {"kind": kind, "verb": "post", "seconds": HANGS_SECONDS}
        self.site.sandbox.control("faults/next", fault)

    def strike_late(self, _: str) -> None:
        """Hold deliveries back for a while, or no longer."""
        self._is_late = not self._is_late
        self.site.sandbox.control(
            "deliveries/disturb", {"delay_seconds": LATE_SECONDS * self._is_late}
        )

    def _replace(self, place: int, point: str = "") -> None:
        self.site.kill(self.workers[place])
        self.workers[place] = self._started(point)

    def _started(self, point: str = "") -> Popen:
        self.site.start_worker(crashpoint=point)
        assert self.site.worker is not None
        return self.site.worker

    def _restart_web(self, point: str = "") -> None:
        self.site.kill(self.site.web)
        with suppress(NeverHappened):
            # Where it dies at its point before it is asked, the next look starts it again.
            self.site.start_web(crashpoint=point)
