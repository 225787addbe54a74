"""A deadline is a moment on the home city's clock, also in the nights when the clock changes.

Planted and seen to fall: the second of two hours not taken; an hour that is skipped taken by the
old offset.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.projects.deadlines import deadline_on, last_possible

ZONES = ("Europe/Paris", "Africa/Bamako", "America/New_York", "Asia/Kolkata")


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


class TestDeadlineOn:
    @pytest.mark.parametrize(
        ("zone", "moment"),
        [
            ("Europe/Paris", utc(2030, 6, 1, 18)),
            ("Africa/Bamako", utc(2030, 6, 1, 20)),
            ("America/New_York", utc(2030, 6, 2, 0)),
            ("Asia/Kolkata", utc(2030, 6, 1, 14, 30)),
        ],
    )
    def test_is_eight_in_the_evening_of_the_town(self, zone, moment):
        assert deadline_on(date(2030, 6, 1), time(20), zone) == moment

    @pytest.mark.parametrize(
        ("zone", "day", "hour", "moment"),
        [
            ("Europe/Paris", date(2030, 3, 31), time(2, 30), utc(2030, 3, 31, 1)),
            ("America/New_York", date(2030, 3, 10), time(2), utc(2030, 3, 10, 7)),
            ("America/New_York", date(2030, 3, 10), time(2, 59), utc(2030, 3, 10, 7)),
        ],
    )
    def test_in_an_hour_that_is_skipped_is_the_moment_of_the_jump(self, zone, day, hour, moment):
        assert deadline_on(day, hour, zone) == moment

    @pytest.mark.parametrize(
        ("zone", "day", "hour", "moment"),
        [
            ("Europe/Paris", date(2030, 10, 27), time(2, 30), utc(2030, 10, 27, 1, 30)),
            ("America/New_York", date(2030, 11, 3), time(1, 30), utc(2030, 11, 3, 6, 30)),
        ],
    )
    def test_in_an_hour_that_comes_twice_is_the_second(self, zone, day, hour, moment):
        assert deadline_on(day, hour, zone) == moment

    @given(
        day=st.dates(date(2026, 1, 1), date(2035, 12, 31)),
        hour=st.times(),
        zone=st.sampled_from(ZONES),
    )
    def test_is_never_before_the_clock_shows_that_hour(self, day, hour, zone):
        moment = deadline_on(day, hour, zone)

        shown = moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        wanted = datetime.combine(day, hour)
        assert timedelta(0) <= shown - wanted < timedelta(hours=1)
        assert (shown == wanted) or shown.minute == 0


class TestLastPossible:
    def test_is_the_same_hour_thirty_days_on_though_the_clock_changed(self):
        closes_at = deadline_on(date(2030, 10, 10), time(20), "Europe/Paris")

        latest = last_possible(closes_at, "Europe/Paris")

        assert latest - closes_at == timedelta(days=30, hours=1)
        assert latest.astimezone(ZoneInfo("Europe/Paris")).hour == 20
