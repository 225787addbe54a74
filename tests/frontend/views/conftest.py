"""What the tests of the pages stand on: no page is kept from one test to the next."""

import pytest
from django.core.cache import caches


@pytest.fixture(autouse=True)
def nothing_kept(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path  # collected files are not needed here
    caches["pages"].clear()
    yield
    caches["pages"].clear()
