"""What the tests of the account's pages stand on."""

import pytest


@pytest.fixture(autouse=True)
def no_collected_files(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path
