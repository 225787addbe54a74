"""A web server of a test's own, to which the sandbox delivers its events."""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import stripe

PATIENCE_SECONDS = 10
PAUSE_SECONDS = 0.02


@dataclass(frozen=True)
class Arrived:
    """One delivery as it came in."""

    body: str
    signature: str

    def event(self, secret: str) -> stripe.Event:
        """The event, if the signature is right; raises SignatureVerificationError."""
        return stripe.Webhook.construct_event(self.body, self.signature, secret)


class Receiver:
    """Listens on a free port, answers as told, keeps what arrives."""

    def __init__(self) -> None:
        self.arrived: list[Arrived] = []
        self.answers: list[int] = []
        receiver = self

        class Answering(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                receiver.arrived.append(Arrived(body, self.headers["Stripe-Signature"]))
                status = receiver.answers.pop(0) if receiver.answers else 200
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("Location", receiver.url)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *spoken: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/hook"

    def __enter__(self) -> "Receiver":
        self._thread.start()
        return self

    def __exit__(self, *failed: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def wait_for(self, count: int) -> list[Arrived]:
        """Wait until so many deliveries have arrived, and return them."""
        wait_until(lambda: len(self.arrived) >= count, f"{count} deliveries")
        return self.arrived

    def types(self) -> list[str]:
        """The types of the events that arrived, in the order of arrival."""
        return [json.loads(one.body)["type"] for one in self.arrived]


def wait_until(happened: Callable[[], bool], what: str) -> None:
    """Wait until `happened()`; fails with `what` when patience ends."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not happened():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(PAUSE_SECONDS)
