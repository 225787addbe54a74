"""Letters say nothing in English to a reader of French or Spanish.

Planted and seen to fall: a sentence of a receipt without gettext.
"""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from backend.mail.models import Mail
from backend.payments.models import Dispute, Refund
from backend.pledges.letters import (
    write_disputed,
    write_failed,
    write_paid_twice,
    write_processing,
    write_receipt,
    write_refund_failed,
    write_refunded,
)
from backend.pledges.news import NEWS, write_news
from tests.backend.payments.rows import a_payment
from tests.factories import a_city, a_pledge
from tests.languages.marked import unmarked, unmarked_on_page
from tests.languages.rows import a_greek_project, settled, the_ones_that_say_something

pytestmark = pytest.mark.django_db


def give_back_and_dispute(pledge, project, language):
    """Write the letters about money that goes back; the committee reads the project's language."""
    now = timezone.now()
    payment = a_payment(pledge.purpose, state="succeeded")
    refund = Refund.objects.create(
        payment=payment,
        key="refund:1",
        amount_minor=100,
        reason="Ματαιώθηκε",
        state="sent",
        sent_at=now,
        created_at=now,
    )
    dispute = Dispute.objects.create(
        id="du_1", payment=payment, amount_minor=100, opened_at=now, answer_by=now, checked_at=now
    )
    project.default_language = language
    project.save()
    write_refunded(pledge_id=pledge.pk, refund_id=refund.pk, at=now)
    write_refund_failed(pledge_id=pledge.pk, refund_id=refund.pk, at=now)
    write_disputed(pledge_id=pledge.pk, dispute_id=dispute.pk, at=now)


class TestMails:
    def test_say_nothing_without_a_translation(self, language):
        home, twin = a_city(name="Ωρωπός"), a_city(name="Κύμη", country="GM")
        project = a_greek_project(cities=(home, twin))
        arrived = settled(project, language=language, cover_fee=True)
        other = a_pledge(project, language=language, at=timezone.now())
        write_receipt(pledge_id=arrived.pk, at=timezone.now())
        write_processing(pledge_id=other.pk, at=timezone.now())
        write_failed(pledge_id=other.pk, at=timezone.now())
        give_back_and_dispute(arrived, project, language)
        write_paid_twice(pledge_id=arrived.pk, reference="1", amount_minor=100, at=timezone.now())
        for news in NEWS:
            write_news(project_id=project.pk, news=news, at=timezone.now())

        mails = Mail.objects.filter(language=language)

        assert {mail.kind for mail in mails} == {
            "pledge_receipt",
            "pledge_processing",
            "pledge_failed",
            "pledge_refunded",
            "pledge_refund_failed",
            "dispute_opened",
            "pledge_paid_twice",
            "project_succeeded",
            "project_delivered",
        }
        for mail in mails:
            assert unmarked(f"{mail.subject}\n{mail.text}", language) == []
            assert unmarked_on_page(mail.html, language) == []
            assert "⟦" in mail.subject

    def test_are_shown_in_the_demo_in_the_reader_s_language(self, language):
        reader = Client(HTTP_ACCEPT_LANGUAGE=language)

        assert the_ones_that_say_something(reader, [reverse("demo:mailbox")], language) == {}
