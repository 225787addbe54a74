"""Which test process runs what: the tests of one group share one process, and what it has started.

A plugin of pytest (see pyproject.toml). The mark `xdist_group` alone is not enough: xdist 3.8
writes the group behind the test's name, and from pytest 9.2 on that name cannot be written. Two
processes then each begin the site of the journeys, on one database, and the second drops the
first one's.
"""

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadGroupScheduling

MARK = re.compile(r'xdist_group\("([\w-]+)"\)')


@cache
def group_of(module: Path) -> str:
    """Return the group of the tests in `module`, or nothing if each may run anywhere."""
    marks = MARK.findall(module.read_text())
    assert len(set(marks)) < 2, f"{module} names more than one group"
    return marks[0] if marks else ""


class ByGroup(LoadGroupScheduling):
    """Hands out a group as a whole."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(self.config.rootpath / nodeid.split("::")[0]) or nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByGroup:
    """Let our own order hold wherever more than one process runs."""
    return ByGroup(config, log)
