"""Counts per window: exact under parallel calls, apart for each subject, silent about whom.

Planted and seen to fall: the count read first and written afterwards, one key for all subjects, a
window that never ends, the subject kept as it is, old windows kept for ever.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from django.db import IntegrityError, connections

from backend.throttles.models import Window
from backend.throttles.operations import Limit, TooOften, forget_windows, note

NOON = datetime(2030, 6, 1, 12, 0, tzinfo=UTC)
THREE_A_MINUTE = Limit("three a minute", most=3, seconds=60)
TWO_AN_HOUR = Limit("two an hour", most=2, seconds=3600)


@pytest.fixture(autouse=True)
def true_limits(settings):
    settings.THROTTLES_TIMES = 1


def note_one(subject="a", *, limit=THREE_A_MINUTE, at=NOON):
    note(acts=[(limit, subject)], at=at)


@pytest.mark.django_db
class TestNote:
    def test_takes_as_many_as_the_limit_says(self):
        for _ in range(3):
            note_one()

        with pytest.raises(TooOften):
            note_one()

    def test_names_the_moment_from_which_it_begins_anew(self):
        for second in range(3):
            note_one(at=NOON + timedelta(seconds=second))

        with pytest.raises(TooOften) as refusal:
            note_one(at=NOON + timedelta(seconds=59))

        assert refusal.value.again_at == NOON + timedelta(seconds=60)
        note_one(at=refusal.value.again_at)

    def test_counts_each_subject_by_itself(self):
        for _ in range(3):
            note_one("a")

        note_one("b")

    def test_counts_each_limit_by_itself(self):
        for _ in range(3):
            note_one()

        note_one(limit=Limit("another three a minute", most=3, seconds=60))

    def test_of_two_limits_holds_both(self):
        for _ in range(2):
            note(acts=[(THREE_A_MINUTE, "a"), (TWO_AN_HOUR, "a")], at=NOON)

        with pytest.raises(TooOften) as refusal:
            note(acts=[(THREE_A_MINUTE, "a"), (TWO_AN_HOUR, "a")], at=NOON)

        assert refusal.value.limit is TWO_AN_HOUR

    def test_of_two_limits_names_the_one_that_ends_last(self):
        once = Limit("once a minute", most=1, seconds=60)
        note(acts=[(once, "a"), (Limit("once an hour", most=1, seconds=3600), "a")], at=NOON)

        with pytest.raises(TooOften) as refusal:
            note(acts=[(once, "a"), (Limit("once an hour", most=1, seconds=3600), "a")], at=NOON)

        assert refusal.value.again_at == NOON + timedelta(hours=1)

    def test_is_stretched_by_the_setting(self, settings):
        settings.THROTTLES_TIMES = 2

        for _ in range(6):
            note_one()

        with pytest.raises(TooOften):
            note_one()

    def test_keeps_no_word_about_whom(self):
        note_one("canary-7f3@example.org")

        assert "canary" not in str(list(Window.objects.values()))

    def test_asks_the_database_once_for_all_limits(self, django_assert_num_queries):
        with django_assert_num_queries(1):
            note(acts=[(THREE_A_MINUTE, "a"), (TWO_AN_HOUR, "a")], at=NOON)


@pytest.mark.django_db(transaction=True)
def test_of_twenty_at_the_same_moment_exactly_three_pass():
    start = Barrier(20)

    def one(_):
        start.wait()
        try:
            note_one()
            return True
        except TooOften:
            return False
        finally:
            connections.close_all()

    with ThreadPoolExecutor(20) as threads:
        passed = list(threads.map(one, range(20)))

    assert passed.count(True) == 3
    assert Window.objects.get().count == 20


@pytest.mark.django_db
def test_windows_are_forgotten_a_day_after_they_end():
    note_one()
    end = NOON + timedelta(seconds=60)

    kept = forget_windows(at=end + timedelta(days=1))
    forgotten = forget_windows(at=end + timedelta(days=1, seconds=1))

    assert (kept, forgotten) == (0, 1)
    assert not Window.objects.exists()


@pytest.mark.django_db
class TestRows:
    def test_stand_once_per_key_and_begin(self):
        Window.objects.create(key="k", begins_at=NOON, ends_at=NOON + timedelta(1), count=1)

        with pytest.raises(IntegrityError, match="window_once_per_key"):
            Window.objects.create(key="k", begins_at=NOON, ends_at=NOON + timedelta(2), count=1)

    def test_end_after_they_begin(self):
        with pytest.raises(IntegrityError, match="window_has_a_length"):
            Window.objects.create(key="k", begins_at=NOON, ends_at=NOON, count=1)
