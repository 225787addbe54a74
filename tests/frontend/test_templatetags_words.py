"""Words on pages: translated texts, dates, distances, shares."""

from datetime import UTC, date, datetime

import pytest
from django.utils.translation import override

from backend.common.translated import Localised
from frontend.templatetags.words import (
    day,
    distance,
    moment,
    number,
    percent,
    plain_text_in,
    short_day,
    text_in,
)

LATE = datetime(2026, 12, 16, 23, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def english():
    with override("en"):
        yield


class TestTextIn:
    def test_is_plain_in_the_language_of_the_page(self):
        assert text_in({"en": "A well", "fr": "Un puits"}) == "A well"

    def test_marks_the_language_of_a_text_that_had_to_stand_in(self):
        with override("es"):
            assert text_in({"fr": "Un puits"}) == '<span lang="fr">Un puits</span>'

    def test_escapes_what_people_wrote(self):
        with override("es"):
            assert text_in({"fr": "<b>Un"}) == '<span lang="fr">&lt;b&gt;Un</span>'

    def test_is_not_safe_by_itself_in_the_language_of_the_page(self):
        assert not hasattr(text_in({"en": "<b>A"}), "__html__")

    def test_takes_a_text_that_was_already_chosen(self):
        assert text_in(Localised("Un puits", "fr")) == '<span lang="fr">Un puits</span>'

    def test_is_without_markup_for_titles(self):
        assert plain_text_in({"fr": "Un puits"}) == "Un puits"


class TestDay:
    def test_is_written_out(self):
        assert day(date(2026, 12, 16)) == ('<time datetime="2026-12-16">December 16, 2026</time>')

    def test_is_written_in_the_language_of_the_page(self):
        with override("fr"):
            assert "16 décembre 2026" in day(date(2026, 12, 16))

    def test_of_a_moment_is_the_day_in_the_zone(self):
        assert "December 17" in day(LATE, "Europe/Paris")
        assert "December 16" in day(LATE)

    def test_is_short_in_tables(self):
        assert short_day(date(2026, 12, 16)) == '<time datetime="2026-12-16">Dec 16, 2026</time>'


class TestMoment:
    def test_says_the_zone(self):
        text = moment(LATE, "Europe/Paris")

        assert 'datetime="2026-12-17T00:30+01:00"' in text
        assert "12:30\u202fAM (Paris time)" in text

    def test_is_in_the_zone_of_the_site_by_default(self):
        assert "UTC" in moment(LATE)


class TestFigures:
    @pytest.mark.parametrize(
        ("kilometres", "text"),
        [(12.4, "12 km"), (99.4, "99 km"), (104.0, "100 km"), (7163.2, "7,160 km")],
    )
    def test_a_distance_is_as_exact_as_it_is_useful(self, kilometres, text):
        assert distance(kilometres) == text

    def test_a_share_follows_the_language(self):
        assert percent(75) == "75%"
        with override("fr"):
            assert percent(75) in ("75\u202f%", "75\xa0%")

    def test_a_share_beyond_the_whole_is_said(self):
        assert percent(102) == "102%"

    def test_a_count_has_thousands(self):
        assert number(24912) == "24,912"
