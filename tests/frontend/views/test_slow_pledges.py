"""What page and API say while the bank of a slow method has not answered, and after.

Planted and seen to fall: the day by which the bank answers left out; a late bank told as a usual
one; a way to pay again offered after the close.
"""

from datetime import timedelta

import pytest
from django.utils import timezone

from backend.payments.models import PaymentTransition
from backend.payments.queries import bank_answers_by
from backend.projects.models import Project
from tests.backend.payments.rows import a_slow_pledge, pull_and_apply

pytestmark = pytest.mark.django_db(transaction=True)


def page_of(client, pledge):
    return client.get(f"/en/pledges/{pledge.token}/").content.decode()


class TestMeanwhile:
    def test_page_and_api_say_until_when_the_bank_answers(self, sandbox, client):
        pledge, _ = a_slow_pledge(sandbox)
        day = bank_answers_by(pledge.purpose).isoformat()

        told = client.get(f"/api/v1/pledges/{pledge.token}/").json()

        assert f'so by <time datetime="{day}">' in page_of(client, pledge)
        assert (told["is_processing"], told["bank_answers_by"]) == (True, day)

    def test_the_page_says_when_a_bank_takes_longer(self, sandbox, client):
        pledge, _ = a_slow_pledge(sandbox)
        begun = timezone.now() - timedelta(days=8)
        PaymentTransition.objects.filter(new="processing").update(at=begun)

        page = page_of(client, pledge)

        assert "Your bank is taking longer than usual." in page
        assert "Most banks answer" not in page


class TestDaysLater:
    def test_a_refusal_offers_another_try_while_the_campaign_is_open(self, sandbox, client):
        pledge, bank = a_slow_pledge(sandbox)
        sandbox.control(f"{bank}/fail", {})
        pull_and_apply()

        page = page_of(client, pledge)
        told = client.get(f"/api/v1/pledges/{pledge.token}/").json()

        assert "Your bank did not send the money. Nothing was charged." in page
        assert "Pay €25.00 on Stripe’s page" in page
        assert (told["state"], told["bank_answers_by"]) == ("dropped", None)

    def test_a_refusal_after_the_close_offers_none(self, sandbox, client):
        pledge, bank = a_slow_pledge(sandbox)
        Project.objects.update(closes_at=timezone.now() - timedelta(days=1))
        sandbox.control(f"{bank}/fail", {})
        pull_and_apply()

        page = page_of(client, pledge)

        assert "The project takes no pledges any more." in page
        assert "You can pay in another way" not in page
