"""Tests of one group run in one process.

Planted and seen to fall: xdist's own way of dealing out, which knows no groups with this pytest.
"""

import os
import subprocess
import sys

from backend.config.plan import ROOT
from tests.grouping import group_of

MODULE = """
import pytest

pytestmark = pytest.mark.xdist_group("browser")


@pytest.mark.parametrize("page", ["403 of a form", "app, add", "a::b@c"])
def test_of_a_page(page, worker_id):
    with open("processes", "a") as out:
        out.write(worker_id + " ")
"""


class TestGroups:
    def test_keep_to_one_process(self, tmp_path):
        (tmp_path / "pytest.ini").write_text("[pytest]\n")
        for name in "abcd":
            (tmp_path / f"test_{name}.py").write_text(MODULE)
            (tmp_path / f"test_free_{name}.py").write_text("def test_nothing(): pass\n")
        plain = {name: text for name, text in os.environ.items() if "PYTEST" not in name}

        plugins = ["tests.grouping", "no:django", "no:schemathesis", "no:cacheprovider"]
        chosen = [word for name in plugins for word in ("-p", name)]

        ended = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist=loadgroup", *chosen, "."],
            cwd=tmp_path,
            env=plain | {"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=120,
        )

        assert ended.returncode == 0, ended.stdout
        processes = (tmp_path / "processes").read_text().split()
        assert len(processes) == 12
        assert len(set(processes)) == 1

    def test_hold_everything_that_starts_a_site_or_a_browser(self):
        journeys = sorted((ROOT / "tests" / "journeys").glob("test_*.py"))
        campaign = sorted((ROOT / "tests" / "campaign").glob("test_*.py"))

        assert len(journeys) > 3
        assert {group_of(path) for path in journeys} == {"browser"}
        assert all(group_of(path) for path in campaign)
