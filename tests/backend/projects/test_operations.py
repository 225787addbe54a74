"""What can be done with a project, and what cannot.

Planted and seen to fall: see the table of faults (tests/architecture/faults.py), section projects.
"""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from backend.money import CurrencyMismatch, Money
from backend.projects import states
from backend.projects.models import BudgetLine, Milestone, Project, ProjectTransition, Promise
from backend.projects.operations import (
    BudgetDoesNotAddUp,
    NotPossibleNow,
    add_to_totals,
    close_due_projects,
    freeze_promise,
    index_project,
    move_project,
    publish_project,
)
from backend.projects.promising import digest_of, promised_by
from tests.factories import NOON, a_city, a_committee, a_draft, an_open_project

MOMENT = timedelta(microseconds=1)


def publish(project, at=NOON):
    return publish_project(project_id=project.pk, by="steward@example.org", at=at)


def history(project):
    rows = project.transitions.order_by("id").values_list("old", "event", "new")
    return list(rows)


WAYS = {(edge.old, edge.event) for edge in states.EDGES}
NO_EDGES = [
    (state, event)
    for state in states.STATES
    for event in sorted({edge.event for edge in states.EDGES})
    if (state, event) not in WAYS
]


@pytest.mark.django_db
class TestPublishProject:
    def test_shows_a_draft_to_everybody_and_writes_how_it_came(self):
        draft = a_draft()

        published = publish(draft)

        assert (published.state, published.published_at) == ("published", NOON)
        assert history(draft) == [
            ("draft", "submitted", "in_review"),
            ("in_review", "published", "published"),
        ]
        assert set(draft.transitions.values_list("by", "at")) == {("steward@example.org", NOON)}

    def test_takes_what_was_submitted_before(self):
        draft = a_draft()
        move_project(project_id=draft.pk, event="submitted", by="", at=NOON)

        assert publish(draft).state == "published"

    def test_refuses_a_second_time(self):
        draft = a_draft()
        publish(draft)

        with pytest.raises(NotPossibleNow, match="published"):
            publish(draft, at=NOON + MOMENT)

        assert Project.objects.get(pk=draft.pk).published_at == NOON
        assert ProjectTransition.objects.count() == 2

    @pytest.mark.parametrize(
        ("change", "text"),
        [
            ({"goal_minor": 500_001}, "The budget lines sum to 500000 instead of 500001"),
            ({"goal_minor": 500_000, "minimum_minor": 499_999}, "The required lines"),
            ({"goal_minor": 499_999, "minimum_minor": 499_999}, "The budget lines"),
        ],
    )
    def test_refuses_a_budget_that_misses_its_sum_by_one(self, change, text):
        draft = a_draft()
        Project.objects.filter(pk=draft.pk).update(**change)

        with pytest.raises(BudgetDoesNotAddUp, match=text):
            publish(draft)

        assert Project.objects.get(pk=draft.pk).state == "draft"
        assert not ProjectTransition.objects.exists()
        assert not Promise.objects.exists()

    def test_takes_a_minimum_of_the_required_lines_alone(self):
        draft = a_draft(goal_minor=500_000)
        BudgetLine.objects.filter(project=draft).update(amount_minor=300_000)
        BudgetLine.objects.create(
            project=draft,
            position=2,
            label={"en": "Paint"},
            amount_minor=200_000,
            is_required=False,
        )
        Project.objects.filter(pk=draft.pk).update(minimum_minor=300_000)

        assert publish(draft).minimum == Money(300_000, "EUR")

    def test_refuses_milestones_that_leave_money_without_a_step(self):
        draft = a_draft()
        Milestone.objects.filter(project=draft).update(amount_minor=499_999)

        with pytest.raises(BudgetDoesNotAddUp, match="The milestones"):
            publish(draft)

    def test_refuses_a_project_without_any_line(self):
        draft = a_draft()
        draft.budget_lines.all().delete()

        with pytest.raises(BudgetDoesNotAddUp):
            publish(draft)


