"""Killed at each named point of a payment, and started again: nothing lost, nobody charged twice.

Each case runs web, worker and sandbox as programs of their own. The process that carries the
point dies there as by kill -9 (exit code 137; its last word in the log names the point); a new
one is started, the client asks again with the same key, and the books are compared with the
sandbox's own record. Three points lie in both processes and are tried in both.

Planted and seen to fall: the key of a payment made from the clock; jobs of dead workers left
alone; an event stored without its job; the receipt's letter queued without its unique key.
"""

import pytest

from backend.common.crashpoints import KILLED, NAMES
from tests.campaign.facts import ONCE, books_of, pages_of, the_pledge, total_of
from tests.campaign.rows import add_project
from tests.campaign.test_accounts import OF_AN_ACCOUNT
from tests.campaign.test_closing_killed import IN_THE_CLOSING
from tests.campaign.test_refunds import OF_A_REFUND
from tests.running_site import wait_for

pytestmark = pytest.mark.xdist_group("campaign")

BEFORE_THE_PAGE = ("after_pledge_row", "after_stripe_before_commit", "after_session_stored")
ON_DELIVERY = ("after_event_stored",)
IN_A_JOB = (
    "before_refetch",
    "after_refetch_before_apply",
    "after_ledger_before_rollup",
    "after_commit_before_mail",
)
BOTH = ("before_refetch", "after_refetch_before_apply")
CANARY = "canary-7f3@example.org"
GIFT = {"amount_minor": 2500, "currency": "EUR", "email": CANARY, "name": "Canary Seven"}


def ask(site, slug):
    """Send the one request for a pledge; its key is the same each time."""
    path = f"/api/v1/projects/{slug}/pledges/"
    return site.post(path, GIFT, **{"Idempotency-Key": f"key-of-{slug}"})


def pay(site, made):
    """Press the button of Stripe's page that the pledge leads to."""
    return site.sandbox.complete(session_of(made))


def session_of(made):
    return made["checkout_url"].rsplit("/", 1)[-1].split("#")[0].split("?")[0]


def has_arrived(site, slug):
    pledge, state, _ = the_pledge(site, slug)
    return state == "settled" and books_of(site, pledge).letters == 1


def assert_all_books_agree(site, slug, pages=1):
    pledge, state, gross = the_pledge(site, slug)
    assert (state, gross) == ("settled", 2500)
    assert books_of(site, pledge) == ONCE
    assert len(pages_of(site, pledge)) == pages
    assert wait_for(lambda: total_of(site, slug) == 2500, "the page to show the money")


def slug_of(point):
    return point.replace("_", "-")


def died_at(site, process, point):
    """Tell whether the process's last word named the point."""
    return f"died at {point}\n" in (site.logs / f"{process}.log").read_text()


class TestPoints:
    def test_are_all_tried_here_or_in_a_closing_a_refund_or_an_account(self):
        tried = {*BEFORE_THE_PAGE, *ON_DELIVERY, *IN_A_JOB, *IN_THE_CLOSING, *OF_A_REFUND}

        assert set(NAMES) == tried | set(OF_AN_ACCOUNT)


class TestWebKilled:
    @pytest.mark.parametrize("point", BEFORE_THE_PAGE)
    def test_before_its_answer_gives_the_same_pledge_to_the_same_key(self, open_site, point):
        slug = add_project(open_site, slug=slug_of(point))
        open_site.kill(open_site.web)
        open_site.start_web(crashpoint=point)

        unanswered, _ = ask(open_site, slug)
        first = the_pledge(open_site, slug)
        open_site.kill(open_site.web)
        open_site.start_web()
        status, made = ask(open_site, slug)
        pay(open_site, made)
        wait_for(lambda: has_arrived(open_site, slug), "the receipt")

        assert unanswered == 0
        assert died_at(open_site, "web", point)
        assert status in (200, 201)
        assert made["id"] == first[0]
        assert_all_books_agree(open_site, slug)

    @pytest.mark.parametrize("point", ON_DELIVERY)
    def test_on_a_delivery_loses_no_event(self, open_site, point):
        slug = add_project(open_site, slug=slug_of(point))
        open_site.kill(open_site.web)
        open_site.start_web(crashpoint=point)
        _, made = ask(open_site, slug)

        pay(open_site, made)
        wait_for(lambda: open_site.get("/healthz")[0] == 0, "the web to die")
        open_site.kill(open_site.web)
        open_site.start_web()
        wait_for(lambda: has_arrived(open_site, slug), "the receipt")

        assert died_at(open_site, "web", point)
        assert_all_books_agree(open_site, slug)

    @pytest.mark.parametrize("point", BOTH)
    def test_while_it_looks_at_an_overdue_page_opens_one_more_and_no_third(self, open_site, point):
        slug = add_project(open_site, slug=f"web-{slug_of(point)}")
        open_site.kill(open_site.worker)
        _, first = ask(open_site, slug)
        open_site.sandbox.control(f"checkout/sessions/{session_of(first)}/expire", {})
        open_site.change("UPDATE payments_payment SET session_expires_at = now()"
            " WHERE purpose = %s", f"pledge:{first['id']}")  # fmt: skip
        open_site.kill(open_site.web)
        open_site.start_web(crashpoint=point)

        unanswered, _ = ask(open_site, slug)
        open_site.kill(open_site.web)
        open_site.start_web()
        open_site.start_worker()
        _, made = ask(open_site, slug)
        pay(open_site, made)
        wait_for(lambda: has_arrived(open_site, slug), "the receipt")

        assert unanswered == 0
        assert died_at(open_site, "web", point)
        assert made["id"] == first["id"]
        assert_all_books_agree(open_site, slug, pages=2)


