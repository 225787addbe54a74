"""Refunds killed at each named point: the money goes back once, and every book says so.

Who gives money back is a program of its own that dies as by kill -9; then the sweep and the
worker go on. The books are compared with the sandbox's own record.

Planted and seen to fall: the look for what an earlier call did left out. Found here: the row of a
refund in the dashboard, committed before what Stripe told of it, was asked for once more.
"""

import pytest

from backend.common.crashpoints import KILLED
from tests.campaign.facts import record_of, the_pledge, total_of
from tests.campaign.rows import add_project
from tests.running_site import wait_for

pytestmark = pytest.mark.xdist_group("campaign")
OF_A_REFUND = ("after_refund_row", "after_refund_before_commit", "after_ledger_before_rollup")
OF_AN_EVENT = ("after_refetch_before_apply", "after_ledger_before_rollup")
GIFT = {"amount_minor": 2500, "currency": "EUR", "email": "guest@example.org"}
GIVE_BACK = """
from django.utils import timezone
from backend.common.ids import uuid7
from backend.money import Money
from backend.pledges.returning import PledgeRefused, refund_pledge
try:
    made = refund_pledge(pledge_id="{pledge}", amount=Money({minor}, "EUR"),
        reason="The trip was called off", asked_by=uuid7(), refund_id=uuid7(), at=timezone.now())
    print(made.state)
except PledgeRefused as refusal:
    print(type(refusal).__name__)
"""
SWEEP = """
from datetime import timedelta
from django.utils import timezone
from backend.payments.refunds import look_after_refunds
look_after_refunds(at=timezone.now() + timedelta(minutes=2))
"""
IN_THE_DASHBOARD = """
from backend.payments.gateways import stripe
stripe._client().v1.refunds.create({{"charge": "{charge}"}})
"""
COUNTED = """
SELECT (SELECT count(*) FROM payments_refund r JOIN payments_payment p ON p.id = r.payment_id
         WHERE p.purpose = %s),
       (SELECT count(*) FROM ledger_transaction l JOIN payments_refund r
            ON l.reference = 'refund:' || r.id JOIN payments_payment p ON p.id = r.payment_id
         WHERE l.kind = 'pledge_refunded' AND p.purpose = %s),
       (SELECT count(*) FROM mail_mail m JOIN payments_refund r ON m.reference = r.id::text
            JOIN payments_payment p ON p.id = r.payment_id
         WHERE m.kind = 'pledge_refunded' AND m.state = 'sent' AND p.purpose = %s)
"""


def a_paid_project(site, slug):
    """A project with one paid pledge; return the pledge's id and its charge."""
    add_project(site, slug=slug)
    path = f"/api/v1/projects/{slug}/pledges/"
    _, made = site.post(path, GIFT, **{"Idempotency-Key": f"key-of-{slug}"})
    site.sandbox.complete(made["checkout_url"].rsplit("/", 1)[-1].split("#")[0])
    wait_for(lambda: the_pledge(site, slug)[1] == "settled", "the money")
    site.sandbox.control("balance", {"amount_minor": 100_000})
    pledge = made["id"]
    ((charge,),) = site.query(
        "SELECT charge_id FROM payments_payment WHERE purpose = %s", f"pledge:{pledge}"
    )
    return pledge, charge


def given_back(site, charge):
    """Return the sums that left for the payer, by the sandbox's own record."""
    return [
        line["amount_minor"]
        for line in record_of(site)
        if line["kind"] == "refund" and line["charge"] == charge
    ]


def counted(site, pledge):
    """Count rows, lines of the book and letters of what went back."""
    return site.query(COUNTED, *3 * [f"pledge:{pledge}"])[0]


def has_told(site, pledge):
    return counted(site, pledge)[2] == 1


class TestKilled:
    @pytest.mark.parametrize("point", OF_A_REFUND)
    def test_while_giving_back_is_finished_by_the_sweep(self, open_site, point):
        slug = f"back-{point.replace('_', '-')}"
        pledge, charge = a_paid_project(open_site, slug)

        died = open_site.die(GIVE_BACK.format(pledge=pledge, minor=2500), point)
        open_site.shell(SWEEP)
        wait_for(lambda: has_told(open_site, pledge), "the letter")

        assert died[0] == KILLED
        assert died[1].endswith(f"died at {point}\n")
        assert given_back(open_site, charge) == [2500]
        assert counted(open_site, pledge) == (1, 1, 1)
        assert the_pledge(open_site, slug)[1] == "refunded"
        assert wait_for(lambda: total_of(open_site, slug) == 0, "the page to show it")

    @pytest.mark.parametrize("point", OF_AN_EVENT)
    def test_while_a_refund_of_the_dashboard_is_booked_leaves_it_to_the_next(
        self, open_site, point
    ):
        slug = f"dashboard-{point.replace('_', '-')}"
        pledge, charge = a_paid_project(open_site, slug)
        open_site.kill(open_site.worker)
        open_site.start_worker(crashpoint=point)

        open_site.shell(IN_THE_DASHBOARD.format(charge=charge))
        died_with = wait_for(open_site.worker.poll, "the worker to die")
        open_site.start_worker()
        wait_for(lambda: has_told(open_site, pledge), "the letter")

        assert died_with == KILLED
        assert given_back(open_site, charge) == [2500]
        assert counted(open_site, pledge) == (1, 1, 1)
        assert the_pledge(open_site, slug)[1] == "refunded"


class TestAfterwards:
    def test_every_invariant_holds(self, open_site):
        checked = open_site.manage("check_ledger")

        assert checked.count(" ok") == len(checked.splitlines()) >= 18
