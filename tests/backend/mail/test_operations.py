"""The outbox: queued once, sent once, tried again, parked at last; one bad row stops no other.

Planted and seen to fall: another id for a second sending; a greylisted address parked for ever;
lost mails asked for by a lock instead of once; and see the table of faults
(tests/architecture/faults.py).
"""

import smtplib
from datetime import timedelta

import pytest
from django.core import mail as sent_mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import IntegrityError
from django.utils import timezone

from backend.mail.jobs import send
from backend.mail.models import Mail
from backend.mail.operations import (
    MAXIMUM_ATTEMPTS,
    look_after_mails,
    note_failed_attempt,
    send_mail,
)
from tests.factories import NOON
from tests.jobs import do_jobs

pytestmark = pytest.mark.django_db
MAIL = f"{__name__}.FailingServer"
LONG_AGO = NOON - timedelta(days=3650)


class FailingServer(EmailBackend):
    """A mail server that raises what a test wants, for one recipient or all."""

    failure: Exception | None = None
    only_to = ""

    def send_messages(self, messages):
        """Fail, or keep the messages as the tests' own server does."""
        if self.failure and self.only_to in messages[0].recipients()[0]:
            raise self.failure
        return super().send_messages(messages)


@pytest.fixture
def server(settings, monkeypatch):
    settings.EMAIL_BACKEND = MAIL
    yield FailingServer
    FailingServer.failure, FailingServer.only_to = None, ""


def a_mail(**fields):
    return Mail.objects.create(
        **{
            "kind": "pledge_receipt",
            "reference": "1",
            "recipient": "guest@example.org",
            "language": "en",
            "subject": "Your receipt",
            "text": "Thank you.",
            "html": "<p>Thank you.</p>",
            "queued_at": NOON,
            **fields,
        }
    )


class TestQueue:
    def test_takes_a_notification_once_for_a_person(self):
        a_mail()

        with pytest.raises(IntegrityError, match="mail_once_per_person"):
            a_mail()

    def test_takes_it_for_another_person(self):
        a_mail()

        assert a_mail(recipient="other@example.org").pk

    @pytest.mark.parametrize("fields", [{"state": "sent"}, {"sent_at": NOON}])
    def test_has_a_moment_of_sending_only_when_sent(self, fields):
        with pytest.raises(IntegrityError, match="mail_sent_has_a_moment"):
            a_mail(**fields)


class TestSend:
    def test_hands_it_over_once(self):
        mail = a_mail()

        send_mail(mail_id=mail.pk, at=NOON)
        again = send_mail(mail_id=mail.pk, at=NOON + timedelta(hours=1))

        assert (again.state, again.sent_at, again.attempts) == ("sent", NOON, 1)
        assert len(sent_mail.outbox) == 1

    def test_has_an_id_of_its_own_that_a_second_sending_keeps(self):
        mail = a_mail()
        send_mail(mail_id=mail.pk, at=NOON)
        # As after a crash between the mail server's yes and our commit.
        Mail.objects.update(state="queued", sent_at=None)

        send_mail(mail_id=mail.pk, at=NOON)

        ids = {message.extra_headers["Message-ID"] for message in sent_mail.outbox}
        assert len(sent_mail.outbox) == 2
        assert ids == {f"<{mail.pk}@localhost>"}

    def test_comes_in_text_and_html_and_asks_for_no_answer(self):
        send_mail(mail_id=a_mail().pk, at=NOON)

        [message] = sent_mail.outbox
        assert message.body == "Thank you."
        assert message.alternatives[0].content == "<p>Thank you.</p>"
        assert message.extra_headers["Auto-Submitted"] == "auto-generated"

    @pytest.mark.parametrize(
        "failure",
        [
            ConnectionRefusedError(),
            TimeoutError(),
            smtplib.SMTPServerDisconnected("gone"),
            smtplib.SMTPDataError(451, b"later"),
            smtplib.SMTPRecipientsRefused({"guest@example.org": (450, b"greylisted")}),
            smtplib.SMTPAuthenticationError(535, b"our password is wrong"),
            smtplib.SMTPSenderRefused(553, b"our sender is wrong", "no-reply@example.org"),
        ],
        ids=lambda failure: type(failure).__name__,
    )
    def test_is_tried_again_while_the_server_is_away_and_then_sent_once(self, server, failure):
        mail = a_mail()
        server.failure = failure
        with pytest.raises(type(failure)):
            send(str(mail.pk))
        between = Mail.objects.get()
        server.failure = None

        send(str(mail.pk))
        send(str(mail.pk))

        after = Mail.objects.get()
        assert (between.state, between.attempts) == ("queued", 1)
        assert (after.state, after.attempts) == ("sent", 2)
        assert len(sent_mail.outbox) == 1

    def test_is_parked_after_the_last_attempt(self, server):
        mail = a_mail(attempts=MAXIMUM_ATTEMPTS - 1)
        server.failure = TimeoutError()

        send(str(mail.pk))

        parked = Mail.objects.get()
        assert (parked.state, parked.problem) == ("parked", "TimeoutError")

    def test_f52_to_a_refused_address_is_parked_and_holds_up_nobody(self, server):
        bad = a_mail(reference="bad", recipient="nobody@example.org")
        good = a_mail(reference="good")
        server.failure = smtplib.SMTPRecipientsRefused({"nobody@example.org": (550, b"no")})
        server.only_to = "nobody"

        send(str(bad.pk))
        send(str(good.pk))

        rows = dict(Mail.objects.values_list("reference", "state"))
        assert rows == {"bad": "parked", "good": "sent"}
        assert Mail.objects.get(reference="bad").problem == "SMTPRecipientsRefused 550 no"

    def test_that_the_server_will_never_take_is_parked_with_its_reason(self, server):
        mail = a_mail()
        server.failure = smtplib.SMTPDataError(554, b"no such mailbox")

        send(str(mail.pk))

        parked = Mail.objects.get()
        assert (parked.state, parked.problem) == ("parked", "SMTPDataError 554 no such mailbox")

    def test_f52_with_a_line_break_in_its_subject_is_parked(self):
        mail = a_mail(subject="Thanks\nBcc: all@example.org")

        send(str(mail.pk))

        assert Mail.objects.get().state == "parked"
        assert sent_mail.outbox == []

    def test_that_was_sent_is_not_parked_by_a_late_failure(self):
        mail = a_mail(state="sent", sent_at=NOON)

        noted = note_failed_attempt(mail_id=mail.pk, problem="x", final=True)

        assert noted.state == "sent"


class TestLookAfterMails:
    @pytest.mark.parametrize(("minutes", "asked"), [(41, 1), (39, 0)])
    def test_asks_again_for_what_waits_too_long(self, minutes, asked):
        a_mail(queued_at=timezone.now() - timedelta(minutes=minutes))

        assert look_after_mails(at=timezone.now()) == asked

    def test_asks_once_however_often_it_looks(self):
        a_mail(queued_at=LONG_AGO)
        look_after_mails(at=timezone.now())
        look_after_mails(at=timezone.now())

        assert do_jobs() == ["mail.send"]
        assert len(sent_mail.outbox) == 1

    @pytest.mark.parametrize("fields", [{"state": "parked"}, {"state": "sent", "sent_at": NOON}])
    def test_leaves_alone_what_is_sent_or_parked(self, fields):
        a_mail(queued_at=LONG_AGO, **fields)

        assert look_after_mails(at=timezone.now()) == 0
