"""Every flow dies at every named point that it passes, each time it passes it, and comes right.

A forked program does the act and is gone in the middle of it, by `os._exit(137)`; then whoever
asked asks again, the next worker goes on with the queue, and the sweeps look. In the end rows,
totals, ledger and the sandbox's record say the same, each letter is written once, and every
invariant holds. The table says which points a flow passes; one run that is let live shows that it
passes no other, so that those pairs cannot be. Together it is over 120 deaths.

Whole programs are killed in tests/campaign, at fewer places. Monthly gifts, accounts that are
opened and accounts that are lost are killed beside their own tests.

Planted and seen to fall: the card of a withdrawn pledge not let go; a refund asked for again under
another key without a look for the first.
"""

from collections import Counter
from itertools import count

import pytest

from backend.common.crashpoints import KILLED, NAMES
from backend.mail.models import Mail
from tests.stateful.dying import FINISHED, die
from tests.stateful.flows import FLOWS, Scene

PAGE = ["after_pledge_row", "after_stripe_before_commit", "after_session_stored"]
EVENT, LOOK = ["after_event_stored"], ["before_refetch", "after_refetch_before_apply"]
BOOK, LETTER = ["after_ledger_before_rollup"], ["after_commit_before_mail"]
INTENT = ["after_pledge_row", "after_intent_before_commit", "after_intent_stored"]
CHARGE, AT_STRIPE = ["after_charge_before_commit"], ["after_stripe_before_commit"]
REFUND, DECISION = ["after_refund_row", "after_refund_before_commit"], ["after_decision"]
# What each flow passes at least, as often as it stands here, and of what it passes nothing else.
POINTS = {
    "a pledge by the API": PAGE,
    "a pledge by the page": PAGE,
    "a page for a card": PAGE,
    "a card pays": 2 * EVENT + LOOK + BOOK + LETTER,
    "a card pays, by webhook": 3 * EVENT + LOOK + BOOK + LETTER,
    "a card pays, and only the sweep sees it": LOOK + BOOK + LETTER,
    "a debit pays": 2 * EVENT + LOOK + BOOK + LETTER,
    "a debit bounces": 2 * EVENT + LOOK,
    "a page expires": EVENT + LOOK,
    "a card is saved": 2 * EVENT + 2 * LOOK,
    "a card is withdrawn": AT_STRIPE,
    "a sum is changed": [],
    "a campaign closes": DECISION + INTENT + CHARGE + BOOK + LETTER + AT_STRIPE,
    "a campaign of three closes": DECISION + 3 * (INTENT + CHARGE + BOOK + LETTER + AT_STRIPE),
    "a campaign closes on a bad card": DECISION + INTENT + CHARGE,
    "a campaign misses": DECISION + AT_STRIPE,
    "another card pays": 2 * AT_STRIPE + PAGE + 4 * EVENT + 3 * LOOK + BOOK + LETTER,
    "the bank is asked": CHARGE + 2 * EVENT + LOOK + BOOK + LETTER + AT_STRIPE,
    "a week is over": 2 * AT_STRIPE,
    "a treasurer gives back": REFUND + BOOK,
    "a treasurer's refund is swept": REFUND + BOOK,
    "Stripe's dashboard gives back": 2 * EVENT + 2 * LOOK + BOOK,
    "a refund fails": 5 * EVENT + 5 * LOOK + BOOK,
    "a bank disputes": 2 * EVENT,
    "a dispute is won": 2 * EVENT,
    "a dispute is lost": EVENT + BOOK,
}
# Of accounts, not of pledges: killed beside their own tests.
ELSEWHERE = {"after_account_row", "after_account_before_commit", "after_lost_cards"}


class TestTable:
    def test_has_every_flow_and_every_point(self):
        assert set(POINTS) == set(FLOWS)
        assert set().union(*POINTS.values()) == set(NAMES) - ELSEWHERE

    def test_means_over_a_hundred_and_twenty_deaths(self):
        assert sum(map(len, POINTS.values())) >= 120


def lived(name, sandbox, *, at):
    """Let a flow die at the `at`-th point it passes, and all come right; return how it ended."""
    flow = FLOWS[name]
    scene = flow.begin(Scene(sandbox, **flow.campaign))
    ended, passed = die(lambda: flow.act(scene), at=at)

    flow.again(scene)
    flow.then(scene)
    scene.converge()
    scene.assert_stripe_did_what(scene.gifts)
    scene.assert_agrees_with(scene.gifts)
    assert scene.broken() == []
    thanked = Mail.objects.filter(kind="pledge_receipt").count()
    assert thanked == sum(gift.state == "paid" for gift in scene.gifts.values())
    return ended, passed


def deaths_of(name, sandbox):
    """Let a flow die at each point in turn, until it passes no further; return where it died."""
    died = []
    for turn in count():
        ended, passed = lived(name, sandbox, at=turn)
        if ended == FINISHED:
            assert passed == died
            return died
        assert ended == KILLED
        died.append(passed[-1])
    return died


@pytest.mark.django_db(transaction=True)
class TestEveryFlow:
    @pytest.mark.parametrize("name", FLOWS)
    def test_dies_at_every_point_and_comes_right(self, sandbox, settings, tmp_path, name):
        settings.CHARGE_BROKEN_OFF_SECONDS = 0
        settings.STATIC_ROOT = tmp_path

        died = deaths_of(name, sandbox)

        assert set(died) == set(POINTS[name])
        assert Counter(died) >= Counter(POINTS[name])
