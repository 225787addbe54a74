"""The card tester at the API's door (RELIABILITY, A10), with the true limits and their answers.

Planted and seen to fall: further pages not counted; the code not asked for; an answer without
the pledge's address.
"""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from backend.accounts.networks import network_of
from backend.payments.models import DeclinesAlarm, Payment
from backend.pledges.models import AddressCode, Pledge
from tests.api.rows import a_project_open_now
from tests.api.test_pledges import WANTED, post

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def true_limits(settings):
    settings.THROTTLES_TIMES = 1


def end_every_page():
    """As after a day, or after three refusals: a further page may open."""
    Payment.objects.update(state="expired")
    Pledge.objects.update(state="expired")


class TestFurtherPages:
    def test_a10_a_fourth_of_ten_minutes_is_refused_with_the_seconds_to_wait(self, api, sandbox):
        a_project_open_now(slug="well")
        answers = []
        for _ in range(5):
            answers.append(post(api, WANTED, idempotency_key="k"))
            end_every_page()

        assert [answer.status_code for answer in answers] == [201, 200, 200, 200, 429]
        assert answers[-1].json()["code"] == "too_many_attempts"
        assert 1 <= int(answers[-1]["Retry-After"]) <= 600
        assert Payment.objects.count() == 4

    def test_a10_the_page_of_the_pledge_says_so_too(self, api, sandbox, settings):
        settings.ROOT_URLCONF = "frontend.urls"
        a_project_open_now(slug="well")
        post(api, WANTED, idempotency_key="k")
        token = Pledge.objects.get().token
        answers = []
        for _ in range(4):
            end_every_page()
            answers.append(api.post(f"/en/pledges/{token}/payment/"))

        assert [answer.status_code for answer in answers] == [302, 302, 302, 429]
        assert "Nothing was charged; try again later" in answers[-1].content.decode()
        assert 1 <= int(answers[-1]["Retry-After"]) <= 600

    def test_a10_an_open_page_is_shown_as_often_as_it_is_asked_for(self, api, sandbox):
        a_project_open_now(slug="well")

        answers = [post(api, WANTED, idempotency_key="k").status_code for _ in range(6)]

        assert answers == [201] + [200] * 5


class TestBadWeather:
    def test_a10_asks_for_a_code_and_says_where_it_is_typed(self, api):
        DeclinesAlarm.objects.create(until=timezone.now() + timedelta(minutes=30))
        a_project_open_now(slug="well")

        answer = post(api, WANTED, idempotency_key="k")

        problem = answer.json()
        token = Pledge.objects.get().token
        assert (answer.status_code, problem["code"]) == (403, "address_unproved")
        assert problem["detail"].startswith("We have sent a code to your address.")
        assert problem["status_url"].endswith(f"/api/v1/pledges/{token}/")
        assert not Payment.objects.exists()

    def test_a10_goes_on_with_the_same_key_when_the_code_was_typed(self, api, sandbox):
        DeclinesAlarm.objects.create(until=timezone.now() + timedelta(minutes=30))
        a_project_open_now(slug="well")
        post(api, WANTED, idempotency_key="k")
        AddressCode.objects.update(proved_at=timezone.now())

        answer = post(api, WANTED, idempotency_key="k")

        assert answer.status_code == 200
        assert answer.json()["checkout_url"] == Payment.objects.get().session_url


class TestTheStandIn:
    @pytest.mark.parametrize("path", ["/_sandbox/", "/_sandbox/faults", "/c/pay/cs_1", "/v1/x"])
    def test_a4_has_no_address_here(self, api, settings, path):
        settings.ROOT_URLCONF = "frontend.urls"

        assert api.get(path).status_code == 404
        assert api.post(path, json.dumps({}), content_type="application/json").status_code in (
            403,
            404,
        )


class TestNetworks:
    def test_a12_a_forged_header_names_no_other_network(self, rf):
        plain = network_of(rf.get("/", REMOTE_ADDR="203.0.113.9"))
        forged = network_of(
            rf.get("/", REMOTE_ADDR="203.0.113.9", HTTP_X_FORWARDED_FOR="198.51.100.1")
        )

        assert plain == forged == "203.0.113.0/24"
