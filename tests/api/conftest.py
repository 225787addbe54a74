"""What the tests of the API stand on."""

import pytest
from django.test import Client


@pytest.fixture(autouse=True)
def only_the_api(settings, tmp_path):
    settings.ROOT_URLCONF = "tests.api.urls"
    settings.STATIC_ROOT = tmp_path  # collected files are not needed here


@pytest.fixture
def api():
    """A client that shows errors as answers, as a program would see them."""
    return Client(raise_request_exception=False)
