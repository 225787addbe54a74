"""Rounds over all candidates, so that whatever else the machine does meets them all alike."""

from dataclasses import dataclass, field
from statistics import median

from tests.bench.asking import ask_for, lines_to, written
from tests.bench.candidates import Candidate
from tests.bench.processes import family, processor_seconds
from tests.bench.servers import Server


@dataclass
class Measured:
    """What one candidate cost on one server, a figure a round."""

    candidate: Candidate
    server: Server
    milliseconds: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    queries: int = 0
    calls: int = 0

    @property
    def cost(self) -> float:
        """Processor time of the server and of the database for one request, in ms."""
        return median(self.milliseconds)

    @property
    def rate(self) -> float:
        """Answers a second."""
        return median(self.rates)


def measure(wanted: list[Measured], postmaster: int, *, rounds: int, seconds: float) -> None:
    """Ask everything in turn, `rounds` times for `seconds` each; the first round warms up."""
    for number in range(rounds + 1):
        for row in wanted:
            spent, rate = _asked(row, postmaster, seconds if number else seconds / 2)
            if number:
                row.milliseconds.append(spent)
                row.rates.append(rate)
    for row in wanted:
        _count(row)


def _asked(row: Measured, postmaster: int, seconds: float) -> tuple[float, float]:
    numbers = [*row.server.numbers(), *family(postmaster)]
    with lines_to(row.server.port) as lines:
        for line in lines:
            line.ask(row.candidate.request())
        before = processor_seconds(numbers)
        answers, took = ask_for(
            lines, row.candidate.request, seconds=seconds, right=row.candidate.right
        )
        spent = processor_seconds(numbers) - before
    return spent / max(answers, 1) * 1000, answers / took


def _count(row: Measured) -> None:
    """Ask once more, and have the statements and the calls to the outside counted."""
    head, body = row.candidate.request().split(b"\r\n\r\n", 1)
    with lines_to(row.server.port, 1) as (line,):
        answer = line.ask(head + b"\r\nX-Bench-Count: 1\r\n\r\n" + body)
    row.queries = int(answer.headers.get("x-bench-queries", 0))
    row.calls = int(answer.headers.get("x-bench-calls", 0))


def one_page(server: Server, path: str) -> bytes:
    """Return the body of a page."""
    with lines_to(server.port, 1) as (line,):
        return line.ask(written(path)).body
