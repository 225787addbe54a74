"""What slows a card tester or a copier down says nothing in English to others.

Planted and seen to fall: the reason for asking without gettext.
"""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from backend.mail.models import Mail
from backend.payments.models import Payment
from backend.pledges.address_codes import ask_for_code
from backend.pledges.models import AddressCode, Pledge
from backend.throttles.reading import forget_reads, seconds_to_wait
from frontend.middleware import PAGES
from tests.backend.payments.rows import a_payment
from tests.factories import a_city, a_pledge
from tests.languages.marked import unmarked, unmarked_on_page
from tests.languages.rows import a_greek_project, page, the_ones_that_say_something

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def true_limits(settings):
    settings.THROTTLES_TIMES = 1


def a_greek_pledge(language):
    project = a_greek_project(cities=(a_city(name="Ωρωπός"), a_city(name="Κύμη", country="GM")))
    return a_pledge(project, language=language, at=timezone.now())


class TestTheCode:
    def test_says_nothing_without_a_translation(self, language):
        pledge = a_greek_pledge(language)
        ask_for_code(pledge=pledge, at=timezone.now())
        at = page(language, "pledge_code", token=pledge.token)
        client = Client()

        answers = [
            client.get(at),
            client.post(at, {"code": ""}),
            client.post(at, {"code": "ΩΩΩΩ"}),
            *(client.post(at, {"again": "yes"}) for _ in range(3)),
        ]

        said = [unmarked_on_page(answer.content.decode(), language) for answer in answers]
        assert said == [[]] * 6
        letter = Mail.objects.filter(kind="pledge_code").earliest("id")
        code = AddressCode.objects.get()
        assert code.number == 3
        words = f"{letter.subject}\n{letter.text}"
        assert [line for line in unmarked(words, language) if len(line) != 8] == []

    def test_of_a_page_that_was_closed_after_refusals_neither(self, language):
        pledge = a_greek_pledge(language)
        payment = a_payment(pledge.purpose, state="expired")
        for number in range(3):
            payment.declines.create(pk=f"evt_{number}", at=timezone.now())
        Pledge.objects.update(state="expired")
        at = page(language, "pledge_status", token=pledge.token)

        assert the_ones_that_say_something(Client(), [at], language) == {}
        assert Payment.objects.count() == 1


class TestAPause:
    def test_says_nothing_without_a_translation(self, language):
        forget_reads()
        now = timezone.now()
        for moment in [now, now + timedelta(minutes=1)] * PAGES.most:
            seconds_to_wait(PAGES, "127.0.0.0/24", at=moment)

        paused = Client().get("/robots.txt", HTTP_ACCEPT_LANGUAGE=language)

        forget_reads()
        assert paused.status_code == 429
        assert unmarked_on_page(paused.content.decode(), language) == []
