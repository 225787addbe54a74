"""The parts of `make prove`: what a seed draws, and whether the judge names what is wrong.

The run itself takes minutes and is not among the tests; these are what it rests on.

Planted and seen to fall: a pledge that is in no row passed over; a second charge passed over; a sum
that differs passed over; seeds that all draw the same.
"""

import ast
from dataclasses import replace
from itertools import islice

import pytest

from tests.architecture.trees import ROOT
from tests.campaign.deadline import Closing
from tests.campaign.prove import line_of
from tests.campaign.prove_deadline import problems_of
from tests.campaign.proving.judging import (
    ENDS,
    LEAST,
    Kept,
    Told,
    Verdict,
    Work,
    differences,
    judge,
    judge_refunds,
    money_of,
    never_seen,
    too_little,
)
from tests.campaign.proving.run import Outcome
from tests.campaign.proving.schedule import (
    AT_DEADLINE,
    AT_ONCE,
    OF_A_WORKER,
    OF_THE_WEB,
    blows,
    donors,
)
from tests.campaign.proving.seeded import BUGS

pytestmark = pytest.mark.xdist_group("campaign")
A_KEPT_PLEDGE = Kept(
    "p1", "well", "EUR", 2500, returned_minor=0, state="settled", bookings=1, receipts=1, thanks=1
)
A_WORD = {"p1": Told("p1", "well", "EUR", {2500})}


def charge(pledge="p1", minor=2500, name="ch_1", kind="charge", **more):
    return {
        "kind": kind,
        "charge": name,
        "amount_minor": minor,
        "currency": "eur",
        "metadata": {"purpose": f"pledge:{pledge}"},
        **more,
    }


def found(kept=A_KEPT_PLEDGE, record=None, told=None, **more):
    """Return the kinds of what the judge names."""
    rows = {kept.pledge: kept} if kept else {}
    lines = [charge()] if record is None else record
    verdicts = judge(A_WORD if told is None else told, rows, money_of(lines), **more)
    return [verdict.kind for verdict in verdicts]


class TestSchedule:
    def test_is_the_same_for_the_same_seed(self):
        assert donors(7, 100) == donors(7, 100)
        assert list(islice(blows(7), 80)) == list(islice(blows(7), 80))

    def test_is_another_for_another_seed(self):
        assert {(d.campaign, d.way, d.amount_minor) for d in donors(7, 100)} != {
            (d.campaign, d.way, d.amount_minor) for d in donors(8, 100)
        }
        assert list(islice(blows(7), 80)) != list(islice(blows(8), 80))

    @pytest.mark.parametrize("seed", range(1, 6))
    def test_of_a_whole_run_tries_every_way_and_every_point(self, seed):
        drawn = donors(seed, 720)
        points = {blow.point for blow in islice(blows(seed), 56)}

        assert {donor.way for donor in drawn} == {*AT_ONCE, *AT_DEADLINE}
        assert len({donor.key for donor in drawn}) == 720
        assert points >= {*OF_A_WORKER, *OF_THE_WEB}

    def test_begins_with_a_crash_of_the_database(self):
        assert next(blows(7)).kind == "database"


class TestJudge:
    def test_names_nothing_where_all_is_right(self):
        assert found() == []

    def test_names_a_pledge_that_was_acknowledged_and_is_gone(self):
        assert "missing" in found(kept=None, record=[])

    def test_names_money_of_no_pledge(self):
        assert found(record=[charge(), charge(pledge="p2", name="ch_2")]) == ["missing"]

    def test_names_a_pledge_that_was_charged_twice(self):
        assert found(record=[charge(), charge(name="ch_2")]) == ["charged twice"]

    def test_names_another_sum_than_was_told(self):
        assert found(told={"p1": Told("p1", "well", "EUR", {2600})}) == ["altered"]

    def test_takes_either_sum_where_the_answer_to_a_change_was_lost(self):
        assert found(told={"p1": Told("p1", "well", "EUR", {2500, 2600})}) == []

    def test_names_another_sum_than_was_charged(self):
        assert found(record=[charge(minor=2501)]) == ["altered"]

    def test_names_money_that_is_in_no_book(self):
        assert found(kept=replace(A_KEPT_PLEDGE, state="expired")) == ["unbooked"]

    def test_names_a_book_without_money(self):
        assert found(record=[]) == ["uncharged"]

    @pytest.mark.parametrize(
        ("fields", "kind"),
        [
            ({"bookings": 2}, "booked twice"),
            ({"bookings": 0}, "unbooked"),
            ({"thanks": 0}, "unthanked"),
            ({"thanks": 2}, "thanked twice"),
            ({"receipts": 2}, "thanked twice"),
        ],
    )
    def test_names_what_was_not_done_just_once(self, fields, kind):
        assert found(kept=replace(A_KEPT_PLEDGE, **fields)) == [kind]

    def test_names_a_pledge_that_came_to_no_end(self):
        assert found(kept=replace(A_KEPT_PLEDGE, state="charging"), record=[]) == ["unfinished"]

    def test_lets_a_failed_card_have_its_week_and_no_more(self):
        failing = replace(A_KEPT_PLEDGE, state="failing")

        assert found(kept=failing, record=[], window_is_over=False) == []
        assert found(kept=failing, record=[]) == ["unfinished"]

    def test_names_a_withdrawn_pledge_that_was_charged(self):
        told = {"p1": Told("p1", "well", "EUR", {2500}, is_withdrawn=True)}

        assert found(told=told) == ["altered"]

    def test_names_a_card_charged_for_a_campaign_that_missed_its_minimum(self):
        assert found(failed_campaigns=["well"]) == ["charged for nothing"]

    @pytest.mark.parametrize(
        ("back", "state"), [(0, "settled"), (500, "part_refunded"), (2500, "refunded")]
    )
    def test_knows_the_state_that_what_went_back_demands(self, back, state):
        record = [charge(), charge(kind="refund", minor=back)]
        right = replace(A_KEPT_PLEDGE, state=state, returned_minor=back)
        wrong = replace(A_KEPT_PLEDGE, state="disputed", returned_minor=back)

        assert found(kept=right, record=record) == []
        assert found(kept=wrong, record=record) == ["altered"]

    def test_counts_what_a_lost_dispute_took_and_not_what_a_won_one_did(self):
        lost = [charge(), charge(kind="dispute")]
        won = [*lost, charge(kind="dispute_reversal")]

        assert found(record=won) == []
        assert found(record=lost) == ["altered"]


