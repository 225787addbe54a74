"""The drawing of what each month brought.

Planted and seen to fall: the empty months left out; the fee drawn higher than its column; the
highest column not reaching the top.
"""

import re
from datetime import date

from backend.money import Money
from backend.reports.books import Month
from frontend.drawing.months import FOOT, HEAD, HEIGHT, SHOWN, WIDTH, months_chart


def a_month(year, number, received, fees=0):
    return Month(date(year, number, 1), Money(received, "EUR"), Money(fees, "EUR"))


def heights(path):
    return [float(found) for found in re.findall(r"M[\d.]+ 176v-([\d.]+)h", path)]


class TestMonths:
    def test_of_one_month_are_no_drawing(self):
        assert months_chart([a_month(2030, 5, 2500)], "en") is None

    def test_stand_as_high_as_they_brought(self):
        drawn = months_chart([a_month(2030, 4, 5000), a_month(2030, 5, 10000)], "en")

        full = HEIGHT - FOOT - HEAD
        assert heights(drawn.columns) == [full / 2, full]
        assert drawn.finding == "May 2030 brought the most: €100.00."

    def test_leave_room_for_months_without_a_line(self):
        drawn = months_chart([a_month(2029, 12, 100), a_month(2030, 2, 100)], "en")

        assert [name.text for name in drawn.names] == ["Dec 29", "Jan 30", "Feb 30"]
        assert [name.is_inner for name in drawn.names] == [False, True, False]
        assert len(heights(drawn.columns)) == 2
        assert [row["month"] for row in drawn.rows] == ["February 2030", "December 2029"]

    def test_draw_the_fee_inside_its_column(self):
        drawn = months_chart([a_month(2030, 4, 100, 900), a_month(2030, 5, 100)], "en")

        (fee,) = re.findall(r"v([\d.]+)h", drawn.fees)
        assert float(fee) <= heights(drawn.columns)[0]

    def test_show_the_newest_and_name_only_the_outer_ones_when_there_are_many(self):
        months = [a_month(2020 + number // 12, number % 12 + 1, 100) for number in range(40)]

        drawn = months_chart(months, "en")

        assert len(heights(drawn.columns)) == SHOWN
        assert [name.text for name in drawn.names] == ["May 21", "Apr 23"]
        assert len(drawn.rows) == 40

    def test_keep_the_highest_sum_inside_the_drawing(self):
        months = [a_month(2030, number, 10_000 - number) for number in range(1, 13)]

        drawn = months_chart(months, "fr")

        assert 0 < drawn.most_x < WIDTH
        assert drawn.most_y > 0
        assert drawn.most == "99,99\xa0€"

    def test_of_money_that_all_went_back_are_flat(self):
        drawn = months_chart([a_month(2030, 4, 0), a_month(2030, 5, -100)], "en")

        assert drawn.columns == ""
