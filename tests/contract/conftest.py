"""Each test of the contract runs once for each side that this run has."""

import os

import pytest

from tests.contract.sides import (
    OUR_KEY,
    OURS,
    Side,
    client_for,
    sides,
    stripes_key,
    write_differences,
)
from tests.sandbox_process import running_sandbox


@pytest.fixture(scope="session")
def both_sides(tmp_path_factory):
    with running_sandbox(tmp_path_factory.mktemp("contract")) as sandbox:
        both = {OURS: Side(OURS, client_for(sandbox.url, OUR_KEY))}
        for name in sides(os.environ)[1:]:
            address = os.environ.get("STRIPE_TEST_ADDRESS")
            both[name] = Side(name, client_for(address, stripes_key(os.environ)))
        yield both
        sandbox.assert_no_violations()
        write_differences(both)


@pytest.fixture(params=sides(os.environ))
def side(request, both_sides, monkeypatch):
    if request.param != OURS:
        monkeypatch.undo()  # this one side lies outside of the machine
    return both_sides[request.param]
