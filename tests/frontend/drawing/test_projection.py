"""The projection: known points, symmetry, edges."""

import pytest

from frontend.drawing.projection import MIDDLE_X, MIDDLE_Y, project, width_at


class TestProject:
    def test_puts_the_origin_in_the_middle(self):
        assert project(0, 0) == (MIDDLE_X, MIDDLE_Y)

    def test_puts_north_above_and_east_to_the_right(self):
        x, y = project(45.75, 4.85)

        assert x > MIDDLE_X
        assert y < MIDDLE_Y

    def test_is_symmetric(self):
        north_east, south_west = project(35, 50), project(-35, -50)

        assert north_east[0] - MIDDLE_X == pytest.approx(MIDDLE_X - south_west[0])
        assert north_east[1] - MIDDLE_Y == pytest.approx(MIDDLE_Y - south_west[1])

    def test_draws_the_pole_as_a_line_of_0_52_of_the_equator(self):
        assert width_at(90) / width_at(0) == pytest.approx(0.52, abs=0.06)

    def test_keeps_the_whole_equator_on_the_map(self):
        assert 0 <= project(0, -180)[0] < 10
        assert 990 < project(0, 180)[0] <= 1000
