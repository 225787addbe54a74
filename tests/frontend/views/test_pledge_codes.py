"""The page that asks for a code: what it says, how it goes on, how much it takes.

Planted and seen to fall: Stripe's page opened after a wrong code; the pledge's page open beside it.
"""

from datetime import timedelta

import pytest
from django.utils import timezone

from backend.mail.models import Mail
from backend.payments.models import DeclinesAlarm, Payment
from backend.pledges.models import Pledge
from tests.backend.payments.rows import a_project_now
from tests.backend.pledges.test_address_codes import newest_code
from tests.frontend.views.reading import text_of

FILLED = {"amount": "25", "email": "ann@example.org", "name": "", "visibility": "name_hidden"}


pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def bad_weather(settings, db):
    settings.THROTTLES_TIMES = 1
    DeclinesAlarm.objects.create(until=timezone.now() + timedelta(minutes=30))


def pledge_on(client, key=0):
    project = a_project_now()
    filled = {**FILLED, "key": f"0190f5a0-0000-7000-8000-00000000000{key}"}
    answer = client.post(f"/en/projects/{project.slug}/pledge/", filled)
    return answer, Pledge.objects.latest("made_at")


class TestTheWayToStripe:
    def test_leads_by_a_code_and_keeps_the_pledge_meanwhile(self, client, sandbox):
        answer, pledge = pledge_on(client)
        page = f"/en/pledges/{pledge.token}/code/"
        asked = client.get(answer["Location"], follow=True)

        wrong = client.post(page, {"code": "AAAAAAAA"})
        right = client.post(page, {"code": newest_code()})

        assert asked.redirect_chain[-1][0] == page
        assert "We have sent a code to ann@example.org" in text_of(asked)
        assert (wrong.status_code, right.status_code) == (422, 302)
        assert "This is not the code of our newest letter." in text_of(wrong)
        assert right["Location"] == Payment.objects.get().session_url

    def test_sends_another_code_and_in_the_end_no_more(self, client):
        _, pledge = pledge_on(client)
        page = f"/en/pledges/{pledge.token}/code/"

        answers = [client.post(page, {"again": "yes"}) for _ in range(3)]

        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert "A new code is on its way" in text_of(answers[0])
        assert "We have sent several codes already" in text_of(answers[2])
        assert Mail.objects.filter(kind="pledge_code").count() == 3

    def test_says_when_no_code_was_sent_because_several_were(self, client):
        pledge = [pledge_on(client, key)[1] for key in range(4)][-1]

        page = client.get(f"/en/pledges/{pledge.token}/code/")

        assert "Several codes went to ann@example.org already" in text_of(page)
        assert Mail.objects.filter(kind="pledge_code").count() == 3

    def test_is_not_asked_for_where_nothing_waits(self, client):
        _, pledge = pledge_on(client)
        pledge.address_code.delete()

        answer = client.get(f"/en/pledges/{pledge.token}/code/")

        assert answer["Location"] == f"/en/pledges/{pledge.token}/"