class TestJudgeOfRefunds:
    def a_refund(self, name, minor=500):
        return charge(kind="refund", minor=minor, metadata={"refund": f"refund:{name}"})

    def test_names_a_promise_that_was_not_kept(self):
        assert judge_refunds({"r1": 500}, [self.a_refund("r1")]) == []
        assert [one.kind for one in judge_refunds({"r1": 500}, [])] == ["missing"]

    def test_names_what_went_back_twice_or_otherwise(self):
        twice = judge_refunds({"r1": 500}, 2 * [self.a_refund("r1")])
        other = judge_refunds({"r1": 500}, [self.a_refund("r1", 501)])

        assert [one.kind for one in twice] == ["given back twice"]
        assert [one.kind for one in other] == ["altered"]


class TestDifferences:
    def test_are_what_the_book_has_more_or_less_than_the_record(self):
        record = [charge(), charge(kind="fee", minor=63), charge(kind="top_up", minor=9)]

        assert differences({"EUR": 2437}, record) == {"EUR": 0}
        assert differences({"EUR": 2438, "JPY": 5}, record) == {"EUR": 1, "JPY": 5}


class TestWork:
    def test_is_enough_at_its_least_and_too_little_below(self):
        assert too_little(LEAST) == []
        assert too_little(replace(LEAST, kills=39)) == ["kills: 39, at least 40"]

    def test_is_too_little_where_nobody_came_to_one_of_the_ends(self):
        ends = dict.fromkeys(ENDS, 1)

        assert never_seen(ends) == []
        assert never_seen({**ends, "withdrawn": 0}) == ["no pledge ended withdrawn"]


class TestLine:
    def test_says_what_was_done_and_what_was_lost(self):
        work = Work(720, 44, 3, 230, 61, 120, 40, 300)
        verdicts = [Verdict("charged twice", "p1", ""), Verdict("missing", "p2", "")]
        outcome = Outcome(work, verdicts, [], {"EUR": -102, "JPY": 0}, {}, 300)

        line = line_of(outcome, 7)

        assert line.startswith("seed 7, commit ")
        assert "720 pledges, 44 kills, 3 database crashes, 230 API faults" in line
        assert line.endswith("→ 1 lost, 1 doubled, difference 1.02")
        assert not outcome.is_sound


class TestDeadline:
    SOUND = Closing(
        settled=98,
        failing=2,
        others=0,
        charged_once=98,
        charged_more=0,
        receipts=98,
        seconds=45.0,
        most_at_an_endpoint=25,
        most_in_all=80,
    )

    def test_is_sound_where_each_card_was_charged_once_or_has_its_week(self):
        assert problems_of(self.SOUND, 100, allowed=45.5) == []

    @pytest.mark.parametrize(
        "fields",
        [
            {"settled": 97, "others": 1},
            {"charged_once": 97, "charged_more": 1},
            {"receipts": 97},
            {"seconds": 46.0},
            {"most_at_an_endpoint": 26},
            {"most_in_all": 81},
        ],
    )
    def test_is_not_where_one_is_lost_doubled_or_too_fast(self, fields):
        named = [
            text.split(":")[0] for text in problems_of(replace(self.SOUND, **fields), 100, 45.5)
        ]

        assert named == list(fields)


class TestSeededBugs:
    def test_are_many_and_each_is_caught_by_one_of_the_two(self):
        assert len({bug.name for bug in BUGS}) == len(BUGS) >= 15
        assert all(bool(bug.test) != bool(bug.words) for bug in BUGS)

    @pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
    def test_can_still_be_planted(self, bug):
        for change in bug.changes:
            sound = (ROOT / change.file).read_text()
            assert sound.count(change.text) == 1
            ast.parse(sound.replace(change.text, change.wrong))

    @pytest.mark.parametrize("test", sorted({bug.test for bug in BUGS if bug.test}))
    def test_name_tests_that_are_there(self, test):
        file, _, name = test.partition("::")

        assert f"class {name}" in (ROOT / file).read_text()