@pytest.mark.django_db
class TestFrozenPromise:
    def test_holds_all_that_was_said_at_publishing(self):
        draft = a_draft(
            expected={"en": "Water for 400 people"}, risks={"en": "The rains may be late"}
        )

        publish(draft)

        promise = Promise.objects.get()
        words = promise.words
        assert promise.frozen_at == NOON
        assert (words["goal_minor"], words["minimum_minor"], words["currency"]) == (
            500_000,
            500_000,
            "EUR",
        )
        assert words["expected"] == {"en": "Water for 400 people"}
        assert words["risks"] == {"en": "The rains may be late"}
        assert words["closes_at"] == "2030-07-01T12:00:00+00:00"
        assert [line["amount_minor"] for line in words["budget_lines"]] == [500_000]
        assert [step["due_on"] for step in words["milestones"]] == ["2030-09-01"]
        assert promise.digest == digest_of(words)

    def test_stays_when_the_project_is_changed_afterwards(self):
        draft = a_draft()
        publish(draft)
        Project.objects.filter(pk=draft.pk).update(goal_minor=900_000)

        kept = freeze_promise(project_id=draft.pk, at=NOON + timedelta(days=9))

        assert kept.words["goal_minor"] == 500_000
        assert (kept.frozen_at, Promise.objects.count()) == (NOON, 1)
        assert promised_by(Project.objects.get(pk=draft.pk))["goal_minor"] == 900_000

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE projects_promise SET words = '{}'",
            "UPDATE projects_promise SET frozen_at = now()",
            "DELETE FROM projects_promise",
            "TRUNCATE projects_promise",
        ],
    )
    def test_is_refused_every_change_by_the_database(self, statement):
        publish(a_draft())
        connection.cursor().execute("SET CONSTRAINTS ALL IMMEDIATE")

        with pytest.raises(IntegrityError, match="stays as it was"), transaction.atomic():
            connection.cursor().execute(statement)

        assert Promise.objects.count() == 1

    def test_of_a_refused_publishing_is_not_there(self):
        draft = a_draft()
        publish(draft)

        with pytest.raises(NotPossibleNow):
            publish(draft, at=NOON + MOMENT)

        assert Promise.objects.get().frozen_at == NOON


@pytest.mark.django_db
class TestMoveProject:
    @pytest.mark.parametrize("edge", states.EDGES, ids=lambda edge: f"{edge.old} {edge.event}")
    def test_takes_each_edge_of_the_graph(self, edge):
        project = an_open_project(state=edge.old)

        moved = move_project(project_id=project.pk, event=edge.event, by="", at=NOON)

        assert moved.state == edge.new
        assert history(project) == [(edge.old, edge.event, edge.new)]

    @pytest.mark.parametrize(("state", "event"), NO_EDGES)
    def test_refuses_every_other_way(self, state, event):
        project = an_open_project(state=state)

        with pytest.raises(NotPossibleNow):
            move_project(project_id=project.pk, event=event, by="", at=NOON)

        project.refresh_from_db()
        assert (project.state, history(project)) == (state, [])

    def test_refuses_an_event_that_nobody_knows(self):
        with pytest.raises(NotPossibleNow):
            move_project(project_id=an_open_project().pk, event="won", by="", at=NOON)

    def test_keeps_the_first_moment_of_publishing(self):
        project = an_open_project()
        move_project(project_id=project.pk, event="suspended", by="", at=NOON)

        resumed = move_project(project_id=project.pk, event="resumed", by="", at=NOON)

        assert resumed.published_at == NOON - timedelta(days=2)

    def test_writes_the_move_and_its_note_together_or_not_at_all(self):
        project = an_open_project()
        connection.cursor().execute(
            "SET CONSTRAINTS ALL IMMEDIATE;"
            "ALTER TABLE projects_project ADD CONSTRAINT no_pause CHECK (state <> 'suspended')"
        )

        with pytest.raises(IntegrityError, match="no_pause"), transaction.atomic():
            move_project(project_id=project.pk, event="suspended", by="", at=NOON)

        assert not ProjectTransition.objects.exists()


