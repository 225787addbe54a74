"""News of a project to those who gave to it: it goes ahead, it is delivered. Can be declined.

Each is told once to each address, however many pledges came from it.
"""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from backend.common.translated import text_in
from backend.mail.operations import queue_mail
from backend.money.display import format_money
from backend.pledges import states
from backend.pledges.card_letters import CardLetter
from backend.pledges.models import Pledge
from backend.projects.models import Project

NEWS = ("succeeded", "delivered")


def write_news(*, project_id: UUID, news: str, at: datetime) -> None:
    """Queue the letters to everybody whose money the project still has."""
    project = Project.objects.select_related("committee").get(pk=project_id)
    told: set[str] = set()
    for pledge in _with_money_here(project):
        address = pledge.email.lower()
        if address not in told:
            told.add(address)
            _write(project, pledge, news, at=at)


def _with_money_here(project: Project) -> list[Pledge]:
    paid = Pledge.objects.filter(project=project, state__in=states.PAID, is_sample=False)
    return [pledge for pledge in paid.order_by("settled_at", "id") if pledge.kept]


def _write(project: Project, pledge: Pledge, news: str, *, at: datetime) -> None:
    language = pledge.language
    with translation.override(language):
        words = news_letter(project, news)
        path = settings.PROJECT_ADDRESS.format(language=language, slug=project.slug)
        queue_mail(
            kind=f"project_{news}",
            reference=str(project.pk),
            recipient=pledge.email,
            language=language,
            subject=words.subject[:200],
            template="pledge_card",
            context=news_context(words, f"{settings.SITE_URL}{path}"),
            at=at,
        )


def news_context(words: CardLetter, address: str) -> dict[str, object]:
    """Return what the sheet of such a letter shows."""
    return {
        "heading": words.heading,
        "paragraphs": words.paragraphs,
        "action": words.action,
        "address": address,
        "site_name": settings.SITE_NAME,
        "is_demo": settings.IS_DEMO,
    }


def news_letter(project: Project, news: str) -> CardLetter:
    """Return the letter in the language that is active. Raises KeyError for other news."""
    language = translation.get_language() or "en"
    words = {
        "title": text_in(project.title, language, project.default_language).text,
        "committee": project.committee.name,
        "raised": format_money(project.raised, language, short=True),
    }
    return {"succeeded": _succeeded, "delivered": _delivered}[news](words)


def _succeeded(words: dict[str, str]) -> CardLetter:
    return CardLetter(
        subject=_("%(title)s goes ahead") % words,
        heading=_("The project goes ahead"),
        paragraphs=(
            _("“%(title)s” raised %(raised)s, your gift among it. Now the work begins.") % words,
            _("Its page shows the plan, and the open ledger shows each payment.") % words,
        ),
        action=_("See the project"),
    )


def _delivered(words: dict[str, str]) -> CardLetter:
    return CardLetter(
        subject=_("%(title)s is delivered") % words,
        heading=_("What your gift became"),
        paragraphs=(
            _("“%(title)s” is done. %(committee)s tells on its page what became of it.") % words,
        ),
        action=_("Read the report"),
    )
