"""The letters that stewards look at: each whole, in every language, in a frame that runs nothing.

Planted and seen to fall: a letter cut off at its first quotation mark; a frame without its sandbox.
"""

from html.parser import HTMLParser

import pytest

from backend.mail.previews import preview
from tests.frontend.views.reading import html_of, text_of
from tests.people import a_steward, sign_in

pytestmark = pytest.mark.django_db


class Frames(HTMLParser):
    """Gathers the frames of a page."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        if tag == "iframe":
            self.found.append(dict(attrs))


class TestPreview:
    def test_shows_the_whole_letter_in_a_frame_that_runs_nothing(self, client):
        sign_in(client, a_steward())

        answer = client.get("/en/letters/pledge_receipt/")

        frames = Frames()
        frames.feed(html_of(answer))
        shown = [frame["srcdoc"] for frame in frames.found]
        assert shown == [preview("pledge_receipt", code).html for code in ("en", "fr", "es")]
        assert [frame["sandbox"] for frame in frames.found] == [None] * 3
        assert "because it is about your money" in text_of(answer)

    def test_lists_every_kind_and_knows_no_other(self, client):
        sign_in(client, a_steward())

        assert "Your code for signing in" in text_of(client.get("/en/letters/"))
        assert client.get("/en/letters/greeting/").status_code == 404
