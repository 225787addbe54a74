"""One site for all tests that kill its processes or press it from many sides."""

import pytest

from tests.running_site import running_site


@pytest.fixture(scope="package")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("campaign")
    with running_site(
        folder,
        name="campaign",
        STRIPE_PULL_SECONDS="4",
        STRIPE_SWEEP_SECONDS="3",
        CHARGE_BROKEN_OFF_SECONDS="2",
        CHARGING_HANDS="2",
    ) as site:
        site.sandbox.control("settings", {"first_retry_seconds": 0.5, "retry_factor": 1.0})
        yield site


@pytest.fixture
def open_site(site):
    """The site with web and worker running; whatever a test killed is running again."""
    site.start_web()
    site.start_worker()
    yield site
    site.sandbox.control("deliveries/disturb", {"drop_all": False})
    site.stop()
    site.sandbox.assert_no_violations()
