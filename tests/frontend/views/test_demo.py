"""The demo's mailbox.

Planted and seen to fall: the text of a mail written into the page unescaped.
"""

import pytest
from django.urls import reverse
from django.utils import timezone

from backend.pledges.letters import write_receipt
from tests.frontend.views.reading import html_of, text_of
from tests.frontend.views.rows import a_project_open_now, a_settled_pledge
from tests.jobs import do_jobs

pytestmark = pytest.mark.django_db
MAILBOX = "/demo/mail/"


class TestMailbox:
    def test_says_what_it_is_and_what_to_do_while_it_is_empty(self, client):
        page = client.get(MAILBOX)

        assert reverse("demo:mailbox") == MAILBOX
        assert "no mail leaves it" in text_of(page)
        assert "Make a pledge: its receipt will arrive here." in text_of(page)
        assert "no-store" in page["Cache-Control"]

    def test_shows_what_would_have_been_sent(self, client, settings):
        settings.EMAIL_BACKEND = "backend.mail.backends.DemoMailbox"
        pledge = a_settled_pledge(a_project_open_now(title={"en": "<b>A well</b>"}))
        write_receipt(pledge_id=pledge.pk, at=timezone.now())
        do_jobs()

        page = client.get(MAILBOX)

        assert "guest@example.org" in text_of(page)
        assert "<b>A well</b>" in text_of(page)
        assert f"/en/pledges/{pledge.token}/" in html_of(page)
        assert "<b>A well</b>" not in html_of(page)
        assert " UTC" in text_of(page)

    def test_is_read_only(self, client):
        assert client.post(MAILBOX).status_code == 405
