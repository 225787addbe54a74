"""What a project's page says first when the project is not simply taking pledges."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from backend.common.translated import text_in
from backend.money import Money
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


def project_notice(
    project: Any,
    *,
    language: str,
    at: datetime,
    decision: Any = None,
    extension: Any = None,
    waits: Any = None,
) -> Notice | None:
    """Return what is to be said first, or None while pledges come in and nothing has happened.

    `decision` tells how an all-or-nothing campaign was decided, `extension` how its deadline moved,
    `waits` why nobody can begin a pledge though it is open.
    """
    if waits and project.takes_pledges(at):
        return Notice("wait", _("No pledges for the moment"), waits.text)
    if project.state == "published":
        notice = _while_published(project, _words(project, language), at)
        return notice or (_extended(project, extension, language) if extension else None)
    if project.state == "suspended":
        return _suspended(project, language)
    if decision:
        told = _decided(project, decision, language)
        if told:
            return told
    holds_gifts = project.raised_minor > 0
    notice = _afterwards(project.state, _words(project, language), holds_gifts=holds_gifts)
    said = text_in(project.state_reason, language, project.default_language).text
    if said and project.state in ("succeeded", "failed"):
        words = _("The committee says: %(reason)s") % {"reason": said}
        return replace(notice, text=f"{notice.text} {words}")
    return notice


def _words(project: Any, language: str) -> dict[str, str]:
    missing = project.goal - project.counted
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
    if project.counted >= project.goal:
        text = _(
            "The goal of %(goal)s is reached. You can still give: what comes on top goes to the"
            " same project and stands in the same open ledger."
        )
        return Notice("good", _("Funded"), text % words)
    if project.is_all_or_nothing and project.counted >= project.minimum:
        text = _(
            "The minimum of %(minimum)s is promised. If it still is on %(closed)s, the cards are"
            " charged and the project goes ahead. The %(missing)s still missing pay for the rest"
            " of the plan."
        )
        return Notice("good", _("On course to go ahead"), text % words)
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


def _extended(project: Any, extension: Any, language: str) -> Notice:
    zone = project.home_city.time_zone
    text = _("It was to close on %(old)s and now closes on %(new)s. The committee says: %(reason)s")
    reason = text_in(extension.reason, language, project.default_language).text
    words = {
        "old": moment_in_words(extension.old_closes_at, zone, language),
        "new": moment_in_words(extension.new_closes_at, zone, language),
        "reason": reason,
    }
    return Notice("wait", _("The deadline has moved"), text % words)


def _decided(project: Any, decision: Any, language: str) -> Notice | None:
    """Return what is said of an all-or-nothing campaign after its deadline."""
    currency = decision.currency
    promised = Money(decision.secured_minor + decision.received_minor, currency)
    words = {**_words(project, language), "promised": format_money(promised, language, short=True)}
    match project.state:
        case "closing":
            text = _(
                "Closed %(closed)s with %(promised)s promised; at least %(minimum)s were needed."
                " The cards are being charged now: %(raised)s is here. If a card fails, its holder"
                " has a week to help; what does not come is taken off the total."
            )
            return Notice("good", _("The minimum is reached"), text % words)
        case "short":
            text = _(
                "On %(closed)s %(promised)s were promised, but some cards could not be charged, and"
                " %(raised)s is here: less than nine tenths of the %(minimum)s needed. The"
                " committee decides in public: do it smaller, or pay all gifts back."
            )
            return Notice("wait", _("Fell short after the deadline"), text % words)
        case "failed" if not decision.is_reached:
            text = _(
                "Closed %(closed)s with %(promised)s promised; at least %(minimum)s were needed."
                " Nobody was charged, and every saved card is let go."
            )
            return Notice("bad", _("It does not go ahead"), text % words)
    return None


def _suspended(project: Any, language: str) -> Notice:
    reason = text_in(project.state_reason, language, project.default_language).text
    return Notice(
        kind="bad",
        title=_("Suspended: no pledges now"),
        text=reason or _("The reason has not been written yet."),
        href=f"mailto:{project.committee.contact_email}",
        action=_("Ask the committee"),
    )
