"""A real browser before the real site: web, worker and sandbox as people start them.

All modules of this folder share one site with the whole demonstration loaded, and with one project
that nobody has given to, `well-for-cotonou`.
"""

import pytest

from tests.campaign.rows import add_project
from tests.running_site import running_site


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("journeys")
    with running_site(folder, name="journeys", STRIPE_PULL_SECONDS="5") as site:
        site.manage("load_demo")
        add_project(site, slug="well-for-cotonou")
        site.start_web()
        site.start_worker()
        yield site
        site.sandbox.assert_no_violations()
