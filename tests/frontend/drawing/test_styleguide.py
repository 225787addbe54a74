"""Every part of the pages, drawn with samples."""

import re
from pathlib import Path

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils.translation import override

from frontend.styleguide import sample

TEMPLATES = Path(__file__).resolve().parents[3] / "frontend" / "templates"
# A tag of the same name includes the first; the others only go through parts that are shown.
ELSEWHERE = {"site_footer", "fields", "messages", "letters"}


@pytest.fixture
def page() -> str:
    request = RequestFactory().get("/en/")
    with override("en"):
        return render_to_string("styleguide.html", sample(), request)


class TestStyleguide:
    def test_shows_every_part(self):
        text = (TEMPLATES / "styleguide.html").read_text()
        frame = "".join(
            path.read_text() for path in [TEMPLATES / "base.html", *TEMPLATES.glob("components/*")]
        )
        shown = set(re.findall(r"components/(\w+)\.html", text + frame))

        parts = {path.stem for path in TEMPLATES.glob("components/*.html")}
        assert len(parts) > 25
        assert parts - shown <= ELSEWHERE

    def test_has_no_style_attribute_and_no_inline_handler(self, page):
        assert not re.search(r"\sstyle=|\son[a-z]+=", page)

    def test_has_no_inline_script_but_the_import_map(self, page):
        inline = re.findall(r"<script(?![^>]*\bsrc=)([^>]*)>", page)

        assert inline in ([], [' type="importmap"'])

    def test_leaves_no_template_comment_in_the_page(self, page):
        assert "{#" not in page
        assert "{%" not in page

    def test_has_one_main_heading(self, page):
        assert page.count("<h1") == 1

    def test_uses_no_class_without_a_rule(self, page):
        css = (TEMPLATES.parent / "static" / "css" / "site.css").read_text()
        used = {name for text in re.findall(r'class="([^"]*)"', page) for name in text.split()}

        unknown = {name for name in used if not re.search(rf"\.{name}(?![\w-])", css)}
        assert len(used) > 100
        assert unknown <= PLAIN_NAMES


# Names that mark a place and take their looks from the block around them.
PLAIN_NAMES = {
    "amounts__choice",
    "card__left",
    "columns__filters",
    "field",
    "map-key__home",
    "columns__lead",
    "columns__main",
    "columns__results",
    "key__swatch--citizens",
    "site-nav__account",
    "notice__mark",
    "map__land",
    "logo__mark",
    "banner__more",
}
