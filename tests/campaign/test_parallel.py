"""Many at the same moment, over real HTTP: one key makes one pledge, one event has one effect.

Planted and seen to fall: an event stored without its unique id. What two processes seldom meet is
forced by threads elsewhere: the look-up after a doubled key (tests/api/test_pledges.py) and the row
lock of `apply_session` (tests/backend/payments/test_inbox.py).
"""

import hashlib
import hmac
import json
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from tests.campaign.facts import ONCE, books_of, pages_of, the_pledge, total_of
from tests.campaign.rows import add_project
from tests.running_site import wait_for

pytestmark = pytest.mark.xdist_group("campaign")
MANY = 20
GIFT = {"amount_minor": 2500, "currency": "EUR", "email": "guest@example.org"}


def at_once(act):
    """Do `act` in twenty threads that start together, and return what each got."""
    start = Barrier(MANY)

    def one(number):
        start.wait()
        return act(number)

    with ThreadPoolExecutor(MANY) as threads:
        return list(threads.map(one, range(MANY)))


def ask(site, slug, **changed):
    path = f"/api/v1/projects/{slug}/pledges/"
    return site.post(path, {**GIFT, **changed}, **{"Idempotency-Key": f"key-of-{slug}"})


def session_of(made):
    return made["checkout_url"].rsplit("/", 1)[-1].split("#")[0].split("?")[0]


def delivered(site, event):
    """Deliver an event as Stripe does: signed, on the raw body; return the status."""
    body, moment = json.dumps(event).encode(), int(time.time())
    secret = site.environment["STRIPE_WEBHOOK_SECRET"].partition(",")[0].encode()
    signature = hmac.new(secret, f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    request = urllib.request.Request(
        f"http://127.0.0.1:{site.plan.port}/webhooks/stripe/",
        data=body,
        headers={
            "Content-Type": "application/json",
            "Stripe-Signature": f"t={moment},v1={signature}",
        },
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status
    except urllib.error.HTTPError as refusal:
        return refusal.code


class TestOneKey:
    def test_sent_twenty_times_in_parallel_makes_one_pledge(self, open_site):
        slug = add_project(open_site, slug="one-key")

        answers = at_once(lambda _: ask(open_site, slug))
        later, again = ask(open_site, slug)

        pledge, _, _ = the_pledge(open_site, slug)
        made = [body for status, body in answers if status in (200, 201)]
        refused = [body for status, body in answers if status == 409]
        assert len(made) + len(refused) == MANY
        assert [status for status, _ in answers].count(201) == 1
        assert {body["id"] for body in made} == {pledge}
        assert {body["checkout_url"] for body in made} == {again["checkout_url"]}
        assert {body["code"] for body in refused} <= {"in_progress"}
        assert later == 200
        assert len(pages_of(open_site, pledge)) == 1

    def test_with_another_body_is_refused(self, open_site):
        slug = add_project(open_site, slug="one-key-two-bodies")
        ask(open_site, slug)

        status, problem = ask(open_site, slug, amount_minor=2600)

        assert (status, problem["code"]) == (409, "idempotency_key_reused")
        assert the_pledge(open_site, slug)[2] == 2500


class TestOneEvent:
    def test_delivered_twenty_times_in_parallel_has_one_effect(self, open_site):
        slug = add_project(open_site, slug="one-event")
        _, made = ask(open_site, slug)
        open_site.sandbox.control("deliveries/disturb", {"drop_all": True})
        paid = open_site.sandbox.complete(session_of(made))
        found = open_site.sandbox.control("events?type=checkout.session.completed")["events"]
        (event,) = [one for one in found if one["data"]["object"]["id"] == paid["session"]]

        statuses = at_once(lambda _: delivered(open_site, event))
        wait_for(lambda: the_pledge(open_site, slug)[1] == "settled", "the money")
        pledge, _, _ = the_pledge(open_site, slug)
        wait_for(lambda: books_of(open_site, pledge).letters == 1, "the receipt")
        again = at_once(lambda _: delivered(open_site, event))
        wait_for(lambda: total_of(open_site, slug) == 2500, "the page to show the money")

        assert set(statuses) == set(again) == {200}
        assert books_of(open_site, pledge) == ONCE
        stored = open_site.query(
            "SELECT count(*) FROM payments_stripeevent WHERE id = %s", event["id"]
        )
        assert stored == [(1,)]
        assert "failed" not in open_site.manage("check_ledger")

    def test_applied_by_two_workers_at_once_has_one_effect(self, open_site):
        slug = add_project(open_site, slug="two-workers")
        first = open_site.worker
        open_site.start_worker()
        _, made = ask(open_site, slug)
        open_site.sandbox.control("deliveries/disturb", {"duplicate": True})

        open_site.sandbox.complete(session_of(made))
        wait_for(lambda: the_pledge(open_site, slug)[1] == "settled", "the money")
        pledge, _, _ = the_pledge(open_site, slug)
        wait_for(lambda: books_of(open_site, pledge).letters == 1, "the receipt")
        open_site.kill(first)

        assert books_of(open_site, pledge) == ONCE
