"""What all tests stand on: no network but loopback, a ledger that can be emptied, a sandbox."""

import socket

import pytest


class NetworkIsClosed(RuntimeError):
    """A test tried to reach something outside this machine."""


@pytest.fixture(autouse=True)
def only_loopback(monkeypatch):
    real_connect = socket.socket.connect

    def connect(self, address):
        is_outside = self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in (
            "127.0.0.1",
            "::1",
            "localhost",
        )
        if is_outside:
            raise NetworkIsClosed(str(address))
        return real_connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)


@pytest.fixture(scope="session", autouse=True)
def books_can_be_emptied_between_tests():
    """Let the test runner empty the ledger, which refuses everybody else.

    The tests' own database role is a superuser; its session puts the triggers aside for the one
    statement that empties all tables after a test that commits.
    """
    from django.db.backends.postgresql.operations import DatabaseOperations

    emptying = DatabaseOperations.sql_flush

    def sql_flush(self, *args, **kwargs):
        statements = emptying(self, *args, **kwargs)
        jobs = "TRUNCATE procrastinate_jobs, procrastinate_periodic_defers CASCADE"
        return ["SET LOCAL session_replication_role = replica", jobs, *statements]

    DatabaseOperations.sql_flush = sql_flush
    yield
    DatabaseOperations.sql_flush = emptying


@pytest.fixture(scope="session")
def sandbox_program(tmp_path_factory):
    from tests.sandbox_process import running_sandbox

    with running_sandbox(tmp_path_factory.mktemp("sandbox")) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(sandbox_program, settings, monkeypatch):
    """A sandbox that our gateway speaks to; every exchange with it is checked.

    Between two tries Stripe's client waits as long as a person would not notice; a test need not.
    """
    from stripe import HTTPClient

    from backend.payments.gateways import stripe

    monkeypatch.setattr(HTTPClient, "INITIAL_DELAY", 0.01)
    monkeypatch.setattr(HTTPClient, "MAX_DELAY", 0.01)
    settings.STRIPE_API_BASE = sandbox_program.url
    stripe._client.cache_clear()
    yield sandbox_program
    sandbox_program.assert_no_violations()
    stripe._client.cache_clear()


@pytest.fixture(scope="session")
def browser():
    """A browser that all tests of a process share: Playwright allows one a process."""
    from playwright.sync_api import sync_playwright

    from tests.browser import QUIET, chromium

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium(), args=list(QUIET))
        yield opened
        opened.close()


@pytest.fixture(autouse=True)
def english():
    """Begin and end each test in English, whatever a page test has switched to."""
    from django.utils import translation

    translation.activate("en")
    yield
    translation.activate("en")
