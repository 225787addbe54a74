"""What all tests stand on: no network but loopback, a ledger that can be emptied, a sandbox."""

import socket
from functools import cache

import pytest
from hypothesis import settings as drawing

from tests.sizes import PROFILE

drawing.load_profile(PROFILE)


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


# Written once, when the tables are made; no test changes them.
LASTING_TABLES = {"django_migrations", "django_content_type", "auth_permission", "django_site"}
TABLES_OF_JOBS = ["procrastinate_events", "procrastinate_jobs", "procrastinate_periodic_defers"]


@cache
def emptying() -> str:
    """Return what empties every table, the ledger too, which refuses everybody else.

    The tests' own database role is a superuser; its session puts the triggers aside. To delete
    the few rows of a test is twenty times as fast as to cut all tables off, as Django does.
    """
    from django.db import connection

    tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
    emptied = [*TABLES_OF_JOBS, *sorted(set(tables) - LASTING_TABLES)]
    deletes = [f'DELETE FROM "{table}"' for table in emptied]  # noqa: S608  # our own names
    return "; ".join(["SET LOCAL session_replication_role = replica", *deletes])


def empty_database() -> None:
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(emptying())


_modules_that_keep: list[str] = []


@pytest.fixture(scope="session", autouse=True)
def database_is_emptied_after_tests_that_commit():
    from django.test import TransactionTestCase

    def end(_):
        if not _modules_that_keep:
            empty_database()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", end)
        yield


@pytest.fixture(scope="module")
def lasting_database(request, django_db_setup, django_db_blocker):
    """Let the tests of a module fill one database together; it is emptied at their end."""
    _modules_that_keep.append(request.module.__name__)
    yield
    _modules_that_keep.clear()
    with django_db_blocker.unblock():
        empty_database()


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
def nobody_has_read():
    """Let no test have read pages for the next: all of them come from one network."""
    from backend.throttles.reading import forget_reads

    forget_reads()


@pytest.fixture(autouse=True)
def english():
    """Begin and end each test in English, whatever a page test has switched to."""
    from django.utils import translation

    translation.activate("en")
    yield
    translation.activate("en")
