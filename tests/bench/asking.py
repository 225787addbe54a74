"""A client that costs little: kept connections, requests written out beforehand."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

TIMEOUT_SECONDS = 60


class WrongAnswer(AssertionError):
    """A server did not answer what the bench asked for; the text holds the beginning."""


@dataclass(frozen=True)
class Answer:
    """One answer, its headers in small letters."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Line:
    """A kept connection to a server on this machine."""

    port: int
    _socket: socket.socket | None = field(default=None, init=False)

    def ask(self, request: bytes) -> Answer:
        """Return the whole answer; a connection that was closed since is opened anew."""
        try:
            return self._asked(request)
        except (ConnectionError, BrokenPipeError):
            self.close()
            return self._asked(request)

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _asked(self, request: bytes) -> Answer:
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self.port), TIMEOUT_SECONDS)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(request)
        return self._read(self._socket)

    def _read(self, source: socket.socket) -> Answer:
        got = b""
        while b"\r\n\r\n" not in got:
            got += self._more(source)
        head, _, body = got.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {
            name.lower(): value for name, _, value in (line.partition(": ") for line in lines)
        }
        if headers.get("transfer-encoding") == "chunked":
            while not body.endswith(b"0\r\n\r\n"):
                body += self._more(source)
        else:
            while len(body) < int(headers.get("content-length", 0)):
                body += self._more(source)
        return Answer(int(first.split(" ")[1]), headers, body)

    def _more(self, source: socket.socket) -> bytes:
        got = source.recv(1 << 18)
        if not got:
            raise ConnectionResetError("the server closed the connection")
        return got


def written(
    path: str, *, headers: dict[str, str] | None = None, body: bytes | None = None
) -> bytes:
    """Return a request as bytes: GET, or POST where there is a body."""
    lines = [f"{'GET' if body is None else 'POST'} {path} HTTP/1.1", "Host: localhost"]
    lines += ["Accept-Encoding: gzip", "Accept: text/html,application/json"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + (body or b"")


@contextmanager
def lines_to(port: int, number: int = 2) -> Iterator[list[Line]]:
    """Give kept connections, one for each worker process of a server."""
    lines = [Line(port) for _ in range(number)]
    try:
        yield lines
    finally:
        for line in lines:
            line.close()


def ask_for(
    lines: list[Line], requests: Callable[[], bytes], *, seconds: float, right: int
) -> tuple[int, float]:
    """Ask over all lines at once for so long; return how many answers came and in what time.

    Raises WrongAnswer if one has another status than `right`.
    """
    ends_at = time.monotonic() + seconds
    counts = [0] * len(lines)
    wrong: list[Answer] = []

    def run(place: int) -> None:
        while time.monotonic() < ends_at and not wrong:
            answer = lines[place].ask(requests())
            if answer.status != right:
                wrong.append(answer)
                return
            counts[place] += 1

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(lines))]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong:
        raise WrongAnswer(f"{wrong[0].status}: {wrong[0].body[:300]!r}")
    return sum(counts), time.monotonic() - began
