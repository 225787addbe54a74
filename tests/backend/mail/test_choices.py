"""What can be declined is not sent to whoever declined it; what is about money always is.

Planted and seen to fall: a declined letter queued all the same; one declined while it waits sent;
the headers on a receipt; a token of another reader; a kind without a category.
"""

import pytest
from django.core import mail as sent_mail

from backend.mail.categories import KINDS, Category, UnknownKind
from backend.mail.models import Mail, Reader
from backend.mail.operations import (
    choose_letters,
    decline,
    queue_mail,
    send_mail,
    want_again,
)
from backend.mail.queries import NoSuchReader, choices_of, reader_of, token_of
from tests.factories import NOON
from tests.jobs import do_jobs

pytestmark = pytest.mark.django_db
ANN = "Ann@Example.org"
SHEET = {
    "heading": "The project goes ahead",
    "paragraphs": ("It raised €5,000.",),
    "action": "See the project",
    "address": "http://localhost/en/projects/well/",
    "site_name": "Twinfund",
    "is_demo": True,
}


def a_letter(kind="project_succeeded", reference="1", recipient=ANN):
    return queue_mail(
        kind=kind,
        reference=reference,
        recipient=recipient,
        language="en",
        subject="It goes ahead",
        template="pledge_card",
        context=SHEET,
        at=NOON,
    )


def the_reader():
    return Reader.objects.get(address=ANN.lower())


class TestDecline:
    def test_writes_a_letter_down_without_sending_it(self):
        a_letter()
        decline(reader_id=the_reader().pk, category=Category.NEWS)

        second = a_letter(reference="2")

        assert second.state == "declined"
        assert do_jobs() == ["mail.send"]
        assert sent_mail.outbox == []

    def test_holds_for_a_letter_that_waits(self):
        letter = a_letter()
        decline(reader_id=the_reader().pk, category=Category.NEWS)

        sent = send_mail(mail_id=letter.pk, at=NOON)

        assert (sent.state, sent.sent_at, sent_mail.outbox) == ("declined", None, [])

    def test_holds_for_the_address_however_it_is_written_and_for_nobody_else(self):
        a_letter()
        decline(reader_id=the_reader().pk, category=Category.NEWS)

        assert a_letter(reference="2", recipient="ann@example.ORG").state == "declined"
        assert a_letter(reference="2", recipient="bea@example.org").state == "queued"

    def test_is_taken_back_for_letters_that_are_yet_to_be_written(self):
        a_letter()
        decline(reader_id=the_reader().pk, category=Category.NEWS)
        old = a_letter(reference="2")

        want_again(reader_id=the_reader().pk, category=Category.NEWS)

        assert a_letter(reference="3").state == "queued"
        assert Mail.objects.get(pk=old.pk).state == "declined"

    def test_twice_is_harmless(self):
        a_letter()
        for _ in range(2):
            decline(reader_id=the_reader().pk, category=Category.NEWS)

        assert the_reader().declined == ["news"]

    @pytest.mark.parametrize("category", ["money", "account", "committee"])
    def test_refuses_what_is_always_sent(self, category):
        a_letter()

        with pytest.raises(ValueError, match="always sent"):
            decline(reader_id=the_reader().pk, category=Category(category))

    def test_of_everything_still_sends_what_is_about_money(self):
        choose_letters(address=ANN, wanted=[])

        letter = a_letter(kind="pledge_secured")

        assert letter.state == "queued"
        assert send_mail(mail_id=letter.pk, at=NOON).state == "sent"


class TestLetter:
    def test_of_news_offers_to_stop_with_one_click(self):
        send_mail(mail_id=a_letter().pk, at=NOON)

        [message] = sent_mail.outbox
        link = f"http://localhost:8000/en/letters/{token_of(the_reader())}/news/"
        assert message.extra_headers["List-Unsubscribe"] == f"<{link}>"
        assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert f"Stop letters of this kind: {link}" in message.body
        assert f'<a href="{link}">Stop letters of this kind</a>' in message.alternatives[0].content
        assert "ann" not in link

    @pytest.mark.parametrize(
        ("kind", "why"),
        [
            ("pledge_secured", "because it is about your money"),
            ("dispute_opened", "because your committee has to act"),
        ],
    )
    def test_that_is_always_sent_says_why_and_offers_nothing(self, kind, why):
        send_mail(mail_id=a_letter(kind=kind).pk, at=NOON)

        [message] = sent_mail.outbox
        assert not {name for name in message.extra_headers if name.startswith("List-")}
        assert message.body.count(why) == message.alternatives[0].content.count(why) == 1
        assert "/letters/" not in message.body + message.alternatives[0].content
        assert not Reader.objects.exists()

    def test_of_no_known_kind_is_not_written(self):
        with pytest.raises(UnknownKind):
            a_letter(kind="greeting")

        assert not Mail.objects.exists()

    def test_of_every_kind_about_a_pledge_is_about_money(self):
        about_pledges = {kind: KINDS[kind] for kind in KINDS if kind.startswith("pledge_")}

        assert len(about_pledges) > 10
        assert set(about_pledges.values()) == {Category.MONEY}


class TestToken:
    def test_names_its_reader(self):
        a_letter()

        assert reader_of(token_of(the_reader())) == the_reader()

    def test_of_another_reader_or_of_nobody_is_worth_nothing(self):
        a_letter()
        a_letter(recipient="bea@example.org")
        ann, bea = (token_of(reader) for reader in Reader.objects.order_by("address"))
        mixed = f"{ann.split('.')[0]}.{bea.split('.')[1]}"
        Reader.objects.filter(address="bea@example.org").delete()

        for token in (mixed, bea, "", "a.b", f"{'a' * 32}.{'t' * 43}"):
            with pytest.raises(NoSuchReader):
                reader_of(token)


class TestChoices:
    def test_show_what_can_be_declined_first_and_all_of_it_wanted(self):
        shown = [(choice.category.value, choice.is_wanted) for choice in choices_of(ANN)]

        assert shown == [("news", True), ("money", True), ("account", True), ("committee", True)]

    def test_show_what_was_declined(self):
        choose_letters(address=ANN, wanted=[])

        assert [choice.category.value for choice in choices_of(ANN) if not choice.is_wanted] == [
            "news"
        ]
