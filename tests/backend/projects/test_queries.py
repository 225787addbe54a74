"""What can be asked about projects: found by words and filters, in order, page by page.

Planted and seen to fall: see the table of faults (tests/architecture/faults.py), section projects.
"""

from datetime import timedelta

import pytest

from backend.common.keyset import BadCursor
from backend.projects.models import Project
from backend.projects.operations import freeze_promise
from backend.projects.queries import (
    NoPromise,
    NoSuchProject,
    Wanted,
    featured_projects,
    project_cards,
    projects_between,
    projects_of_city,
    promise_of,
    public_card,
    public_project,
    similar_projects,
)
from tests.factories import NOON, a_city, a_draft, an_open_project

DAY = timedelta(days=1)


def found(**wanted):
    return [row["slug"] for row in project_cards(Wanted(**wanted)).rows]


def a_city_of(name, country, words):
    return a_city(name=name, country=country, slug=f"{name.lower()}-xx", search_text=words)


@pytest.mark.django_db
class TestSearch:
    @pytest.fixture(autouse=True)
    def two_projects(self):
        cotonou = a_city_of("Cotonou", "BJ", "cotonou")
        an_open_project(
            slug="pump",
            twin_city=cotonou,
            title={"en": "A pump", "fr": "Une pompe à énergie", "es": "Una bomba"},
        )
        an_open_project(slug="class", title={"en": "A class"}, summary={"en": "Reading"})

    @pytest.mark.parametrize(
        "text",
        [
            "Bénin",
            "BENIN",
            "benín",
            "énergie",
            "ENERGIE",
            "ener",
            "bomba pump",
            "pump, cotonou!",
            "  pump  ",
            "pump/cotonou",
            "pump & cotonou",
            "Committee pump",
        ],
    )
    def test_finds_without_accents_case_or_marks(self, text):
        assert found(search=text) == ["pump"]

    @pytest.mark.parametrize(
        "text",
        ["ump", "pump class", "'", "&|!():*", "pump:* | class", "🙂", "a" * 5000, "\u202e", "%"],
    )
    def test_finds_nothing_rather_than_too_much(self, text):
        assert found(search=text) == []

    def test_of_nothing_but_spaces_asks_for_nothing(self):
        assert len(found(search="")) == 2

    def test_never_finds_a_draft(self):
        a_draft(slug="secret", title={"en": "A pump"})

        assert found(search="pump") == ["pump"]


@pytest.mark.django_db
class TestFilters:
    def test_narrow_by_country_at_either_end(self):
        benin = a_city_of("Cotonou", "BJ", "cotonou")
        an_open_project(slug="to", twin_city=benin)
        an_open_project(slug="from", home_city=benin)
        an_open_project(slug="other")

        assert sorted(found(country="BJ")) == ["from", "to"]
        assert sorted(found(city="cotonou-xx")) == ["from", "to"]

    def test_take_several_themes_and_states(self):
        an_open_project(slug="water", theme="water")
        an_open_project(slug="school", theme="school", state="succeeded")
        an_open_project(slug="trade", theme="trade", state="short")

        assert sorted(found(theme=("water", "school"))) == ["school", "water"]
        assert sorted(found(state=("succeeded", "short"))) == ["school", "trade"]
        assert found(theme=("water",), state=("short",)) == []

    def test_narrow_by_currency(self):
        an_open_project(slug="eur")
        an_open_project(slug="xof", currency="XOF")

        assert found(currency="XOF") == ["xof"]


@pytest.mark.django_db
class TestOrder:
    def test_of_the_newest_parts_equal_moments_by_id(self):
        for number in range(3):
            an_open_project(slug=f"p{number}", published_at=NOON)
        expected = [p.slug for p in Project.objects.order_by("-id")]

        assert found() == expected

    def test_by_ending_shows_open_ones_unless_states_are_wanted(self):
        an_open_project(slug="late", closes_at=NOON + 9 * DAY)
        an_open_project(slug="soon", closes_at=NOON + 2 * DAY)
        an_open_project(slug="over", closes_at=NOON + DAY, state="succeeded")

        assert found(order="ending") == ["soon", "late"]
        assert found(order="ending", state=("succeeded",)) == ["over"]

    def test_by_goal_puts_more_than_full_first(self):
        an_open_project(slug="half", raised_minor=250_000)
        an_open_project(slug="over", raised_minor=600_000)
        an_open_project(slug="full", raised_minor=500_000)

        assert found(order="nearest_goal") == ["over", "full", "half"]