class TestStates:
    def test_are_all_reached(self):
        reached = {states.DRAFT} | {edge.new for edge in states.EDGES}

        assert set(states.STATES) == reached

    def test_lead_to_the_charging_of_cards_by_the_reached_minimum_alone(self):
        into = [edge.event for edge in states.EDGES if edge.new == states.CLOSING]

        assert into == ["minimum_reached"]

    def test_of_the_public_are_all_but_the_unpublished(self):
        assert set(states.STATES) - set(states.PUBLIC_STATES) == {"draft", "in_review"}

    def test_lead_one_way_for_each_event(self):
        assert len({(edge.old, edge.event) for edge in states.EDGES}) == len(states.EDGES)

    def test_never_lead_back_from_the_public_to_a_draft(self):
        back = [e for e in states.EDGES if e.old in states.PUBLIC_STATES and e.new == states.DRAFT]

        assert back == []


@pytest.mark.django_db
class TestAddToTotals:
    def test_adds_money_and_a_supporter(self):
        project = an_open_project(raised_minor=100, supporters=1)

        add_to_totals(project_id=project.pk, raised=Money(2500, "EUR"), supporters=1)

        project.refresh_from_db()
        assert (project.raised, project.supporters) == (Money(2600, "EUR"), 2)

    def test_takes_money_back_without_counting_anybody_anew(self):
        project = an_open_project(raised_minor=2500, supporters=1)

        add_to_totals(project_id=project.pk, raised=Money(-2500, "EUR"), supporters=-1)

        project.refresh_from_db()
        assert (project.raised_minor, project.supporters) == (0, 0)

    def test_refuses_another_currency_and_adds_nothing(self):
        project = an_open_project()

        with pytest.raises(CurrencyMismatch):
            add_to_totals(project_id=project.pk, raised=Money(2500, "USD"), supporters=1)

        project.refresh_from_db()
        assert (project.raised_minor, project.supporters) == (0, 0)

    def test_keeps_the_share_of_the_goal_beside_it(self):
        project = an_open_project(goal_minor=300_000)

        add_to_totals(project_id=project.pk, raised=Money(100_000, "EUR"), supporters=1)

        project.refresh_from_db()
        assert project.funded_permille == 333


@pytest.mark.django_db
class TestCloseDueProjects:
    @pytest.mark.parametrize(
        ("raised", "state"),
        [(500_000, "succeeded"), (500_001, "succeeded"), (499_999, "short"), (0, "short")],
    )
    def test_goes_ahead_from_the_minimum_on_and_is_short_under_it(self, raised, state):
        project = an_open_project(closes_at=NOON, raised_minor=raised)

        assert close_due_projects(at=NOON) == 1

        project.refresh_from_db()
        assert project.state == state

    def test_waits_until_the_very_moment(self):
        an_open_project(closes_at=NOON)

        assert close_due_projects(at=NOON - MOMENT) == 0

    def test_closes_once(self):
        project = an_open_project(closes_at=NOON)
        close_due_projects(at=NOON)

        assert close_due_projects(at=NOON + MOMENT) == 0
        assert project.transitions.count() == 1

    def test_leaves_suspended_ones_and_those_that_charge_at_the_deadline(self):
        an_open_project(closes_at=NOON, state="suspended")
        an_open_project(closes_at=NOON, campaign="all_or_nothing")

        assert close_due_projects(at=NOON) == 0


@pytest.mark.django_db
class TestPlace:
    """T1-02: no project and no committee is without a city."""

    @pytest.mark.parametrize("end", ["home_city", "twin_city"])
    def test_is_part_of_every_project(self, end):
        project = a_draft()

        with pytest.raises(IntegrityError, match="null value"), transaction.atomic():
            Project.objects.filter(pk=project.pk).update(**{end: None})

    def test_is_part_of_every_committee(self):
        committee = a_committee()

        with pytest.raises(IntegrityError, match="null value"), transaction.atomic():
            type(committee).objects.filter(pk=committee.pk).update(city=None)

    def test_finds_a_project_by_either_end(self):
        cotonou = a_city(country="BJ", name="Cotonou", search_text="cotonou benin benin")
        project = a_draft(twin_city=cotonou)

        index_project(project_id=project.pk)

        project.refresh_from_db()
        assert {"benin", "cotonou", "sampletown", "belgique"} <= set(project.search_text.split())
