"""Letters about an account go through the outbox: tried again, in time, and then forgotten.

Planted and seen to fall: a code sent after it is worth nothing; a sent code kept in the outbox; a
letter sent past the outbox; a letter of an account without an end.
"""

import smtplib
from datetime import timedelta

import pytest
from django.core import mail as sent_mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from backend.accounts.adapter import GOOD_FOR, kind_of
from backend.mail.categories import KINDS
from backend.mail.jobs import send
from backend.mail.models import Mail
from backend.mail.operations import send_mail
from tests.backend.mail.test_operations import FailingServer
from tests.jobs import do_jobs
from tests.people import a_person, a_steward, sign_in
from tests.trees import templates_of_letters

pytestmark = pytest.mark.django_db


@pytest.fixture
def server(settings):
    settings.EMAIL_BACKEND = f"{FailingServer.__module__}.FailingServer"
    yield FailingServer
    FailingServer.failure = None


def ask_for_code(email):
    answer = Client().post(reverse("account_request_login_code"), {"email": email})
    assert answer.status_code == 302
    return Mail.objects.get(kind="account_login_code")


class TestACode:
    def test_reaches_its_person_though_the_mail_server_was_away(self, server):
        letter = ask_for_code(a_person().user.email)
        server.failure = smtplib.SMTPServerDisconnected("gone")
        with pytest.raises(smtplib.SMTPServerDisconnected):
            send(str(letter.pk))
        server.failure = None

        do_jobs()

        [message] = sent_mail.outbox
        assert message.subject == "Your code for signing in"
        assert "ten minutes" in message.body
        assert "<h1>Your code for signing in</h1>" in message.alternatives[0].content

    def test_is_forgotten_when_it_has_left(self):
        letter = ask_for_code(a_person().user.email)
        assert letter.text

        do_jobs()

        letter.refresh_from_db()
        assert (letter.state, letter.text, letter.html) == ("sent", "", "")

    @pytest.mark.parametrize(("seconds", "state"), [(-1, "sent"), (0, "parked")])
    def test_is_not_sent_when_it_is_worth_nothing_any_more(self, seconds, state):
        letter = ask_for_code(a_person().user.email)
        assert timedelta(0) < letter.useless_after - timezone.now() <= timedelta(minutes=10)

        tried = send_mail(mail_id=letter.pk, at=letter.useless_after + timedelta(seconds=seconds))

        assert (tried.state, tried.text) == (state, "")
        assert tried.problem == ("too late" if state == "parked" else "")

    def test_that_is_asked_for_twice_is_two_letters(self):
        email = a_person().user.email
        for _ in range(2):
            Client().post(reverse("account_request_login_code"), {"email": email})

        do_jobs()

        assert len(sent_mail.outbox) == 2

    def test_cannot_be_read_by_a_steward(self, client):
        letter = ask_for_code(a_person().user.email)
        sign_in(client, a_steward())

        page = client.get(reverse("admin:mail_mail_change", args=[letter.pk]))

        assert page.status_code == 200
        assert letter.recipient in page.content.decode()
        assert "Type this code" not in page.content.decode()


class TestEveryLetter:
    def test_of_an_account_has_a_kind(self):
        kinds = {kind_of(name) for name in templates_of_letters()}

        assert kinds == {kind for kind in KINDS if kind.startswith("account_")}
        assert len(kinds) > 15

    def test_with_a_way_in_ends_with_it(self):
        secret = ("code }}", "activate_url", "password_reset_url")
        texts = templates_of_letters()
        with_a_secret = {
            kind_of(name) for name, text in texts.items() if any(word in text for word in secret)
        }

        assert with_a_secret == set(GOOD_FOR)
