"""A child that dies starts again, and none outlives the one that started it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from backend.config.children import FIRST_WAIT_SECONDS, Child, end_all
from tests.backend.config.waiting import wait_until

SLEEPS = [sys.executable, "-c", "import time; time.sleep(60)"]
DEAF = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(grandchild.pid, flush=True)
time.sleep(60)
"""
PARENT = """
import sys, time
from pathlib import Path
from backend.config.children import Child
child = Child("child", [sys.executable, "-c", "import time; time.sleep(60)"], {}, Path(sys.argv[1]))
child.start()
print(child.number, flush=True)
time.sleep(60)
"""


def lives(number: int) -> bool:
    try:
        return psutil.Process(number).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.fixture
def children(tmp_path: Path) -> Iterator[Callable[..., Child]]:
    made: list[Child] = []

    def a_child(*command: str) -> Child:
        child = Child("web", command or SLEEPS, os.environ, tmp_path / "log" / "web.log")
        made.append(child)
        return child

    yield a_child
    for child in made:
        child.end(deadline=0)


class TestAChild:
    def test_is_left_alone_while_it_lives(self, children):
        child = children()
        child.start()
        number = child.number

        assert child.keep_alive() == ""
        assert child.number == number

    def test_that_is_killed_is_named_and_starts_again(self, children):
        child = children()
        child.start()
        number = child.number
        os.kill(number, signal.SIGKILL)
        wait_until(lambda: child.ending() is not None)

        line = child.keep_alive()

        assert line.startswith("web ended (SIGKILL) and starts again")
        wait_until(lambda: child.keep_alive() == "" and child.ending() is None)
        assert child.number != number

    def test_that_keeps_dying_waits_longer_each_time(self, children):
        child = children(sys.executable, "-c", "raise SystemExit(3)")
        child.start()
        wait_until(lambda: child.ending() is not None)
        assert "(code 3)" in child.keep_alive()
        first = child.wait_seconds
        wait_until(lambda: child.keep_alive() != "")

        assert FIRST_WAIT_SECONDS < first < child.wait_seconds

    def test_leaves_its_last_words_in_its_log(self, children):
        child = children(sys.executable, "-c", "print('no such port')")

        child.start()

        wait_until(lambda: child.ending() is not None)
        assert child.log.read_text() == "no such port\n"

    def test_that_does_not_listen_is_ended_with_all_it_started(self, children):
        child = children(sys.executable, "-c", DEAF)
        child.start()
        wait_until(lambda: child.log.read_text() != "")
        grandchild = int(child.log.read_text())

        child.ask_to_end()
        child.end(deadline=time.monotonic() + 0.5)

        assert child.ending() == -signal.SIGKILL
        wait_until(lambda: not lives(grandchild))

    def test_that_was_killed_takes_what_it_started_with_it(self, children):
        child = children(sys.executable, "-c", DEAF)
        child.start()
        wait_until(lambda: child.log.read_text() != "")
        grandchild = int(child.log.read_text())
        os.kill(child.number, signal.SIGKILL)
        wait_until(lambda: child.ending() is not None)

        child.keep_alive()

        wait_until(lambda: not lives(grandchild))


class TestTheParent:
    def test_ends_all_at_once(self, children):
        three = [children(), children(), children()]
        for child in three:
            child.start()

        end_all(three)

        assert [child.ending() for child in three] == [-signal.SIGTERM] * 3

    @pytest.mark.skipif(sys.platform != "linux", reason="only Linux promises it")
    def test_that_is_killed_takes_its_children_with_it(self, tmp_path):
        command = [sys.executable, "-c", PARENT, str(tmp_path / "log")]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as parent:
            assert parent.stdout is not None
            child = int(parent.stdout.readline())
            assert lives(child)

            parent.kill()

            wait_until(lambda: not lives(child))
