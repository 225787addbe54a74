"""The import contracts of pyproject.toml: the tree keeps them, and each falls when it is broken.

Each break is one line in one file of a copy of the tree, checked by import-linter as a program,
exactly as `make test` does. A contract without a break here fails, and so does an app that
no contract speaks of.

Planted and seen to fall: `exhaustive` taken from the stair; `backend.mail` taken from the
containers of the inside; a contract's name changed; `sandbox` taken from the sources that may not
import stripe; `django` taken from what the sandbox may not import; `include_external_packages`
off; `import frontend.markdown` in backend/pledges/queries.py.
"""

import re
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.architecture.trees import ROOT, changed, copied_sources

LINT = Path(sys.executable).parent / "lint-imports"
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"][
    "contracts"
]
NAMES = [contract["name"] for contract in CONTRACTS]
APPS = sorted(
    folder.name for folder in (ROOT / "backend").iterdir() if (folder / "__init__.py").is_file()
)

STAIR = "Layers: high imports low, siblings joined by | do not know each other"
NO_PAGES = "The backend never imports the frontend"
ALONE = "The sandbox stands alone"
UNKNOWN = "Nobody imports the sandbox"
PAGES = "Pages speak to domain apps through queries and operations, not models or the API"
AMONG_PAGES = "Among pages: addresses, then views, then forms and drawings, then words"
NO_REST = "The domain and the pages know nothing of the API framework"
BY_NAME = "Jobs are enqueued by name, and what is done imports no door"
QUEUE = "Only the queue imports procrastinate"
GATEWAY = "Only the Stripe gateway imports stripe"
PLAIN = "Money is plain Python"
INSIDE = "Inside an app: doors, then operations, then queries, then models"
ONE_PAGE = "One page module does not import another"


@dataclass(frozen=True)
class Break:
    """A line added to a file, and the contracts that it breaks; no others may fall."""

    file: str
    line: str
    broken: tuple[str, ...]


BREAKS = [
    # Up the stair, across a floor, by a detour, and an app that has chosen no floor.
    Break("backend/ledger/queries.py", "import backend.pledges.queries", (STAIR,)),
    Break("backend/payments/queries.py", "import backend.projects.queries", (STAIR,)),
    Break("backend/cities/queries.py", "import backend.ledger.queries", (STAIR,)),
    Break("backend/events/bus.py", "import backend.jobs.queue", (STAIR,)),
    Break("backend/common/ids.py", "import backend.money.display", (STAIR,)),
    Break("backend/newcomer/__init__.py", '"""An app without a floor."""', (STAIR,)),
    Break("backend/reports/queries.py", "import frontend.places", (NO_PAGES,)),
    Break("backend/mail/operations.py", "def late():\n    import frontend.markdown", (NO_PAGES,)),
    Break("sandbox/form.py", "import backend.money", (ALONE,)),
    Break("sandbox/form.py", "import frontend.markdown", (ALONE,)),
    Break("sandbox/form.py", "import django.conf", (ALONE,)),
    Break("backend/payments/gateways/stripe.py", "import sandbox.ids", (UNKNOWN,)),
    Break("frontend/views/demo.py", "import sandbox.ids", (UNKNOWN,)),
    Break("frontend/views/home.py", "import backend.projects.models", (PAGES,)),
    Break("frontend/places.py", "import backend.cities.models", (PAGES,)),
    Break("frontend/context.py", "import backend.api.resources", (PAGES,)),
    Break("frontend/views/demo.py", "import backend.demo.sign_ins", (PAGES,)),
    Break("frontend/templatetags/money.py", "import backend.payments.gateways.stripe", (PAGES,)),
    Break("frontend/markdown.py", "import frontend.drawing.projection", (AMONG_PAGES,)),
    Break("frontend/drawing/art.py", "import frontend.views.demo", (AMONG_PAGES, ONE_PAGE)),
    Break("frontend/templatetags/words.py", "import frontend.drawing.art", (AMONG_PAGES,)),
    Break("frontend/caching.py", "import frontend.middleware", (AMONG_PAGES,)),
    Break("backend/pledges/operations.py", "import rest_framework", (NO_REST,)),
    Break("frontend/forms/pledges.py", "import rest_framework.serializers", (NO_REST,)),
    Break("backend/events/bus.py", "import drf_spectacular", (NO_REST,)),
    Break("backend/pledges/operations.py", "import backend.payments.jobs", (BY_NAME,)),
    Break("backend/reports/queries.py", "import backend.pledges.subscribers", (BY_NAME,)),
    Break("backend/pledges/subscribers.py", "import procrastinate", (QUEUE,)),
    Break("sandbox/due.py", "import procrastinate", (QUEUE,)),
    Break("backend/payments/operations.py", "import stripe", (GATEWAY,)),
    Break("backend/api/views/webhooks.py", "from stripe import Webhook", (GATEWAY,)),
    Break("sandbox/description/source.py", "import stripe", (GATEWAY,)),
    Break("backend/money/amounts.py", "import django.utils", (PLAIN,)),
    Break("backend/money/currencies.py", "import babel.numbers", (PLAIN,)),
    Break("backend/money/written.py", "import backend.money.display", (PLAIN,)),
    Break("backend/pledges/queries.py", "import backend.pledges.operations", (INSIDE,)),
    Break("backend/ledger/models.py", "import backend.ledger.queries", (INSIDE,)),
    Break("backend/projects/states.py", "import backend.projects.models", (INSIDE,)),
    Break("backend/payments/operations.py", "import backend.payments.jobs", (BY_NAME, INSIDE)),
    Break("backend/mail/queries.py", "import backend.mail.operations", (INSIDE,)),
    # A detour over a module that the contract does not name.
    Break("backend/projects/search.py", "import backend.projects.operations", (INSIDE,)),
    Break("frontend/views/home.py", "import frontend.views.projects", (ONE_PAGE,)),
]


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    return copied_sources(tmp_path_factory.mktemp("tree"))


