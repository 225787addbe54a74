"""Start the sandbox: `python -m sandbox --port 8420 --folder var/sandbox`."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import socket
import sys
from pathlib import Path

from sandbox.running import Options
from sandbox.safety import UnsafePlace, check_place


def main() -> int:
    """Read the options, refuse an unsafe place, serve until stopped."""
    wanted = _parser().parse_args()
    logging.basicConfig(level=logging.WARNING, format="sandbox: %(message)s")
    try:
        check_place(os.environ, host=wanted.host, allow_host=wanted.allow_host)
        _check_port(wanted.host, wanted.port)
    except (UnsafePlace, OSError) as refusal:
        print(refusal, file=sys.stderr)
        return 2
    url = wanted.public_url or f"http://{wanted.public_host}:{wanted.port}"
    options = Options(
        folder=wanted.folder,
        port=wanted.port,
        host=wanted.host,
        public_url=url.rstrip("/"),
        strict=wanted.strict or os.environ.get("SANDBOX_STRICT") == "1",
        description_folder=wanted.description_folder,
    )
    asyncio.run(_serve(options))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox", description="A stand-in for Stripe. No money moves."
    )
    port = int(os.environ.get("SANDBOX_PORT") or 8420)
    parser.add_argument("--port", type=int, default=port, help="where to listen (%(default)s)")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument(
        "--allow-host", action="store_true", help="allow an address other than this computer's"
    )
    parser.add_argument(
        "--public-host", default="localhost", help="name in the pages' addresses (%(default)s)"
    )
    parser.add_argument("--public-url", default="", help="the pages' whole address, behind a proxy")
    parser.add_argument(
        "--folder", type=Path, default=Path("var/sandbox"), help="where to keep everything"
    )
    parser.add_argument(
        "--description-folder",
        type=Path,
        help="where to keep what was read of the SDK (the folder)",
    )
    parser.add_argument(
        "--strict", action="store_true", help="check every answer too, as the tests do"
    )
    return parser


def _check_port(host: str, port: int) -> None:
    """Say in one sentence that a port is taken; raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError as error:
            raise OSError(
                f"Port {port} on {host} is taken or not allowed ({error.strerror})."
            ) from error


async def _serve(options: Options) -> None:
    from granian.constants import Interfaces
    from granian.server.embed import Server

    from sandbox.app import make_app

    server = Server(
        make_app(options),
        address=options.host,
        port=options.port,
        interface=Interfaces.ASGI,
        log_enabled=False,
    )
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, server.stop)
    print(f"The sandbox is at {options.public_url}. No money moves.", flush=True)
    await server.serve()


if __name__ == "__main__":
    sys.exit(main())
