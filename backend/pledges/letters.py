"""The letters that donors get. Each is queued at most once per pledge and address."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from backend.common.translated import text_in
from backend.mail.operations import queue_mail
from backend.money.display import format_money
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


def _pledge(pledge_id: UUID) -> Pledge:
    return Pledge.objects.select_related(
        "project__committee", "project__home_city", "project__twin_city", "receipt"
    ).get(pk=pledge_id)


def _title(pledge: Pledge) -> str:
    return text_in(pledge.project.title, pledge.language, pledge.project.default_language).text


def _queue(
    pledge: Pledge, kind: str, subject: str, more: dict[str, object], *, at: datetime
) -> None:
    address = settings.PLEDGE_STATUS_ADDRESS.format(language=pledge.language, token=pledge.token)
    queue_mail(
        kind=f"pledge_{kind}",
        reference=str(pledge.pk),
        recipient=pledge.email,
        language=pledge.language,
        subject=subject[:200],
        template=f"pledge_{kind}",
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