class TestWorkerKilled:
    @pytest.mark.parametrize("point", ON_DELIVERY)
    def test_while_it_pulls_loses_no_event(self, open_site, point):
        slug = add_project(open_site, slug=f"worker-{slug_of(point)}")
        open_site.sandbox.control("deliveries/disturb", {"drop_all": True})
        open_site.kill(open_site.worker)
        open_site.start_worker(crashpoint=point)
        _, made = ask(open_site, slug)

        pay(open_site, made)
        died_with = wait_for(open_site.worker.poll, "the worker to die")
        open_site.start_worker()
        wait_for(lambda: has_arrived(open_site, slug), "the receipt")

        assert died_with == KILLED
        assert died_at(open_site, "worker", point)
        assert_all_books_agree(open_site, slug)

    @pytest.mark.parametrize("point", IN_A_JOB)
    def test_leaves_its_job_to_the_next(self, open_site, point):
        slug = add_project(open_site, slug=slug_of(point))
        open_site.kill(open_site.worker)
        open_site.start_worker(crashpoint=point)
        _, made = ask(open_site, slug)

        pay(open_site, made)
        died_with = wait_for(open_site.worker.poll, "the worker to die")
        unfinished = has_arrived(open_site, slug)
        open_site.start_worker()
        wait_for(lambda: has_arrived(open_site, slug), "the receipt")

        assert died_with == KILLED
        assert died_at(open_site, "worker", point)
        assert not unfinished
        assert_all_books_agree(open_site, slug)


class TestBothKilled:
    def test_at_once_with_every_delivery_lost_still_brings_the_money(self, open_site):
        slug = add_project(open_site, slug="both-killed")
        _, made = ask(open_site, slug)
        open_site.sandbox.control("deliveries/disturb", {"drop_all": True})

        pay(open_site, made)
        open_site.stop()
        open_site.start_web()
        open_site.start_worker()
        wait_for(lambda: has_arrived(open_site, slug), "the receipt")

        assert_all_books_agree(open_site, slug)


class TestCanary:
    def test_of_the_donor_no_log_no_job_and_no_public_word_tells(self, open_site):
        """I-pii: the name and address stay in the pledge and in the mail to its donor."""
        slug = add_project(open_site, slug="canary")
        _, made = ask(open_site, slug)
        pay(open_site, made)
        wait_for(lambda: has_arrived(open_site, slug), "the receipt")
        wait_for(lambda: total_of(open_site, slug) == 2500, "the page to show the money")

        logs = "".join(log.read_text() for log in open_site.logs.glob("*.log"))
        jobs = open_site.query("SELECT args::text FROM procrastinate_jobs")
        public = [
            open_site.get(path)[1]
            for path in (
                f"/en/projects/{slug}/",
                f"/en/projects/{slug}/ledger/",
                f"/projects/{slug}/ledger.jsonl",
                f"/api/v1/projects/{slug}/",
                f"/api/v1/projects/{slug}/ledger/",
            )
        ]
        told = f"{logs} {jobs} {public}".lower()
        assert "died at" in logs
        assert all(slug in page or "pledge_settled" in page for page in public)
        assert "canary-7f3" not in told
        assert "canary seven" not in told


class TestAfterwards:
    def test_every_invariant_holds(self, open_site):
        checked = open_site.manage("check_ledger")

        assert checked.count(" ok") == len(checked.splitlines()) >= 15
