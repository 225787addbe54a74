"""The sections of a project's page as ready texts: budget, plan, both ways, people."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backend.common.translated import text_in as choose_text
from backend.money import Money, split_by_weight
from backend.money.display import format_money
from backend.pledges.queries import Supporter
from backend.reports.project_parts import PlannedCost, PlannedExchange, PlannedStep
from frontend.drawing.names import GIVERS
from frontend.moments import day_in_words, month_in_words
from frontend.templatetags.words import text_in

LATE_STATES = frozenset({"published", "closing", "succeeded", "short"})


@dataclass(frozen=True, slots=True)
class BudgetRow:
    """One line of the budget; `share` is a whole per cent, and all shares add up to 100."""

    label: str
    share: int
    amount: str
    note: str


@dataclass(frozen=True, slots=True)
class Step:
    """A milestone; `when` says when it is due, was reached, or by how many days it is late."""

    title: str
    amount: str
    when: str
    done: bool


@dataclass(frozen=True, slots=True)
class Way:
    """What goes from one city to the other."""

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SupporterRow:
    """A line of the supporters' list, as its giver wants it shown."""

    name: str
    amount: str


def said(texts: Mapping[str, str], project: Any, language: str) -> str:
    """Return a text of the project; marked with its language if that is not the page's."""
    return text_in(choose_text(texts, language, project.default_language))


def budget_rows(lines: Sequence[PlannedCost], project: Any, language: str) -> tuple[BudgetRow, ...]:
    """Return the budget's lines with their shares of the goal."""
    if not lines:
        return ()
    shares = split_by_weight(Money(100, project.currency), [line.amount_minor for line in lines])
    return tuple(
        BudgetRow(
            label=said(line.label, project, language),
            share=share.minor,
            amount=_short(Money(line.amount_minor, project.currency), language),
            note=_note(line, language),
        )
        for line, share in zip(lines, shares, strict=True)
    )


def _note(line: PlannedCost, language: str) -> str:
    month = month_in_words(line.month, language) if line.month else ""
    if line.is_required:
        return month
    optional = _("only if the full goal is reached")
    return f"{month} · {optional}" if month else optional


def steps(
    milestones: Iterable[PlannedStep], project: Any, language: str, *, today: date
) -> tuple[Step, ...]:
    """Return the milestones; `today` is the day in the home city."""
    may_be_late = project.state in LATE_STATES
    return tuple(
        Step(
            title=said(milestone.label, project, language),
            amount=_short(Money(milestone.amount_minor, project.currency), language),
            when=_when(milestone, language, today if may_be_late else milestone.due_on),
            done=milestone.reached_on is not None,
        )
        for milestone in milestones
    )


def _when(milestone: PlannedStep, language: str, today: date) -> str:
    due = day_in_words(milestone.due_on, language)
    if milestone.reached_on is None:
        words = _("Due %(day)s") % {"day": due}
        return words + _late(milestone.due_on, today)
    reached = _("Reached %(day)s") % {"day": day_in_words(milestone.reached_on, language)}
    return reached + _late(milestone.due_on, milestone.reached_on)


def _late(due: date, at: date) -> str:
    days = (at - due).days
    if days <= 0:
        return ""
    return ngettext(", %(days)d day late", ", %(days)d days late", days) % {"days": days}


def both_ways(exchanges: Iterable[PlannedExchange], project: Any, language: str) -> dict[str, Way]:
    """Return what goes there and what comes back; empty when the project names nothing."""
    lines: dict[str, list[str]] = {"home_to_twin": [], "twin_to_home": []}
    for exchange in exchanges:
        lines[exchange.direction].append(said(exchange.label, project, language))
    if not any(lines.values()):
        return {}
    if project.raised_minor:
        raised = _short(project.raised, language)
        lines["home_to_twin"].append(
            _("%(amount)s so far, on the open ledger") % {"amount": raised}
        )
    return {
        "there": Way(_("What goes there"), tuple(lines["home_to_twin"])),
        "back": Way(_("What comes back"), tuple(lines["twin_to_home"])),
    }


def supporter_rows(supporters: Iterable[Supporter], language: str) -> list[SupporterRow]:
    """Return the newest gifts as their givers want them shown; hidden ones stay in the list."""
    return [
        SupporterRow(
            name=supporter.name or _hidden_name(supporter),
            amount=_short(supporter.amount, language) if supporter.amount else _("amount hidden"),
        )
        for supporter in supporters
    ]


def _hidden_name(supporter: Supporter) -> str:
    return _("%(giver)s, name hidden") % {"giver": GIVERS[supporter.source_class]}


def _short(money: Money, language: str) -> str:
    return format_money(money, language, short=True)
