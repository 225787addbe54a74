"""How far work has come is said, in a terminal and in a log.

Planted and seen to fall: dots in a log, no dot on a terminal, a clock left running.
"""

import io
import os
import pty
import signal
import time

from backend.common.progress import progress, signs_of_life, silently


class ATerminal(io.StringIO):
    def isatty(self):
        return True


class TestProgress:
    def test_passes_every_step_on(self):
        assert list(progress(iter("abc"), 3, "Reading", io.StringIO())) == ["a", "b", "c"]

    def test_writes_four_lines_into_a_log(self):
        out = io.StringIO()

        list(progress(range(1000), 1000, "Reading", out))

        assert out.getvalue().splitlines() == [
            "Reading: 250 of 1,000",
            "Reading: 500 of 1,000",
            "Reading: 750 of 1,000",
            "Reading: 1,000 of 1,000",
        ]

    def test_moves_a_bar_on_a_terminal(self):
        out = ATerminal()

        list(progress(range(10), 10, "Reading", out))

        assert out.getvalue().endswith(f"\rReading [{'#' * 30}] 10 of 10\n")
        assert out.getvalue().count("\n") == 1

    def test_speaks_on_standard_error_unless_told_otherwise(self, capsys):
        list(progress([1], 1, "Reading"))

        assert capsys.readouterr() == ("", "Reading: 1 of 1\n")

    def test_of_nothing_ends_at_once(self):
        out = io.StringIO()

        assert list(progress([], 0, "Reading", out)) == []
        assert out.getvalue() == "Reading: 0 of 0\n"


class TestSilently:
    def test_passes_every_step_on(self):
        assert list(silently([1, 2], 2, "Reading")) == [1, 2]


class TestSignsOfLife:
    def test_is_one_line_in_a_log(self):
        out = io.StringIO()

        with signs_of_life("Working …", out):
            pass

        assert out.getvalue() == "Working …\n"

    def test_adds_a_dot_a_second_on_a_terminal(self):
        ours, theirs = pty.openpty()

        with os.fdopen(theirs, "w") as out, signs_of_life("Working …", out):
            time.sleep(1.2)

            said = os.read(ours, 1000).decode()

        os.close(ours)
        assert said == "Working …."

    def test_leaves_no_clock_running(self):
        ours, theirs = pty.openpty()
        before = signal.getsignal(signal.SIGALRM)

        with os.fdopen(theirs, "w") as out, signs_of_life("Working …", out):
            pass

        os.close(ours)
        assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
        assert signal.getsignal(signal.SIGALRM) == before
