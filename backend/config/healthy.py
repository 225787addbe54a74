"""Asks an address of this container whether it answers: `python -m backend.config.healthy URL`.

The containers hold no curl; this is their health check.
"""

import http.client
import sys
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 4


def is_healthy(url: str) -> bool:
    """Tell whether `url` answers with 200."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", parts.path or "/")
        return connection.getresponse().status == http.client.OK
    except OSError:
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(0 if is_healthy(sys.argv[1]) else 1)
