"""The dotted land: dots where land is, none at sea, and coasts that pass the 180th meridian."""

import re
from pathlib import Path

from frontend.drawing.land import RESULT, STEP, crossings, dot_runs, rings, round_the_back
from frontend.drawing.projection import project


def committed_dots() -> set[tuple[int, int]]:
    path = re.search(r' d="([^"]+)"', RESULT.read_text()).group(1)
    runs = re.findall(r"M(\d+) (\d+)h([\d.]+)", path)
    return {
        (x, int(y))
        for first, y, width in runs
        for x in range(int(first), int(first) + int(float(width)) + 1, STEP)
    }


def near(latitude: float, longitude: float) -> bool:
    x, y = project(latitude, longitude)
    return any(
        abs(x - dot_x) <= STEP and abs(y - dot_y) <= STEP for dot_x, dot_y in committed_dots()
    )


class TestCommittedLand:
    def test_has_the_weight_of_a_small_icon(self):
        assert len(Path(RESULT).read_bytes()) < 4_000

    def test_holds_the_world(self):
        assert 1_500 < len(committed_dots()) < 4_000

    def test_has_land_under_lyon_and_bamako_and_fukuoka(self):
        assert near(45.75, 4.85)
        assert near(12.65, -8.0)
        assert near(33.6, 130.41)

    def test_has_sea_in_the_middle_of_the_oceans(self):
        assert not near(0, -30)
        assert not near(-20, 80)
        assert not near(30, -150)


class TestDotRuns:
    def test_fills_a_square_island(self):
        island = [(100.0, 100.0), (140.0, 100.0), (140.0, 140.0), (100.0, 140.0)]

        assert list(dot_runs([island], 112)) == [(105, 140)]

    def test_keeps_a_strait_open(self):
        west = [(100.0, 100.0), (140.0, 100.0), (140.0, 140.0), (100.0, 140.0)]
        east = [(x + 70, y) for x, y in west]

        assert len(list(dot_runs([west, east], 112))) == 2

    def test_finds_nothing_at_sea(self):
        assert list(dot_runs([], 112)) == []


class TestRoundTheBack:
    def test_leads_a_coast_over_the_pole_instead_of_across_the_map(self):
        cape = [(170.0, 60.0), (-170.0, 62.0), (-170.0, 70.0), (170.0, 70.0)]

        projected = [project(latitude, longitude) for longitude, latitude in round_the_back(cape)]

        y = project(66, 0)[1]
        found = [x for x in crossings([projected], y) if 250 < x < 750]
        assert found == []

    def test_leaves_an_ordinary_coast_as_it_is(self):
        island = [(10.0, 10.0), (20.0, 10.0), (20.0, 20.0)]

        assert round_the_back(island) == island


class TestRings:
    def test_reads_arcs_forwards_and_backwards(self):
        topology = {
            "transform": {"scale": [1, 1], "translate": [0, 0]},
            "arcs": [[[0, 0], [10, 0]], [[0, 0], [0, 10], [10, -10]]],
            "objects": {"land": {"geometries": [{"arcs": [[[0, -2]]]}]}},
        }

        (ring,) = rings(topology)

        assert ring == [(0, 0), (10, 0), (10, 0), (0, 10), (0, 0)]
