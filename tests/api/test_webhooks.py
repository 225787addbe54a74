"""`/webhooks/stripe/`: what is believed, and what is not even stored."""

import hashlib
import hmac
import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections
from django.test import Client

from backend.payments.models import StripeEvent

ADDRESS = "/webhooks/stripe/"


def an_event(**fields):
    return {
        "id": "evt_1",
        "object": "event",
        "type": "checkout.session.completed",
        "created": 1_900_000_000,
        "livemode": False,
        "data": {"object": {"id": "cs_test_nobody"}},
        **fields,
    }


def signed(body, secret, *, seconds_ago=0):
    moment = int(time.time()) - seconds_ago
    digest = hmac.new(secret.encode(), f"{moment}.{body}".encode(), hashlib.sha256).hexdigest()
    return f"t={moment},v1={digest}"


def deliver(api, event, *, signature=None, secret=None):
    from django.conf import settings

    body = event if isinstance(event, str) else json.dumps(event)
    if signature is None:
        signature = signed(body, secret or settings.STRIPE_WEBHOOK_SECRET)
    headers = {"stripe-signature": signature, "accept": "*/*; q=0.5, application/xml"}
    return api.post(ADDRESS, body, content_type="application/json; charset=utf-8", headers=headers)


def waiting_jobs():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs")
        return cursor.fetchone()[0]


@pytest.mark.django_db
class TestDelivery:
    def test_is_stored_once_with_one_job(self, api):
        answers = [deliver(api, an_event()) for _ in range(3)]

        assert [answer.status_code for answer in answers] == [200, 200, 200]
        assert StripeEvent.objects.get().subject_id == "cs_test_nobody"
        assert waiting_jobs() == 1

    def test_of_an_account_keeps_whose_it_is(self, api):
        deliver(api, an_event(account="acct_1"))

        assert StripeEvent.objects.get().account == "acct_1"

    @pytest.mark.parametrize(
        ("about", "more", "account"),
        [
            ({"id": "acct_1", "type": "v2.core.account"}, {}, "acct_1"),
            ({"id": "ch_1", "type": "charge"}, {"context": "acct_2"}, "acct_2"),
            ({"id": "ch_1", "type": "charge"}, {"context": None}, ""),
        ],
    )
    def test_that_is_thin_points_at_what_it_is_about(self, api, about, more, account):
        thin = {
            "id": "evt_thin",
            "object": "v2.core.event",
            "type": "v2.core.account[requirements].updated",
            "created": "2030-06-01T12:00:00.000Z",
            "livemode": False,
            "related_object": {**about, "url": "/v2/core/accounts/acct_1"},
            **more,
        }

        answer = deliver(api, thin)

        kept = StripeEvent.objects.get()
        assert answer.status_code == 200
        assert (kept.account, kept.subject_id) == (account, about["id"])
        assert kept.created_at.isoformat() == "2030-06-01T12:00:00+00:00"

    def test_that_is_thin_and_about_nothing_is_refused(self, api):
        thin = {"id": "evt_thin", "object": "v2.core.event", "type": "v2.core.x", "livemode": False}

        assert deliver(api, thin).status_code == 400
        assert not StripeEvent.objects.exists()

    @pytest.mark.parametrize(
        "signature",
        ["", "t=1,v1=x", "v1=abc", "t=now,v1=abc", "nonsense", "t=1,v1=\x80", ",,,==="],
    )
    def test_without_a_signature_leaves_nothing(self, api, signature):
        answer = deliver(api, an_event(), signature=signature)

        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_signature")
        assert answer["Content-Type"] == "application/problem+json"
        assert not StripeEvent.objects.exists()

    def test_signed_with_another_secret_leaves_nothing(self, api):
        answer = deliver(api, an_event(), secret="whsec_of_another_installation")

        assert answer.json()["code"] == "invalid_signature"
        assert not StripeEvent.objects.exists()

    def test_signed_too_long_ago_leaves_nothing(self, api, settings):
        body = json.dumps(an_event())
        old = signed(body, settings.STRIPE_WEBHOOK_SECRET, seconds_ago=301)

        answer = deliver(api, body, signature=old)

        assert answer.json()["code"] == "invalid_signature"
        assert not StripeEvent.objects.exists()

    @pytest.mark.parametrize("secret", ["whsec_own", "whsec_committees"])
    def test_is_believed_by_the_secret_of_any_endpoint_of_ours(self, api, settings, secret):
        settings.STRIPE_WEBHOOK_SECRET = "whsec_own, whsec_committees"

        answer = deliver(api, an_event(), secret=secret)

        assert (answer.status_code, StripeEvent.objects.count()) == (200, 1)

    @pytest.mark.parametrize("known", ["", ",", "whsec_own,"])
    def test_signed_with_nothing_is_not_believed(self, api, settings, known):
        settings.STRIPE_WEBHOOK_SECRET = known
        body = json.dumps(an_event())

        answer = deliver(api, body, signature=signed(body, ""))

        assert answer.json()["code"] == "invalid_signature"

    def test_with_a_changed_body_leaves_nothing(self, api, settings):
        signature = signed(json.dumps(an_event()), settings.STRIPE_WEBHOOK_SECRET)

        answer = deliver(api, an_event(id="evt_2"), signature=signature)

        assert answer.json()["code"] == "invalid_signature"

    def test_is_not_believed_where_no_secret_is_set(self, api, settings):
        settings.STRIPE_WEBHOOK_SECRET = ""
        body = json.dumps(an_event())

        answer = deliver(api, body, signature=signed(body, ""))

        assert answer.json()["code"] == "invalid_signature"
        assert not StripeEvent.objects.exists()

    def test_of_the_other_mode_leaves_nothing(self, api):
        answer = deliver(api, an_event(livemode=True))

        assert (answer.status_code, answer.json()["code"]) == (400, "livemode_mismatch")
        assert not StripeEvent.objects.exists()

    @pytest.mark.parametrize("body", ["", "{", "[]", "1", '{"id": "evt_1"}'])
    def test_that_is_no_event_leaves_nothing(self, api, body):
        answer = deliver(api, body)

        assert answer.status_code == 400
        assert not StripeEvent.objects.exists()

    @pytest.mark.parametrize("size", [512 * 1024 + 1, 1_000_001, 10_000_000])
    def test_larger_than_any_event_is_not_read(self, api, size):
        answer = deliver(api, "x" * size)

        assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")

    @pytest.mark.parametrize("method", ["get", "put", "delete", "head", "options"])
    def test_by_another_method_is_refused(self, api, method):
        answer = getattr(api, method)(ADDRESS)

        assert (answer.status_code, answer["Allow"]) == (405, "POST")

    def test_needs_no_token_of_a_form(self):
        strict = Client(enforce_csrf_checks=True)

        assert deliver(strict, an_event()).status_code == 200

    def test_says_nothing_to_scripts_of_other_sites(self, api):
        answer = deliver(api, an_event())

        assert "Access-Control-Allow-Origin" not in answer


@pytest.mark.django_db(transaction=True)
class TestDeliveryInParallel:
    def test_of_one_event_twenty_times_is_stored_once(self):
        with ThreadPoolExecutor(20) as pool:
            statuses = list(pool.map(lambda _: _deliver_alone(), range(20)))

        assert statuses == [200] * 20
        assert StripeEvent.objects.count() == waiting_jobs() == 1


def _deliver_alone():
    try:
        return deliver(Client(raise_request_exception=False), an_event()).status_code
    finally:
        connections.close_all()