@pytest.mark.django_db
class TestPages:
    @pytest.mark.parametrize("order", ["newest", "ending", "nearest_goal"])
    def test_show_each_once_forth_and_back_though_all_are_equal(self, order):
        for number in range(7):
            an_open_project(slug=f"p{number}", published_at=NOON)
        wanted = Wanted(order=order)

        first = project_cards(wanted, size=3)
        second = project_cards(wanted, size=3, cursor=first.next)
        third = project_cards(wanted, size=3, cursor=second.next)
        back = project_cards(wanted, size=3, cursor=third.previous)

        shown = [row["slug"] for page in (first, second, third) for row in page.rows]
        assert sorted(shown) == [f"p{number}" for number in range(7)]
        assert (third.next, first.previous) == (None, None)
        assert back.rows == second.rows

    def test_lose_nothing_when_one_is_published_meanwhile(self):
        for number in range(4):
            an_open_project(slug=f"p{number}", published_at=NOON - number * DAY)
        first = project_cards(Wanted(), size=2)

        an_open_project(slug="newer", published_at=NOON + DAY)
        second = project_cards(Wanted(), size=2, cursor=first.next)

        assert [row["slug"] for row in first.rows + second.rows] == ["p0", "p1", "p2", "p3"]

    def test_refuse_a_marker_of_somebody_elses(self):
        with pytest.raises(BadCursor):
            project_cards(Wanted(), cursor="eyJhIjoxfQ")


@pytest.mark.django_db
class TestOneProject:
    @pytest.mark.parametrize("read", [public_project, public_card])
    def test_is_found_by_its_slug(self, read):
        an_open_project(slug="well")

        assert read("well")

    @pytest.mark.parametrize("read", [public_project, public_card])
    @pytest.mark.parametrize("state", ["draft", "in_review"])
    def test_is_nowhere_before_it_is_published(self, read, state):
        a_draft(slug="well", state=state)

        with pytest.raises(NoSuchProject):
            read("well")

    def test_has_promised_nothing_before_it_is_published(self):
        draft = a_draft()

        with pytest.raises(NoPromise):
            promise_of(draft.pk)

    def test_shows_its_promise_afterwards(self):
        project = an_open_project()
        frozen = freeze_promise(project_id=project.pk, at=NOON)

        assert promise_of(project.pk) == frozen


@pytest.mark.django_db
class TestNeighbours:
    def test_of_a_tie_are_those_of_both_directions(self):
        ostend, banjul = a_city_of("Ostend", "BE", ""), a_city_of("Banjul", "GM", "")
        an_open_project(slug="there", home_city=ostend, twin_city=banjul)
        an_open_project(slug="back", home_city=banjul, twin_city=ostend)
        an_open_project(slug="elsewhere", home_city=ostend)
        a_draft(home_city=ostend, twin_city=banjul)

        between = [row["slug"] for row in projects_between(ostend.pk, banjul.pk)]

        assert sorted(between) == ["back", "there"]
        assert between == [row["slug"] for row in projects_between(banjul.pk, ostend.pk)]
        assert len(projects_of_city(ostend.pk)) == 3

    def test_that_are_similar_are_open_and_another(self):
        project = an_open_project(slug="one", theme="water")
        an_open_project(slug="same theme", theme="water")
        an_open_project(slug="same city", theme="trade", home_city=project.home_city)
        an_open_project(slug="closed", theme="water", closes_at=NOON)
        an_open_project(slug="other", theme="trade")

        slugs = {row["slug"] for row in similar_projects(project, at=NOON)}

        assert slugs == {"same theme", "same city"}

    def test_on_the_home_page_stand_each_once(self):
        an_open_project(slug="only", raised_minor=1)

        assert [row["slug"] for row in featured_projects(at=NOON)] == ["only"]

    def test_on_the_home_page_end_soon_are_nearly_full_and_are_new(self):
        an_open_project(slug="soon", closes_at=NOON + DAY)
        an_open_project(slug="near", raised_minor=490_000)
        an_open_project(slug="new", published_at=NOON)
        an_open_project(slug="full", raised_minor=500_000, closes_at=NOON + DAY / 2)
        an_open_project(slug="old", published_at=NOON - 30 * DAY)

        shown = [row["slug"] for row in featured_projects(at=NOON)]

        assert shown == ["soon", "near", "new"]
