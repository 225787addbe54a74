"""The letters about monthly gifts, each queued once per address and what it tells of."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from backend.giving import states
from backend.giving.letter_words import (
    LETTERS,
    Letter,
    receipt_letter,
    refund_letter,
    words_of,
)
from backend.giving.models import Instalment, MonthlyGift
from backend.mail.operations import queue_mail
from backend.money import Money
from backend.money.display import format_money
from backend.payments import refund_states
from backend.payments.queries import dispute_by_id, refund_by_id


def write_receipt(*, instalment_id: UUID, at: datetime) -> None:
    """Queue the receipt of one month."""
    instalment = _instalment(instalment_id)
    gift = instalment.gift
    earlier = gift.instalments.filter(charged_at__lt=instalment.charged_at)
    with translation.override(gift.language):
        letter = receipt_letter(gift, instalment, is_first=not earlier.exists())
        _queue(gift, "receipt", letter, str(instalment.pk), at=at)


def write_about_gift(*, letter: str, gift_id: UUID, about: str, at: datetime) -> None:
    """Queue a letter about how the gift stands; `about` names what it tells of, once.

    That a payment failed is told only while it is so.
    """
    gift = _gift(gift_id)
    if letter == "failed" and gift.state != states.PAST_DUE:
        return
    with translation.override(gift.language):
        words = LETTERS[letter](gift, words_of(gift))
        _queue(gift, letter, words, f"{gift.pk}:{about}", at=at)


def write_refunded(*, instalment_id: UUID, refund_id: UUID, at: datetime) -> None:
    """Queue the letter that says that the money of a month is on its way back."""
    instalment, refund = _instalment(instalment_id), refund_by_id(refund_id)
    if refund.state != refund_states.SENT:
        return
    gift = instalment.gift
    with translation.override(gift.language):
        letter = refund_letter(gift, refund.amount)
        _queue(gift, "refunded", letter, str(refund.pk), at=at)


def write_disputed(*, instalment_id: UUID, dispute_id: str, at: datetime) -> None:
    """Queue the letter that tells the committee of a dispute that it has to answer."""
    instalment, dispute = _instalment(instalment_id), dispute_by_id(dispute_id)
    gift = instalment.gift
    committee, language = gift.committee, gift.language
    ledger = settings.COMMITTEE_LEDGER_ADDRESS.format(slug=committee.slug)
    with translation.override(language):
        title = _("Monthly gift")
        answer_by = date_format(dispute.answer_by, "DATE_FORMAT") if dispute.answer_by else ""
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
                "amount": format_money(Money(dispute.amount_minor, gift.currency), language),
                "reference": instalment.public_reference,
                "dispute": dispute.pk,
                "answer_by": answer_by,
                "address": f"{settings.SITE_URL}{ledger}",
                "site_name": settings.SITE_NAME,
                "is_demo": settings.IS_DEMO,
            },
            at=at,
        )


def _gift(gift_id: UUID) -> MonthlyGift:
    return MonthlyGift.objects.select_related("committee__city").get(pk=gift_id)


def _instalment(instalment_id: UUID) -> Instalment:
    return Instalment.objects.select_related("gift__committee__city").get(pk=instalment_id)


def sheet_of(gift: MonthlyGift, letter: Letter) -> dict[str, object]:
    """Return what the sheet of a letter about the gift needs; letters about cards share it."""
    address = settings.MONTHLY_GIFT_ADDRESS.format(language=gift.language, token=gift.token)
    return {
        "heading": letter.heading,
        "paragraphs": letter.paragraphs,
        "action": letter.action,
        "address": f"{settings.SITE_URL}{address}",
        "site_name": settings.SITE_NAME,
        "is_demo": settings.IS_DEMO,
    }


def _queue(gift: MonthlyGift, kind: str, letter: Letter, reference: str, *, at: datetime) -> None:
    queue_mail(
        kind=f"monthly_{kind}",
        reference=reference,
        recipient=gift.email,
        language=gift.language,
        subject=letter.subject[:200],
        template="pledge_card",
        context=sheet_of(gift, letter),
        at=at,
    )
