"""Icons, elements and descriptions for machines."""

import json
import re

import pytest
from django.utils.translation import override

from frontend.templatetags.page import elements, icon, site_footer, structured


class TestIcon:
    def test_is_decoration_without_a_label(self):
        drawing = icon("clock")

        assert 'aria-hidden="true"' in drawing
        assert "<circle" in drawing

    def test_is_an_image_with_a_label(self):
        assert 'role="img" aria-label="Verified &amp; known"' in icon("check", "Verified & known")

    def test_must_exist(self):
        with pytest.raises(KeyError, match="unicorn"):
            icon("unicorn")


class TestElements:
    @pytest.fixture(autouse=True)
    def plain_static_names(self, settings):
        settings.STORAGES = {
            **settings.STORAGES,
            "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
        }

    def test_loads_each_as_a_module(self):
        loaded = elements("tf-copy", "tf-amount")

        assert len(re.findall(r'<script type="module" src="/static/js/tf-', loaded)) == 2


class TestStructured:
    def test_says_its_vocabulary(self):
        text = structured({"@type": "Project"})

        described = json.loads(re.fullmatch(r"<script[^>]*>(.*)</script>", text).group(1))
        assert described == {"@context": "https://schema.org", "@type": "Project"}

    def test_cannot_be_ended_by_what_people_wrote(self):
        text = structured({"name": "</script><script>alert(1)</script>&"})

        assert text.count("</script>") == 1
        assert json.loads(text[text.index("{") : text.rindex("}") + 1])["name"].endswith("&")


class TestSiteFooter:
    def test_is_in_the_language_of_the_page(self):
        with override("fr"):
            french = site_footer()
        with override("en"):
            english = site_footer()

        assert 'href="/fr/contact/"' in french
        assert 'href="/en/contact/"' in english
