"""The parts of a project that its page shows: budget, milestones, exchanges, amounts.

They stand in four tables and are read in one query, because the page is the most visited one.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection

from backend.projects.models import BudgetLine, Exchange, Milestone, SuggestedAmount

_NAMES = {
    "budget_lines": BudgetLine._meta.db_table,
    "milestones": Milestone._meta.db_table,
    "exchanges": Exchange._meta.db_table,
    "amounts": SuggestedAmount._meta.db_table,
}
_SQL = """
SELECT 1, position, label, amount_minor, is_required, month, NULL::date, ''
  FROM {budget_lines} WHERE project_id = %(id)s
UNION ALL SELECT 2, position, label, amount_minor, false, due_on, reached_on, ''
  FROM {milestones} WHERE project_id = %(id)s
UNION ALL SELECT 3, position, label, 0, false, NULL, NULL, direction
  FROM {exchanges} WHERE project_id = %(id)s
UNION ALL SELECT 4, 0, label, amount_minor, false, NULL, NULL, ''
  FROM {amounts} WHERE project_id = %(id)s
ORDER BY 1, 2, 4
""".format(**_NAMES)  # noqa: S608  # names of our own tables

Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PlannedCost:
    """A line of the budget, in minor units of the project's currency."""

    label: Texts
    amount_minor: int
    is_required: bool
    month: date | None


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """A milestone; `reached_on` is None until it is reached."""

    label: Texts
    amount_minor: int
    due_on: date
    reached_on: date | None


@dataclass(frozen=True, slots=True)
class PlannedExchange:
    """Something that travels; `direction` is "home_to_twin" or "twin_to_home"."""

    label: Texts
    direction: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An amount to give, with what it buys."""

    label: Texts
    amount_minor: int


@dataclass(frozen=True, slots=True)
class ProjectParts:
    """All parts of one project, each in its order."""

    budget_lines: Sequence[PlannedCost]
    milestones: Sequence[PlannedStep]
    exchanges: Sequence[PlannedExchange]
    amounts: Sequence[Suggestion]


def parts_of(project_id: UUID) -> ProjectParts:
    """Return the parts of the project."""
    with connection.cursor() as cursor:
        cursor.execute(_SQL, {"id": project_id})
        rows = cursor.fetchall()
    found: dict[int, list[Any]] = {1: [], 2: [], 3: [], 4: []}
    for part, _position, label, minor, is_required, day, reached_on, direction in rows:
        texts = json.loads(label)
        match part:
            case 1:
                found[1].append(PlannedCost(texts, minor, is_required, day))
            case 2:
                found[2].append(PlannedStep(texts, minor, day, reached_on))
            case 3:
                found[3].append(PlannedExchange(texts, direction))
            case _:
                found[4].append(Suggestion(texts, minor))
    return ProjectParts(found[1], found[2], found[3], found[4])
