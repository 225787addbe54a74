"""Every kind of letter in the code stands in the preview, in every language, and saves nothing.

Planted and seen to fall: a kind without a sample; a sheet that no sample uses; a sample that is
saved; a letter whose French is its English.
"""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backend.mail.categories import KINDS, UnknownKind
from backend.mail.previews import _samples, preview, previews_of
from backend.pledges.card_letters import LETTERS
from tests.trees import kinds_that_are_queued, sheets_of_letters


class TestPreview:
    @pytest.mark.django_db
    @pytest.mark.parametrize("kind", KINDS)
    def test_shows_every_kind_in_every_language_and_saves_nothing(self, kind):
        with CaptureQueriesContext(connection) as asked:
            english, french, spanish = previews_of(kind)

        assert len(asked) == 0
        assert len({english.text, french.text, spanish.text}) == 3
        assert all((english.subject, french.subject, spanish.subject))
        for letter in (english, french, spanish):
            assert f'<html lang="{letter.language}">' in letter.html
            assert "None" not in letter.text + letter.html
            assert "%(" not in letter.subject + letter.text + letter.html

    def test_says_at_the_foot_why_a_letter_comes(self):
        receipt, news = preview("pledge_receipt", "en"), preview("project_succeeded", "en")

        assert "because it is about your money" in receipt.text
        assert "/news/" in news.text
        assert "/news/" in news.html

    def test_knows_no_kind_that_is_not_sent(self):
        with pytest.raises(UnknownKind):
            preview("greeting", "en")


class TestTheTable:
    def test_has_every_kind_that_is_queued_and_no_other(self):
        assert set(_samples) == set(KINDS)
        assert {f"pledge_{name}" for name in LETTERS} < set(KINDS)

    def test_uses_every_sheet_that_there_is(self):
        used = {make().template for make in _samples.values()}

        assert used == sheets_of_letters()
        assert len(used) > 6

    def test_names_every_kind_that_the_code_queues_by_name(self):
        named = kinds_that_are_queued()

        assert named <= set(KINDS)
        assert len(named) > 6
