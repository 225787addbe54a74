"""A real browser before the real site: web, worker and sandbox as people start them."""

import pytest

from tests.campaign.rows import OPEN_PROJECT
from tests.running_site import running_site

BENIN = """
from tests.factories import a_city
home = a_city(slug="ostend-be", name="Ostend", folded_name="ostend")
twin = a_city(slug="cotonou-bj", name="Cotonou", folded_name="cotonou", country="BJ",
    latitude=6.37, longitude=2.43, time_zone="Africa/Porto-Novo",
    search_text="cotonou benin benin benin")
"""


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("journeys")
    with running_site(folder, name="journeys", STRIPE_PULL_SECONDS="5") as site:
        row = OPEN_PROJECT.format(slug="well-for-cotonou", currency="EUR")
        site.shell(BENIN + row.replace("goal_minor", "home_city=home, twin_city=twin, goal_minor"))
        site.start_web()
        site.start_worker()
        yield site
