"""The table of planted faults stays true: `make faults` takes minutes, this takes none."""

import ast

import pytest

from tests.architecture.faults import FAULTS
from tests.architecture.trees import ROOT


class TestTable:
    def test_is_long_and_names_each_fault_once(self):
        assert len(FAULTS) >= 40
        assert len({fault.name for fault in FAULTS}) == len(FAULTS)

    @pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
    def test_can_still_be_planted(self, fault):
        sound = (ROOT / fault.file).read_text()

        assert sound.count(fault.text) == 1
        assert fault.wrong != fault.text
        ast.parse(sound.replace(fault.text, fault.wrong))

    @pytest.mark.parametrize("test", sorted({fault.test for fault in FAULTS}))
    def test_names_tests_that_are_there(self, test):
        file, _, name = test.partition("::")

        assert f"class {name}" in (ROOT / file).read_text()
