"""The map: dots, arcs over the edge of the world, and labels that do not touch."""

import re
from itertools import combinations

import pytest

from frontend.drawing.labels import place_labels
from frontend.drawing.map import Map, Place, Route, draw_map

LYON, LOME = Place("Lyon", 45.75, 4.85), Place("Lomé", 6.13, 1.22)
OSTEND, BANJUL = Place("Ostend", 51.22, 2.92), Place("Banjul", 13.45, -16.58)
OAKLAND, FUKUOKA = Place("Oakland", 37.8, -122.27), Place("Fukuoka", 33.6, 130.41)
PAPEETE, USHUAIA = Place("Papeete", -17.53, -149.57), Place("Ushuaia", -54.8, -68.3)
AROUND = [(20, 0), (-20, 0), (0, 18), (0, -18)]
VIEW = (0.0, 0.0, 1000.0, 400.0)


def view_of(drawn: Map) -> tuple[float, float, float, float]:
    left, top, width, height = map(float, drawn.view_box.split())
    return left, top, left + width, top + height


def ends(arc: str) -> list[float]:
    numbers = [float(number) for number in re.findall(r"-?\d+", arc)]
    return [numbers[0], numbers[-2]]


class TestDrawMap:
    def test_draws_the_empty_world_without_routes(self):
        drawn = draw_map(routes=[])

        assert (drawn.arcs, drawn.dots, drawn.labels) == ((), (), ())

    def test_joins_two_cities_by_one_arc_between_two_dots(self):
        drawn = draw_map(routes=[Route(LYON, LOME)])

        assert len(drawn.arcs) == 1
        assert [dot.kind for dot in drawn.dots] == ["home", "twin"]

    def test_draws_a_city_of_several_routes_once(self):
        drawn = draw_map(routes=[Route(LYON, LOME), Route(LYON, BANJUL)])

        assert len(drawn.dots) == 3

    def test_draws_a_city_that_is_home_and_twin_as_home(self):
        drawn = draw_map(routes=[Route(LYON, LOME), Route(LOME, BANJUL)])

        assert [dot.kind for dot in drawn.dots] == ["home", "home", "twin"]

    def test_leads_an_arc_over_the_pacific_out_at_one_edge_and_in_at_the_other(self):
        drawn = draw_map(routes=[Route(OAKLAND, FUKUOKA)])

        first, second = (ends(arc) for arc in drawn.arcs)
        assert first[1] < 0
        assert second[0] > 1000

    def test_leads_it_the_other_way_from_the_other_side(self):
        drawn = draw_map(routes=[Route(FUKUOKA, OAKLAND)])

        first, second = (ends(arc) for arc in drawn.arcs)
        assert first[1] > 1000
        assert second[0] < 0

    @pytest.mark.parametrize("place", [PAPEETE, USHUAIA])
    def test_widens_the_view_for_a_city_at_the_rim(self, place):
        drawn = draw_map(routes=[Route(LYON, place)])

        left, top, right, bottom = view_of(drawn)
        assert all(left < dot.x < right and top < dot.y < bottom for dot in drawn.dots)

    def test_comes_close_to_one_twinning(self):
        far = view_of(draw_map(routes=[Route(LYON, OSTEND)]))
        near = view_of(draw_map(routes=[Route(LYON, OSTEND)], close_up=True))

        assert near[2] - near[0] == pytest.approx(300, abs=1)
        assert far[2] - far[0] == pytest.approx(850)

    def test_never_cuts_a_row_of_dots_in_half(self):
        for close_up in (False, True):
            _, top, _, bottom = view_of(draw_map(routes=[Route(LYON, LOME)], close_up=close_up))

            assert top % 7 == pytest.approx(3.5, abs=0.1)
            assert bottom % 7 == pytest.approx(3.5, abs=0.1)

    def test_gives_phones_at_most_five_larger_labels(self):
        crowd = [
            Route(Place(f"A{n}", -n * 5, n * 9), Place(f"B{n}", n * 5, -n * 9)) for n in range(9)
        ]

        drawn = draw_map(routes=crowd)

        assert 0 < len(drawn.phone_labels) <= 5
        assert drawn.phone_letter == 2 * drawn.letter


class TestPlaceLabels:
    def test_stands_to_the_right_of_a_lonely_dot(self):
        (label,) = place_labels([("Lyon", 500, 200)], size=15, view=VIEW)

        assert (label.anchor, label.text) == ("start", "Lyon")
        assert label.x > 500

    def test_stands_to_the_left_at_the_right_edge(self):
        (label,) = place_labels([("Auckland", 985, 200)], size=15, view=VIEW)

        assert label.anchor == "end"

    def test_never_overlaps_another(self):
        crowd = [(f"City {n}", 500 + n * 9 % 40, 200 + n * 7 % 40) for n in range(20)]

        labels = place_labels(crowd, size=15, view=VIEW)

        boxes = [box_of(label) for label in labels]
        assert 2 <= len(boxes) < 20
        assert not [pair for pair in combinations(boxes, 2) if overlap(*pair)]

    def test_leaves_out_a_name_that_finds_no_place(self):
        wall = [(str(n), 500 + dx, 200 + dy) for n, (dx, dy) in enumerate(AROUND)]

        labels = place_labels([*wall, ("Lyon", 500, 200)], size=15, view=VIEW)

        assert "Lyon" not in [label.text for label in labels]


def box_of(label) -> tuple[float, float, float, float]:
    width = len(label.text) * 15 * 0.56
    left = label.x - {"start": 0, "middle": width / 2, "end": width}[label.anchor]
    return left, label.y - 15, left + width, label.y


def overlap(one, other) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
