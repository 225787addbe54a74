"""Funding bars: how far the parts reach, and where the tick stands."""

import re

import pytest

from frontend.drawing.bars import FundingBar, funding_bar, percent_funded

BOX = re.compile(r"M([\d.]+) 0h([\d.]+)v10h-\2z")


def a_bar(*, goal=1000, minimum=0, **minor_by_kind) -> FundingBar:
    return funding_bar(minor_by_kind=minor_by_kind, goal_minor=goal, minimum_minor=minimum)


def kinds(bar: FundingBar) -> list[str]:
    return [part.kind for part in bar.segments]


def reach(bar: FundingBar, number: int) -> tuple[float, float]:
    start, width = map(float, BOX.fullmatch(bar.segments[number].path).groups())
    return start, start + width


class TestFundingBar:
    def test_is_empty_before_the_first_pledge(self):
        assert a_bar().segments == ()
        assert a_bar().drawing == ""

    def test_keeps_one_order_whatever_order_is_given(self):
        bar = a_bar(funds=100, companies=100, citizens=100)

        assert kinds(bar) == ["citizens", "companies", "funds"]

    def test_leaves_out_kinds_that_gave_nothing(self):
        assert kinds(a_bar(citizens=100, companies=0)) == ["citizens"]

    def test_draws_a_quarter_of_the_goal_as_a_quarter_with_a_gap(self):
        assert reach(a_bar(citizens=250), 0) == (0, 24.5)

    def test_starts_each_part_where_the_one_before_would_end_without_its_gap(self):
        bar = a_bar(citizens=250, companies=250)

        assert reach(bar, 1) == (25, 49.5)

    def test_is_full_at_the_goal_without_a_gap_at_the_end(self):
        assert reach(a_bar(citizens=1000), 0) == (0, 100)

    def test_is_full_and_no_fuller_beyond_the_goal(self):
        bar = a_bar(citizens=1500, companies=500)

        assert reach(bar, 0) == (0, 74.5)
        assert reach(bar, 1) == (75, 100)

    def test_shows_the_smallest_gift(self):
        start, end = reach(a_bar(citizens=1, goal=1_000_000), 0)

        assert (start, end) == (0, 0.8)

    def test_keeps_a_small_last_part_inside_the_bar(self):
        bar = a_bar(citizens=999_999, companies=1, goal=1_000_000)

        assert reach(bar, 1) == (pytest.approx(99.2), 100)

    def test_draws_a_project_without_a_goal(self):
        assert reach(a_bar(citizens=5, goal=0), 0) == (0, 100)

    def test_hatches_what_is_only_promised(self):
        assert kinds(a_bar(citizens=100, promised=300)) == ["citizens", "promised", "hatch"]

    def test_keeps_the_hatching_inside_its_part(self):
        bar = a_bar(promised=300)
        lines = [float(x) for x in re.findall(r"M([\d.]+) 10", bar.segments[1].path)]

        assert len(lines) > 5
        assert min(lines) >= 0
        assert max(lines) + 1.6 <= reach(bar, 0)[1] + 1e-9

    def test_puts_the_tick_at_the_minimum(self):
        assert a_bar(minimum=810).segments[-1].path == "M81 0h.7v10h-.7z"

    def test_keeps_a_tick_at_the_goal_inside_the_bar(self):
        assert a_bar(minimum=1000).segments[-1].path == "M99.3 0h.7v10h-.7z"

    def test_has_no_tick_without_a_minimum(self):
        assert kinds(a_bar(citizens=100, minimum=0)) == ["citizens"]

    def test_draws_what_its_segments_say(self):
        bar = a_bar(citizens=250)

        assert bar.drawing == '<path class="bar__citizens" d="M0 0h24.5v10h-24.5z"/>'


class TestPercentFunded:
    @pytest.mark.parametrize(
        ("raised", "percent"), [(0, 0), (9_999, 99), (10_000, 100), (10_250, 102)]
    )
    def test_is_rounded_down(self, raised, percent):
        assert percent_funded(raised_minor=raised, goal_minor=10_000) == percent

    def test_is_nothing_without_a_goal(self):
        assert percent_funded(raised_minor=5, goal_minor=0) == 0
