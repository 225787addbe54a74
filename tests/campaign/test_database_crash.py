"""The database dies in the middle of pledges, as by a power cut, and comes back.

A server of its own, durable as in production, because others of this run must not die with it.
Whoever asked meanwhile was told to come again (503), never that something broke (500); what was
answered with a pledge is there afterwards; the worker goes on by itself.
"""

import json
import os
import tempfile
import threading
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from backend.config.embedded import EmbeddedPostgres
from tests.campaign.facts import ONCE, books_of
from tests.campaign.rows import add_project
from tests.campaign.test_crashpoints import session_of
from tests.running_site import running_site, wait_for

pytestmark = pytest.mark.xdist_group("campaign")
ASKERS = 3
PAID = 4
PAUSE_SECONDS = 0.2


@pytest.fixture
def durable():
    with tempfile.TemporaryDirectory(prefix="twinfund-crash-") as folder:
        # Root's server runs under another account, which has to pass through.
        Path(folder).chmod(0o711)
        with EmbeddedPostgres(Path(folder)) as server:
            usual = os.environ["TEST_DATABASE_URL"]
            os.environ["TEST_DATABASE_URL"] = server.url
            try:
                yield server
            finally:
                os.environ["TEST_DATABASE_URL"] = usual


def ask(site, slug, key):
    """Ask for a pledge; return status, body and headers, or a status of 0 without an answer."""
    body = {"amount_minor": 2500, "currency": "EUR", "email": f"{key}@example.org"}
    request = urllib.request.Request(
        f"http://127.0.0.1:{site.plan.port}/api/v1/projects/{slug}/pledges/",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json", "Idempotency-Key": key},
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.loads(answer.read()), answer.headers
    except urllib.error.HTTPError as refusal:
        return refusal.code, json.loads(refusal.read()), refusal.headers
    except OSError:
        return 0, {}, {}


class Askers:
    """People who ask for pledges, one after the other, until they are told to stop."""

    def __init__(self, site, slug):
        self.site, self.slug = site, slug
        self.answers = {}
        self.enough = threading.Event()
        self.threads = [threading.Thread(target=self.run, args=[n]) for n in range(ASKERS)]

    def run(self, number):
        count = 0
        while not self.enough.is_set():
            key = f"asker-{number}-{count}"
            self.answers[key] = ask(self.site, self.slug, key)
            count += 1
            self.enough.wait(PAUSE_SECONDS)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.enough.set()
        for thread in self.threads:
            thread.join()

    def number_of(self, *statuses):
        return sum(status in statuses for status, _, _ in list(self.answers.values()))


class TestDatabaseCrash:
    def test_f11_loses_no_pledge_that_was_answered_and_is_told_as_a_pause(self, durable, tmp_path):
        with running_site(tmp_path, name="crashed", STRIPE_PULL_SECONDS="4") as site:
            slug = add_project(site, slug="crashed")
            site.start_web()
            site.start_worker()

            with Askers(site, slug) as askers:
                wait_for(lambda: askers.number_of(201) >= 5, "pledges before the crash")
                durable.stop(immediate=True)
                wait_for(lambda: askers.number_of(503) >= 3, "somebody to be told to wait")
                durable.start()
                before = askers.number_of(201)
                wait_for(lambda: askers.number_of(201) >= before + 5, "pledges after the crash")

            answered = {body["id"] for status, body, _ in askers.answers.values() if status == 201}
            waiting = [headers for status, _, headers in askers.answers.values() if status == 503]
            rows = site.query("SELECT id::text, idempotency_key FROM pledges_pledge")
            again = {key: ask(site, slug, key) for key in askers.answers}
            paid = [body for status, body, _ in again.values() if body["state"] == "pending"][:PAID]
            for pledge in paid:
                site.sandbox.complete(session_of(pledge))
            wait_for(
                lambda: all(books_of(site, pledge["id"]) == ONCE for pledge in paid),
                "the receipts",
            )

            assert {status for status, _, _ in askers.answers.values()} <= {201, 503}
            assert all(int(headers["Retry-After"]) > 0 for headers in waiting)
            assert answered <= {pk for pk, _ in rows}
            assert {status for status, _, _ in again.values()} <= {200, 201}
            assert {body["id"] for _, body, _ in again.values()} >= answered
            assert len(again) == site.query("SELECT count(*) FROM pledges_pledge")[0][0]
            assert len(paid) == PAID
            assert site.worker.poll() is None
            assert "FAILED" not in site.manage("check_ledger")
