"""Translations are compiled when they changed, and only then."""

import gettext
import os
from pathlib import Path

from backend.config.catalogues import compile_catalogues, stale_catalogues

SOURCE = """
msgid ""
msgstr "Content-Type: text/plain; charset=utf-8\\n"

msgid "City"
msgstr "Ville"

#, fuzzy
msgid "Pledge"
msgstr "Peut-être"
"""


def a_catalogue(root: Path) -> Path:
    source = root / "frontend" / "locale" / "fr" / "LC_MESSAGES" / "django.po"
    source.parent.mkdir(parents=True)
    source.write_text(SOURCE)
    return source


class TestCompileCatalogues:
    def test_makes_what_gettext_reads_and_leaves_guesses_out(self, tmp_path):
        source = a_catalogue(tmp_path)

        assert compile_catalogues(tmp_path) == [source]

        with source.with_suffix(".mo").open("rb") as compiled:
            french = gettext.GNUTranslations(compiled)
        assert french.gettext("City") == "Ville"
        assert french.gettext("Pledge") == "Pledge"

    def test_does_nothing_the_second_time(self, tmp_path):
        a_catalogue(tmp_path)
        compile_catalogues(tmp_path)

        assert compile_catalogues(tmp_path) == []

    def test_compiles_again_what_changed(self, tmp_path):
        source = a_catalogue(tmp_path)
        compile_catalogues(tmp_path)
        later = source.stat().st_mtime + 60

        os.utime(source, (later, later))

        assert stale_catalogues(tmp_path) == [source]
