"""The drawn pictures: each theme has some, all are small, safe and served."""

import gzip
import re
from pathlib import Path

import pytest

from backend.projects.models import Project
from frontend.drawing.art import ART_BY_THEME, DESCRIPTIONS, picture

FOLDER = Path(__file__).resolve().parents[3] / "frontend" / "static" / "art"
NAMES = sorted(DESCRIPTIONS)


class TestPicture:
    def test_finds_a_drawing_by_name(self):
        assert "art/wind" in picture("wind").address

    def test_says_what_it_shows(self):
        assert "wind turbines" in picture("wind").description

    def test_takes_the_first_of_the_theme_for_an_unknown_name(self):
        assert picture("zeppelin", "health") == picture("clinic")

    def test_takes_the_bridge_when_the_theme_is_unknown_too(self):
        assert picture("", "") == picture("bridge")


class TestDrawings:
    def test_there_are_two_for_every_theme_of_projects(self):
        assert set(ART_BY_THEME) == set(Project.Theme.values)
        assert {len(names) for names in ART_BY_THEME.values()} == {2}

    def test_every_file_is_listed_and_every_listed_file_is_there(self):
        assert sorted(path.stem for path in FOLDER.glob("*.svg")) == NAMES

    @pytest.mark.parametrize("name", NAMES)
    def test_weighs_under_a_kilobyte_compressed(self, name):
        assert len(gzip.compress((FOLDER / f"{name}.svg").read_bytes())) < 1_000

    @pytest.mark.parametrize("name", NAMES)
    def test_has_the_common_size_and_neither_script_nor_style(self, name):
        text = (FOLDER / f"{name}.svg").read_text()

        assert 'viewBox="0 0 800 440"' in text
        assert not re.search(r"<script|<style|style=|https?://(?!www\.w3\.org/2000/svg)", text)