def verdicts(tree):
    """Return each contract's name with KEPT or BROKEN, as import-linter prints them."""
    done = subprocess.run(
        [LINT, "--no-cache", "--no-logo"],
        cwd=tree,
        capture_output=True,
        text=True,
        timeout=60,
        env={"PATH": "/usr/bin:/bin", "COLUMNS": "200", "PYTHONDONTWRITEBYTECODE": "1"},
    )
    found = re.findall(r"^(.+?)\s?(KEPT|BROKEN)(?: \(.*\))?$", done.stdout, re.MULTILINE)
    assert found, done.stdout + done.stderr
    return dict(found), done.returncode


class TestTree:
    def test_keeps_every_contract(self, tree):
        found, status = verdicts(tree)

        assert found == dict.fromkeys(NAMES, "KEPT")
        assert status == 0

    @pytest.mark.parametrize("broken", BREAKS, ids=lambda broken: f"{broken.file}: {broken.line}")
    def test_breaks_exactly_the_contract_that_forbids(self, tree, broken):
        file = tree / broken.file
        text = file.read_text() if file.exists() else ""

        with changed(file, f"{text}\n{broken.line}\n"):
            found, status = verdicts(tree)

        assert {name for name in found if found[name] == "BROKEN"} == set(broken.broken)
        assert status == 1


class TestContracts:
    def test_are_each_broken_here(self):
        assert len(NAMES) == len(set(NAMES)) >= 13
        assert {name for broken in BREAKS for name in broken.broken} == set(NAMES)

    def test_place_every_app_on_the_stair(self):
        (stair,) = [contract for contract in CONTRACTS if contract["name"] == STAIR]
        floors = [app for floor in stair["layers"] for app in floor.split(" | ")]

        assert len(APPS) >= 15
        assert sorted(floors) == APPS
        assert stair["exhaustive"] is True
        assert "exhaustive_ignores" not in stair

    def test_look_inside_every_app_that_has_an_inside(self):
        (inside,) = [contract for contract in CONTRACTS if contract["name"] == INSIDE]
        rooms = {"models.py", "queries.py", "operations.py"}
        with_rooms = {
            f"backend.{app}"
            for app in APPS
            if rooms & {file.name for file in (ROOT / "backend" / app).iterdir()}
        }

        assert len(with_rooms) >= 9
        assert set(inside["containers"]) == with_rooms

    def test_keep_the_api_framework_from_every_app_but_the_api(self):
        (no_rest,) = [contract for contract in CONTRACTS if contract["name"] == NO_REST]

        assert set(no_rest["source_modules"]) == {
            "frontend",
            *(f"backend.{app}" for app in APPS if app != "api"),
        }

    def test_forgive_nothing_but_the_two_doors_to_the_outside(self):
        forgiven = [line for contract in CONTRACTS for line in contract.get("ignore_imports", [])]

        assert forgiven == [
            "backend.jobs.** -> procrastinate",
            "backend.payments.gateways.stripe -> stripe",
        ]
