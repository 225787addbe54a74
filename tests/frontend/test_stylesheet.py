"""The one stylesheet: fresh, small, and kept to the rules of its parts."""

import gzip
import re

import pytest

from frontend.stylesheet import RESULT, joined, minified, sources

SOURCES = sources()
PHYSICAL = re.compile(
    r"(?<![\w-])(?:margin|padding|border|inset)-(?:left|right|top|bottom)"
    r"|(?<![\w-])(?:left|right|float|width|height)\s*:"
)


class TestStylesheet:
    def test_is_what_its_parts_make(self):
        assert RESULT.read_text() == joined(), "run: python -m frontend.stylesheet"

    def test_weighs_at_most_ten_kilobytes_compressed(self):
        assert len(gzip.compress(joined().encode(), 9)) <= 10_000

    def test_names_its_layers_first(self):
        assert joined().startswith("@layer reset,base,components,utilities;")

    def test_has_parts(self):
        assert len(SOURCES) > 20

    @pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
    def test_has_neither_important_rules_nor_id_selectors(self, path):
        selectors = re.sub(r"\{[^{}]*\}", "{}", minified(path.read_text()))

        assert "!important" not in path.read_text()
        assert not re.search(r"#[a-z]", selectors)

    @pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
    def test_takes_sides_by_the_direction_of_the_text(self, path):
        assert not PHYSICAL.search(re.sub(r"\([^()]*\)", "", path.read_text()))


class TestMinified:
    def test_keeps_the_space_that_means_a_descendant(self):
        assert minified(".a :is(b, c) > d {\n  color: red;\n}") == ".a :is(b,c)>d{color:red}"

    def test_keeps_the_spaces_of_a_sum(self):
        assert minified("a { width: calc(1px + 2px); }") == "a{width:calc(1px + 2px)}"

    def test_drops_comments(self):
        assert minified("/* why */ a { b: c } /* and\nmore */") == "a{b:c}"
