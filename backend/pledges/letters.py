"""The letters that donors and committees get, each queued once per address and what it tells of."""

from dataclasses import dataclass, field
from datetime import date, datetime
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
from backend.payments.models import Dispute, Refund
from backend.payments.queries import (
    bank_answers_by,
    dispute_by_id,
    latest_payment,
    refund_by_id,
)
from backend.pledges import states
from backend.pledges.card_letters import card_letter
from backend.pledges.models import Pledge


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter about a pledge, in the language that is active; `more` is what its sheet adds."""

    kind: str
    subject: str
    more: dict[str, object] = field(default_factory=dict)

    @property
    def template(self) -> str:
        """The sheet: letters about saved cards share one."""
        return "pledge_card" if "paragraphs" in self.more else self.kind


def receipt_letter(pledge: Pledge) -> Letter:
    """Thank for a settled pledge."""
    subject = _("Your receipt for %(title)s") % {"title": _title(pledge)}
    return Letter("pledge_receipt", subject, {"receipt": pledge.receipt})


def processing_letter(pledge: Pledge, day: date | None) -> Letter:
    """Say that a slow method is under way, and by which day most banks answer."""
    subject = _("We have your pledge to %(title)s") % {"title": _title(pledge)}
    answers_by = date_format(day, "DATE_FORMAT") if day else ""
    return Letter("pledge_processing", subject, {"bank_answers_by": answers_by})


def failed_letter(pledge: Pledge, *, can_pay: bool) -> Letter:
    """Say that the money did not come, and whether it can be tried again."""
    subject = _("Your payment to %(title)s did not go through") % {"title": _title(pledge)}
    return Letter("pledge_failed", subject, {"can_pay": can_pay})


def about_card(pledge: Pledge, letter: str) -> Letter:
    """Say what became of a saved card; `letter` is the name of one in card_letters."""
    words = card_letter(letter, pledge)
    more: dict[str, object] = {
        "heading": words.heading,
        "paragraphs": words.paragraphs,
        "action": words.action,
    }
    return Letter(f"pledge_{letter}", words.subject, more)


def paid_twice_letter(pledge: Pledge, back: Money) -> Letter:
    """Say that of two payments one went back."""
    subject = _("Paid twice, so one payment goes back: %(title)s") % {"title": _title(pledge)}
    return Letter("pledge_paid_twice", subject, {"amount": format_money(back, pledge.language)})


def refunded_letter(pledge: Pledge, refund: Refund) -> Letter:
    """Say that money is on its way back, and why."""
    subject = _("Money is on its way back to you: %(title)s") % {"title": _title(pledge)}
    return Letter("pledge_refunded", subject, _of_refund(pledge, refund))


def refund_failed_letter(pledge: Pledge, refund: Refund) -> Letter:
    """Say that the donor's bank sent a refund back."""
    subject = _("Your bank sent our refund back: %(title)s") % {"title": _title(pledge)}
    return Letter("pledge_refund_failed", subject, _of_refund(pledge, refund))


def _of_refund(pledge: Pledge, refund: Refund) -> dict[str, object]:
    return {
        "amount": format_money(refund.amount, pledge.language),
        "kept": format_money(pledge.kept, pledge.language) if pledge.kept else "",
        "reason": refund.reason,
    }


def write_receipt(*, pledge_id: UUID, at: datetime) -> None:
    """Queue the receipt of a settled pledge."""
    pledge = _pledge(pledge_id)
    with translation.override(pledge.language):
        _queue(pledge, receipt_letter(pledge), at=at)


def write_processing(*, pledge_id: UUID, at: datetime) -> None:
    """Queue the letter that says that a slow method is under way."""
    pledge = _pledge(pledge_id)
    with translation.override(pledge.language):
        letter = processing_letter(pledge, bank_answers_by(pledge.purpose))
        _queue(pledge, letter, at=at, reference=_of_attempt(pledge))


def write_failed(*, pledge_id: UUID, at: datetime) -> None:
    """Queue the letter that says that the money did not come."""
    pledge = _pledge(pledge_id)
    with translation.override(pledge.language):
        letter = failed_letter(pledge, can_pay=pledge.project.takes_pledges(at))
        _queue(pledge, letter, at=at, reference=_of_attempt(pledge))


