"""The import map: only our modules, and a fingerprint that browsers accept."""

import base64
import hashlib
import json

import pytest
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpResponse
from django.test import RequestFactory

from frontend import importmap
from frontend.middleware import ContentSecurityPolicy

HASHED = {"js/tf-copy.js": "js/tf-copy.123.js", "css/site.css": "css/site.456.css"}


@pytest.fixture
def hashed_files(monkeypatch):
    importmap.import_map.cache_clear()
    yield lambda names: monkeypatch.setattr(
        staticfiles_storage._wrapped, "hashed_files", names, raising=False
    )
    importmap.import_map.cache_clear()


class TestImportMap:
    def test_leads_plain_names_of_scripts_to_hashed_ones(self, hashed_files):
        staticfiles_storage.base_url  # noqa: B018  # wakes the lazy storage
        hashed_files(HASHED)

        assert json.loads(importmap.import_map()) == {
            "imports": {"/static/js/tf-copy.js": "/static/js/tf-copy.123.js"}
        }

    def test_is_nothing_where_names_are_plain(self, hashed_files):
        staticfiles_storage.base_url  # noqa: B018  # wakes the lazy storage
        hashed_files({})

        assert importmap.import_map() == ""
        assert importmap.import_map_source() == ""

    def test_is_allowed_by_its_fingerprint(self, hashed_files):
        staticfiles_storage.base_url  # noqa: B018  # wakes the lazy storage
        hashed_files(HASHED)

        fingerprint = base64.b64encode(
            hashlib.sha256(importmap.import_map().encode()).digest()
        ).decode()
        assert importmap.import_map_source() == f"'sha256-{fingerprint}'"

    def test_is_let_in_by_the_policy_of_every_answer(self, hashed_files):
        staticfiles_storage.base_url  # noqa: B018  # wakes the lazy storage
        hashed_files(HASHED)

        answer = ContentSecurityPolicy(lambda request: HttpResponse())(RequestFactory().get("/"))

        # Its directives come in any order.
        policy = answer["Content-Security-Policy"].split("; ")
        assert f"script-src 'self' {importmap.import_map_source()}" in policy
