"""A campaign of three hundred cards, killed at every step of its closing: each charged once.

One campaign, killed at one point after the other: each time the next worker goes on where the one
before died. In the end each card was charged once or its holder has a week, by our books and by
the sandbox's own record. `make prove-deadline` does the same with ten thousand.

Planted and seen to fall: the intent confirmed under a new intent after a kill; a charge made
without its row; two decisions.
"""

import time

import pytest

from backend.common.crashpoints import KILLED
from tests.campaign.deadline import (
    CARDS_PER_DECLINE,
    closing_of,
    is_charged,
    let_deadline_come,
    secure_many,
    states_of,
)
from tests.running_site import wait_for

pytestmark = pytest.mark.xdist_group("campaign")
SLUG = "three-hundred"
NUMBER = 300
DECLINED = NUMBER // CARDS_PER_DECLINE
IN_THE_CLOSING = (
    "after_decision",
    "after_pledge_row",
    "after_intent_before_commit",
    "after_intent_stored",
    "after_charge_before_commit",
    "after_ledger_before_rollup",
)


def died_at(site, point):
    return (site.logs / "worker.log").read_text().count(f"died at {point}\n")


class TestClosing:
    def test_killed_at_every_step_charges_each_card_once(self, open_site):
        open_site.kill(open_site.worker)
        secure_many(open_site, slug=SLUG, number=NUMBER)
        let_deadline_come(open_site, SLUG)
        began = time.time()

        ends = []
        for point in IN_THE_CLOSING:
            before = died_at(open_site, point)
            open_site.start_worker(crashpoint=point)
            ends.append(wait_for(open_site.worker.poll, f"the worker to die at {point}"))
            assert died_at(open_site, point) == before + 1
        unfinished = states_of(open_site, SLUG)
        open_site.start_worker()
        wait_for(lambda: is_charged(open_site, SLUG), "all cards to be charged")

        closing = closing_of(open_site, SLUG, began=began)
        decisions = open_site.query(
            "SELECT count(*), bool_and(is_reached) FROM pledges_decision d"
            " JOIN projects_project p ON p.id = d.project_id WHERE slug = %s",
            SLUG,
        )
        assert ends == [KILLED] * len(IN_THE_CLOSING)
        assert unfinished["settled"] < NUMBER - DECLINED
        assert decisions == [(1, True)]
        assert (closing.settled, closing.failing, closing.others) == (
            NUMBER - DECLINED,
            DECLINED,
            0,
        )
        assert (closing.charged_once, closing.charged_more) == (NUMBER - DECLINED, 0)
        assert closing.receipts == NUMBER - DECLINED
        assert closing.most_at_an_endpoint <= 25
        assert "failed" not in open_site.manage("check_ledger")
