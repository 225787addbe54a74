"""One sandbox for all tests of it, emptied before each; every answer it gives is checked."""

import pytest
import stripe

from tests.sandbox.receiver import Receiver
from tests.sandbox.steps import client_of
from tests.sandbox_process import running_sandbox


@pytest.fixture(scope="session")
def program(tmp_path_factory):
    with running_sandbox(tmp_path_factory.mktemp("own-sandbox")) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(program):
    program.control("reset", {"confirm": True})
    program.control("settings", {"first_retry_seconds": 0.1, "retry_factor": 1.0})
    yield program
    program.assert_no_violations()


@pytest.fixture
def client(sandbox) -> stripe.StripeClient:
    return client_of(sandbox)


@pytest.fixture
def receiver():
    with Receiver() as listening:
        yield listening
