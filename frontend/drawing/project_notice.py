"""What a project's page says first when the project is not simply taking pledges."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from backend.common.translated import text_in
from backend.money.display import format_money
from frontend.moments import moment_in_words


@dataclass(frozen=True, slots=True)
class Notice:
    """A message above the project; `kind` is "good", "wait", "bad" or ""."""

    kind: str
    title: str
    text: str
    href: str = ""
    action: str = ""


def project_notice(project: Any, *, language: str, at: datetime) -> Notice | None:
    """Return what is to be said first, or None while pledges come in and nothing has happened."""
    if project.state == "published":
        return _while_published(project, _words(project, language), at)
    if project.state == "suspended":
        return _suspended(project, language)
    holds_gifts = project.raised_minor > 0
    return _afterwards(project.state, _words(project, language), holds_gifts=holds_gifts)


def _words(project: Any, language: str) -> dict[str, str]:
    missing = project.goal - project.raised
    return {
        "raised": format_money(project.raised, language, short=True),
        "goal": format_money(project.goal, language, short=True),
        "minimum": format_money(project.minimum, language, short=True),
        "missing": format_money(missing, language, short=True),
        "opens": moment_in_words(project.opens_at, project.home_city.time_zone, language),
        "closed": moment_in_words(project.closes_at, project.home_city.time_zone, language),
    }


def _while_published(project: Any, words: dict[str, str], at: datetime) -> Notice | None:
    if at < project.opens_at:
        return Notice("wait", _("Not open yet"), _("Pledges are taken from %(opens)s.") % words)
    if at >= project.closes_at:
        return _being_counted(words)
    if project.raised >= project.goal:
        text = _(
            "The goal of %(goal)s is reached. You can still give: what comes on top goes to the"
            " same project and stands in the same open ledger."
        )
        return Notice("good", _("Funded"), text % words)
    if project.raised >= project.minimum:
        text = _(
            "The minimum of %(minimum)s is reached. The %(missing)s still missing pay for the rest"
            " of the plan."
        )
        return Notice("good", _("It goes ahead"), text % words)
    return None


def _being_counted(words: dict[str, str]) -> Notice:
    text = _("Closed %(closed)s. The result is being counted.") % words
    return Notice("wait", _("Closed"), text)


def _afterwards(state: str, words: dict[str, str], *, holds_gifts: bool) -> Notice:
    match state:
        case "succeeded":
            text = _(
                "Closed %(closed)s with %(raised)s of %(goal)s. Now the work is done step by step."
            )
            return Notice("good", _("It goes ahead"), text % words)
        case "short":
            text = _(
                "Closed %(closed)s with %(raised)s; at least %(minimum)s were needed. The committee"
                " decides in public: do it smaller, or pay all gifts back."
            )
            return Notice("wait", _("Closed below its minimum"), text % words)
        case "failed" if holds_gifts:
            text = _(
                "Closed %(closed)s with %(raised)s; at least %(minimum)s were needed. The"
                " committee pays all gifts back."
            )
            return Notice("bad", _("It does not go ahead"), text % words)
        case "failed":
            text = _(
                "Closed %(closed)s; at least %(minimum)s were needed. Every gift has been paid"
                " back, and the project keeps nothing."
            )
            return Notice("bad", _("It does not go ahead"), text % words)
        case "delivered":
            text = _("The committees report below what became of %(raised)s.")
            return Notice("good", _("Delivered"), text % words)
    return _being_counted(words)


def _suspended(project: Any, language: str) -> Notice:
    reason = text_in(project.state_reason, language, project.default_language).text
    return Notice(
        kind="bad",
        title=_("Suspended: no pledges now"),
        text=reason or _("The reason has not been written yet."),
        href=f"mailto:{project.committee.contact_email}",
        action=_("Ask the committee"),
    )
