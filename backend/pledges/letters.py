"""The letters that donors and committees get, each queued once per address and what it tells of."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from backend.common.translated import text_in
from backend.mail.operations import queue_mail
from backend.money import Money
from backend.money.display import format_money
from backend.payments import refund_states
from backend.payments.models import Refund
from backend.payments.queries import dispute_by_id, refund_by_id
from backend.pledges import states
from backend.pledges.card_letters import card_letter
from backend.pledges.models import Pledge


def write_receipt(*, pledge_id: UUID, at: datetime) -> None:
    """Queue the receipt of a settled pledge."""
    pledge = _pledge(pledge_id)
    with translation.override(pledge.language):
        subject = _("Your receipt for %(title)s") % {"title": _title(pledge)}
        _queue(pledge, "receipt", subject, {"receipt": pledge.receipt}, at=at)


def write_processing(*, pledge_id: UUID, at: datetime) -> None:
    """Queue the letter that says that a slow method is under way."""
    pledge = _pledge(pledge_id)
    with translation.override(pledge.language):
        subject = _("We have your pledge to %(title)s") % {"title": _title(pledge)}
        _queue(pledge, "processing", subject, {}, at=at)


def write_failed(*, pledge_id: UUID, at: datetime) -> None:
    """Queue the letter that says that the money did not come."""
    pledge = _pledge(pledge_id)
    with translation.override(pledge.language):
        subject = _("Your payment to %(title)s did not go through") % {"title": _title(pledge)}
        _queue(pledge, "failed", subject, {}, at=at)


def write_about_card(*, letter: str, pledge_id: UUID, number: int, at: datetime) -> None:
    """Queue a letter about a pledge whose card is saved; `letter` names it, `number` repeats it."""
    pledge = _pledge(pledge_id)
    if letter == "card_failed" and pledge.state != states.FAILING:
        return
    with translation.override(pledge.language):
        words = card_letter(letter, pledge)
        reference = f"{pledge.pk}:{number}" if number else str(pledge.pk)
        more: dict[str, object] = {
            "heading": words.heading,
            "paragraphs": words.paragraphs,
            "action": words.action,
        }
        _queue(pledge, letter, words.subject, more, at=at, reference=reference)


def write_extended(*, project_id: UUID, at: datetime) -> None:
    """Queue the letters that say that a deadline has moved."""
    secured = Pledge.objects.filter(project_id=project_id, state=states.SECURED).order_by("id")
    for pledge_id in secured.values_list("id", flat=True):
        write_about_card(letter="extended", pledge_id=pledge_id, number=0, at=at)


def write_refunded(*, pledge_id: UUID, refund_id: UUID, at: datetime) -> None:
    """Queue the letter that says that money is on its way back, and why."""
    pledge, refund = _pledge(pledge_id), refund_by_id(refund_id)
    if refund.state != refund_states.SENT:
        return
    with translation.override(pledge.language):
        subject = _("Money is on its way back to you: %(title)s") % {"title": _title(pledge)}
        _queue(pledge, "refunded", subject, _of_refund(pledge, refund), at=at, about=refund.pk)


def write_paid_twice(*, pledge_id: UUID, reference: str, amount_minor: int, at: datetime) -> None:
    """Queue the letter that says that a pledge was paid twice, and that the second goes back."""
    pledge = _pledge(pledge_id)
    with translation.override(pledge.language):
        subject = _("Paid twice, so one payment goes back: %(title)s") % {"title": _title(pledge)}
        back = format_money(Money(amount_minor, pledge.currency), pledge.language)
        _queue(pledge, "paid_twice", subject, {"amount": back}, at=at, reference=reference)


def write_refund_failed(*, pledge_id: UUID, refund_id: UUID, at: datetime) -> None:
    """Queue the letter that says that the donor's bank sent a refund back."""
    pledge, refund = _pledge(pledge_id), refund_by_id(refund_id)
    with translation.override(pledge.language):
        subject = _("Your bank sent our refund back: %(title)s") % {"title": _title(pledge)}
        more = _of_refund(pledge, refund)
        _queue(pledge, "refund_failed", subject, more, at=at, about=refund.pk)


def _of_refund(pledge: Pledge, refund: Refund) -> dict[str, object]:
    return {
        "amount": format_money(refund.amount, pledge.language),
        "kept": format_money(pledge.kept, pledge.language) if pledge.kept else "",
        "reason": refund.reason,
    }


def write_disputed(*, pledge_id: UUID, dispute_id: str, at: datetime) -> None:
    """Queue the letter that tells the committee of a dispute that it has to answer."""
    pledge, dispute = _pledge(pledge_id), dispute_by_id(dispute_id)
    project, committee = pledge.project, pledge.project.committee
    language = project.default_language
    ledger = settings.PROJECT_ADDRESS.format(language=language, slug=project.slug) + "ledger/"
    with translation.override(language):
        title = text_in(project.title, language, project.default_language).text
        queue_mail(
            kind="dispute_opened",
            reference=dispute.pk,
            recipient=committee.contact_email,
            language=language,
            subject=(_("A bank asks for a gift back: %(title)s") % {"title": title})[:200],
            template="dispute_opened",
            context={
                "title": title,
                "committee": committee.name,
                "amount": format_money(Money(dispute.amount_minor, pledge.currency), language),
                "reference": pledge.public_reference,
                "dispute": dispute.pk,
                "answer_by": date_format(dispute.answer_by, "DATE_FORMAT")
                if dispute.answer_by
                else "",
                "address": f"{settings.SITE_URL}{ledger}",
                "site_name": settings.SITE_NAME,
                "is_demo": settings.IS_DEMO,
            },
            at=at,
        )


def _pledge(pledge_id: UUID) -> Pledge:
    return Pledge.objects.select_related(
        "project__extension",
        "project__committee",
        "project__home_city",
        "project__twin_city",
        "receipt",
    ).get(pk=pledge_id)


def _title(pledge: Pledge) -> str:
    return text_in(pledge.project.title, pledge.language, pledge.project.default_language).text


def _queue(
    pledge: Pledge,
    kind: str,
    subject: str,
    more: dict[str, object],
    *,
    at: datetime,
    reference: str = "",
    about: UUID | None = None,
) -> None:
    address = settings.PLEDGE_STATUS_ADDRESS.format(language=pledge.language, token=pledge.token)
    queue_mail(
        kind=f"pledge_{kind}",
        reference=reference or str(about or pledge.pk),
        recipient=pledge.email,
        language=pledge.language,
        subject=subject[:200],
        template="pledge_card" if "paragraphs" in more else f"pledge_{kind}",
        context={
            "pledge": pledge,
            "project": pledge.project,
            "committee": pledge.project.committee,
            "title": _title(pledge),
            "gift": format_money(pledge.gift, pledge.language),
            "cover": format_money(pledge.cover, pledge.language) if pledge.cover_minor else "",
            "gross": format_money(pledge.gross, pledge.language),
            "address": f"{settings.SITE_URL}{address}",
            "site_name": settings.SITE_NAME,
            "is_demo": settings.IS_DEMO,
            **more,
        },
        at=at,
    )
