"""The ground of a test run: its environment, and a PostgreSQL of its own.

A plugin of pytest (see pyproject.toml), because settings read the environment before any
conftest is looked at. Processes of a parallel run use the server of the process that began it.
"""

import os
import tempfile
from pathlib import Path

os.environ["TWINFUND_MODE"] = "test"
# The browser's driver keeps a loop running in the process whose tests share it; Django would take
# that for a view of its own kind and refuse the database to the tests that follow.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
os.environ["STRIPE_WEBHOOK_SECRET"] = "whsec_only_for_the_tests_of_this_run"
for name in ("STRIPE_SECRET_KEY", "STRIPE_API_BASE", "SITE_URL", "PORT", "SANDBOX_PORT"):
    os.environ.pop(name, None)

from backend.config.embedded import EmbeddedPostgres  # noqa: E402  # reads the environment above


def _started() -> EmbeddedPostgres | None:
    if os.environ.get("TEST_DATABASE_URL"):
        os.environ["DATABASE_URL"] = os.environ["TEST_DATABASE_URL"]
        return None
    folder = Path(tempfile.mkdtemp(prefix="twinfund-tests-"))
    folder.chmod(0o755)
    server = EmbeddedPostgres(folder, durable=False)
    os.environ["DATABASE_URL"] = os.environ["TEST_DATABASE_URL"] = server.start()
    return server


_server = _started()


def pytest_unconfigure(config: object) -> None:
    """End the server that this run started."""
    if _server is not None:
        _server.stop()