def _of_attempt(pledge: Pledge) -> str:
    """Name the attempt: who tries again, and waits or fails again, is told again."""
    latest = latest_payment(pledge.purpose)
    return f"{pledge.pk}:{latest.attempt}" if latest and latest.attempt > 1 else str(pledge.pk)


def write_about_card(*, letter: str, pledge_id: UUID, number: int, at: datetime) -> None:
    """Queue a letter about a pledge whose card is saved; `letter` names it, `number` repeats it."""
    pledge = _pledge(pledge_id)
    if letter == "card_failed" and pledge.state != states.FAILING:
        return
    reference = f"{pledge.pk}:{number}" if number else str(pledge.pk)
    with translation.override(pledge.language):
        _queue(pledge, about_card(pledge, letter), at=at, reference=reference)


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
        _queue(pledge, refunded_letter(pledge, refund), at=at, reference=str(refund.pk))


def write_paid_twice(*, pledge_id: UUID, reference: str, amount_minor: int, at: datetime) -> None:
    """Queue the letter that says that a pledge was paid twice, and that the second goes back."""
    pledge = _pledge(pledge_id)
    with translation.override(pledge.language):
        letter = paid_twice_letter(pledge, Money(amount_minor, pledge.currency))
        _queue(pledge, letter, at=at, reference=reference)


def write_refund_failed(*, pledge_id: UUID, refund_id: UUID, at: datetime) -> None:
    """Queue the letter that says that the donor's bank sent a refund back."""
    pledge, refund = _pledge(pledge_id), refund_by_id(refund_id)
    with translation.override(pledge.language):
        _queue(pledge, refund_failed_letter(pledge, refund), at=at, reference=str(refund.pk))


def write_disputed(*, pledge_id: UUID, dispute_id: str, at: datetime) -> None:
    """Queue the letter that tells the committee of a dispute that it has to answer."""
    pledge, dispute = _pledge(pledge_id), dispute_by_id(dispute_id)
    language = pledge.project.default_language
    with translation.override(language):
        letter = disputed_letter(pledge, dispute, language)
        queue_mail(
            kind=letter.kind,
            reference=dispute.pk,
            recipient=pledge.project.committee.contact_email,
            language=language,
            subject=letter.subject[:200],
            template=letter.template,
            context=letter.more,
            at=at,
        )


def disputed_letter(pledge: Pledge, dispute: Dispute, language: str) -> Letter:
    """Tell the committee of a dispute that it has to answer, and until when."""
    project = pledge.project
    ledger = settings.PROJECT_ADDRESS.format(language=language, slug=project.slug) + "ledger/"
    title = text_in(project.title, language, project.default_language).text
    answer_by = date_format(dispute.answer_by, "DATE_FORMAT") if dispute.answer_by else ""
    more: dict[str, object] = {
        "title": title,
        "committee": project.committee.name,
        "amount": format_money(Money(dispute.amount_minor, pledge.currency), language),
        "reference": pledge.public_reference,
        "dispute": dispute.pk,
        "answer_by": answer_by,
        "address": f"{settings.SITE_URL}{ledger}",
        "site_name": settings.SITE_NAME,
        "is_demo": settings.IS_DEMO,
    }
    return Letter(
        "dispute_opened", _("A bank asks for a gift back: %(title)s") % {"title": title}, more
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


def _queue(pledge: Pledge, letter: Letter, *, at: datetime, reference: str = "") -> None:
    queue_mail(
        kind=letter.kind,
        reference=reference or str(pledge.pk),
        recipient=pledge.email,
        language=pledge.language,
        subject=letter.subject[:200],
        template=letter.template,
        context=sheet_of(pledge, letter),
        at=at,
    )


def sheet_of(pledge: Pledge, letter: Letter) -> dict[str, object]:
    """Return all that the sheet of a letter to the pledge's donor shows."""
    address = settings.PLEDGE_STATUS_ADDRESS.format(language=pledge.language, token=pledge.token)
    return {
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
        **letter.more,
    }
