"""A reader of each language but English, whose words are marked."""

import pytest
from django.conf import settings as site

from tests.languages.marked import forget_words, write_marked_catalogues

LANGUAGES = [code for code, _name in site.LANGUAGES if code != "en"]


@pytest.fixture(scope="session")
def marked(tmp_path_factory):
    folder = tmp_path_factory.mktemp("marked")
    write_marked_catalogues(folder, LANGUAGES)
    return folder


@pytest.fixture(autouse=True)
def no_collected_files(tmp_path, settings):
    settings.STATIC_ROOT = tmp_path


@pytest.fixture
def marked_words(marked, settings):
    settings.OPERATOR = {**site.OPERATOR, "name": "Λειτουργός", "address": "Οδός 1"}
    settings.LOCALE_PATHS = [marked]
    forget_words()
    yield
    forget_words()


@pytest.fixture(params=LANGUAGES)
def language(request, marked_words):
    return request.param
