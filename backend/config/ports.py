"""Whether the demo's ports are free, asked before anything starts."""

import contextlib
import errno
import socket

ADDRESSES = ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))


class PortTaken(Exception):
    """Another program holds the port; the text names the variable that chooses another one."""


def check_port(*, number: int, variable: str) -> None:
    """Raise PortTaken if this port of this machine cannot be opened.

    Both loopback addresses count: a browser that is told `localhost` may try either.
    """
    for family, address in ADDRESSES:
        if listens(family, address, number) or is_held(family, address, number):
            raise PortTaken(
                f"Port {number} is taken by another program: choose another one, for example"
                f" `make demo {variable}={number + 1}`."
            )


def listens(family: socket.AddressFamily, address: str, number: int) -> bool:
    """Tell whether somebody takes a connection to the port `number` at `address`."""
    with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        probe.connect((address, number))
        return True
    return False


def is_held(family: socket.AddressFamily, address: str, number: int) -> bool:
    """Tell whether the port `number` at `address` cannot be opened.

    A machine without IPv6 has nothing to open there, so nobody holds it.
    """
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            # A connection that ended a moment ago does not hold the port.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((address, number))
    except OSError as error:
        return error.errno in {errno.EADDRINUSE, errno.EACCES}
    return False
