"""Monthly gifts killed at named points: a month is booked once, and a wish is carried out.

Web, worker and sandbox are programs of their own; who stops a gift dies as by kill -9 after
Stripe has ended it and before we know, and the worker while it books a month.
"""

import pytest

from backend.common.crashpoints import KILLED
from tests.running_site import wait_for

pytestmark = pytest.mark.xdist_group("campaign")
WHILE_BOOKING = ("after_refetch_before_apply", "after_ledger_before_rollup")
BEGIN = """
from django.utils import timezone
from backend.giving.operations import make_monthly_gift, start_monthly_gift
from backend.money import Money
from backend.payments.models import Payment
from tests.factories import a_committee
gift = make_monthly_gift(committee=a_committee(), twinning=None, cover_fee=False, name="",
    amount=Money(1000, "EUR"), email="giver@example.org", language="en", donor_id=None,
    idempotency_key=None, at=timezone.now()).gift
start_monthly_gift(gift=gift, at=timezone.now())
print(gift.pk, Payment.objects.get(purpose=gift.purpose).session_id)
"""
STOP = """
from django.utils import timezone
from backend.giving.wishes import stop_gift
stop_gift(gift_id="{gift}", at=timezone.now())
"""
BOOKED = """
SELECT (SELECT count(*) FROM giving_instalment WHERE gift_id = %s),
       (SELECT count(*) FROM ledger_transaction l JOIN giving_instalment i
            ON i.purpose = l.reference WHERE i.gift_id = %s AND l.kind = 'monthly_settled'),
       (SELECT count(*) FROM mail_mail m JOIN giving_instalment i ON m.reference = i.id::text
         WHERE i.gift_id = %s AND m.kind = 'monthly_receipt' AND m.state = 'sent')
"""


def begun(site):
    """A gift that waits for its donor on Stripe's page, and the page."""
    return site.shell(BEGIN).split()


def booked(site, gift):
    return site.query(BOOKED, gift, gift, gift)[0]


def state_of(site, gift):
    return site.query("SELECT state FROM giving_monthlygift WHERE id = %s", gift)[0][0]


class TestAWorkerKilledWhileItBooks:
    @pytest.mark.parametrize("point", WHILE_BOOKING)
    def test_leaves_the_month_to_the_next_which_books_it_once(self, open_site, point):
        gift, session = begun(open_site)
        open_site.kill(open_site.worker)
        open_site.start_worker(crashpoint=point)

        open_site.sandbox.complete(session)
        died_with = wait_for(open_site.worker.poll, "the worker to die")
        open_site.start_worker()
        wait_for(lambda: booked(open_site, gift) == (1, 1, 1), "one month, one line, one letter")

        assert died_with == KILLED
        assert state_of(open_site, gift) == "active"


class TestADonorsStopKilledAfterTheCall:
    def test_is_known_and_told_once(self, open_site):
        gift, session = begun(open_site)
        open_site.sandbox.complete(session)
        wait_for(lambda: booked(open_site, gift) == (1, 1, 1), "the first month")

        code, words = open_site.die(STOP.format(gift=gift), "after_stripe_before_commit")
        open_site.change(
            "UPDATE giving_wish SET asked_at = asked_at - interval '5 minutes'"
            " WHERE state = 'asked' AND gift_id = %s",
            gift,
        )
        wait_for(
            lambda: open_site.query(
                "SELECT state FROM giving_wish WHERE gift_id = %s AND act = 'stop'", gift
            ) == [("done",)],
            "the wish to be carried out",
        )  # fmt: skip

        assert (code, "died at after_stripe_before_commit" in words) == (KILLED, True)
        assert state_of(open_site, gift) == "stopped"
        told = "SELECT count(*) FROM mail_mail WHERE kind = 'monthly_stopped' AND reference LIKE %s"
        assert open_site.query(told, f"{gift}%") == [(1,)]
