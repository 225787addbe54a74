"""The API, attacked by schemathesis with what its own description says can be sent, and cannot.

Real HTTP to a server of this process, a running sandbox in Stripe's place. The seed is fixed, so
that a failure can be seen again; API_FUZZ_SEED takes another, API_FUZZ_EXAMPLES more cases.
"""

import os
from collections import Counter
from copy import deepcopy

import pytest
import schemathesis
from django.db import connection
from django.test.testcases import LiveServerThread
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from backend.api.description import described_api
from backend.ledger.operations import credit, debit, post
from backend.money import Money
from tests.api.rows import a_project_open_now
from tests.factories import NOON, a_twinning

EXAMPLES = int(os.environ.get("API_FUZZ_EXAMPLES", "60"))
SEED = int(os.environ.get("API_FUZZ_SEED", "1"))
LEAST_CASES = 1_000
CONFIG = {
    "seed": SEED,
    "generation": {"max-examples": EXAMPLES, "database": "none"},
    "continue-on-failure": True,
    "request-timeout": 30,
    # A body may be right in shape and still be refused: the project raises another currency.
    "checks": {"positive_data_acceptance": {"enabled": False}},
}


def a_small_world():
    for number in range(25):
        project = a_project_open_now(slug=f"p{number}")
    a_twinning(
        city_a=project.home_city, city_b=project.twin_city, kind="twin_town", state="confirmed"
    )
    gift = Money(2500, "EUR")
    post(
        kind="pledge_settled",
        reference="pledge:1",
        chain=project.chain,
        lines=[debit("stripe:x:EUR", gift), credit(f"{project.chain}:gifts", gift)],
        at=NOON,
    )


def attack(address):
    """Return how often each operation answered with each status, and what was found wrong."""
    config = SchemathesisConfig.from_dict(CONFIG)
    config.projects.override.base_url = address
    schema = schemathesis.openapi.from_dict(deepcopy(described_api()), config=config)
    statuses, found = Counter(), []
    for event in from_schema(schema).execute():
        if isinstance(event, events.NonFatalError | events.FatalError):
            found.append(str(event))
        if isinstance(event, events.ScenarioFinished | events.FuzzScenarioFinished):
            recorder = event.recorder
            for case_id, interaction in recorder.interactions.items():
                label = recorder.cases[case_id].value.operation.label
                statuses[label, interaction.response and interaction.response.status_code] += 1
            found += [
                f"{recorder.cases[case_id].value.operation.label} {check.name}: "
                f"{check.failure_info.failure.message}\n{check.failure_info.code_sample}"
                for case_id, checks in recorder.checks.items()
                for check in checks
                if check.failure_info
            ]
    return statuses, found


@pytest.fixture
def address(only_the_api):
    """Serve the API by HTTP from this process; yields where."""
    server = LiveServerThread("127.0.0.1", static_handler=lambda application: application)
    server.start()
    server.is_ready.wait()
    assert server.error is None
    yield f"http://127.0.0.1:{server.port}"
    server.terminate()
    # The server's threads wait on kept-alive connections and would keep the test database in use.
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.mark.django_db(transaction=True)
class TestFuzz:
    def test_finds_no_answer_that_is_not_described(self, address, sandbox):
        a_small_world()

        statuses, found = attack(address)

        print(statuses)
        reached = {label for label, status in statuses if status and 200 <= status < 300}
        assert found == []
        assert sum(statuses.values()) >= LEAST_CASES
        assert reached == {
            f"{method.upper()} {path}"
            for path, operations in described_api()["paths"].items()
            for method in operations
        }
        assert not [status for _, status in statuses if status is None or status >= 500]
