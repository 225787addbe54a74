"""Proving an address before Stripe's page opens: a code by mail, asked for only in bad weather.

Asked of whoever is not signed in, while banks refuse many cards at this site or a project gets
more pledges than people make. The code is good for ten minutes and three tries; only its digest
is kept, and its letter is forgotten when it has left.
"""

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from backend.common.translated import text_in
from backend.mail.operations import queue_mail
from backend.payments.queries import many_are_refused
from backend.pledges import states
from backend.pledges.brakes import count_code
from backend.pledges.models import AddressCode, Pledge
from backend.throttles.operations import TooOften

GOOD_FOR = timedelta(minutes=10)
# Without letters and digits that are taken for each other.
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
LENGTH = 8


class CodeRefused(Exception):
    """The address is not proved, for a reason that its owner may read."""


class WrongCode(CodeRefused):
    """Not what the letter says."""


class CodeIsOver(CodeRefused):
    """Too late, tried too often, or replaced by a newer one."""


class TooManyCodes(CodeRefused):
    """So many codes went to this address or network that none is sent for a while."""


def is_needed(pledge: Pledge, *, at: datetime) -> bool:
    """Tell whether the donor has to prove the address before Stripe's page opens."""
    if pledge.donor_id is not None:
        return False
    asked = AddressCode.objects.filter(pledge=pledge).first()
    if asked:
        return asked.proved_at is None
    return many_are_refused(at=at)


def waits_for_code(pledge: Pledge) -> bool:
    """Tell whether the pledge could be paid if its donor typed the code."""
    asked = AddressCode.objects.filter(pledge=pledge, proved_at=None)
    return pledge.state in states.PAYABLE and pledge.donor_id is None and asked.exists()


@transaction.atomic
def ask_for_code(*, pledge: Pledge, at: datetime) -> AddressCode:
    """Write down that a code is needed, and send the first; asking again sends no other."""
    AddressCode.objects.get_or_create(pledge=pledge)
    asked = AddressCode.objects.select_for_update().get(pledge=pledge)
    if asked.number == 0:
        try:
            count_code(email=pledge.email, network="", at=at)
        except TooOften:
            return asked
        _send(asked, pledge, at=at)
    return asked


@transaction.atomic
def send_another_code(*, pledge: Pledge, network: str, at: datetime) -> AddressCode:
    """Send a new code, which replaces the old one. Raises TooManyCodes."""
    asked = AddressCode.objects.select_for_update().get(pledge=pledge)
    if asked.proved_at:
        return asked
    try:
        count_code(email=pledge.email, network=network, at=at)
    except TooOften as often:
        raise TooManyCodes(
            _("We have sent several codes already. Look into your mailbox, or try again later.")
        ) from often
    return _send(asked, pledge, at=at)


def _send(asked: AddressCode, pledge: Pledge, *, at: datetime) -> AddressCode:
    code = "".join(secrets.choice(LETTERS) for _place in range(LENGTH))
    asked.digest, asked.expires_at = _digest(pledge.pk, code), at + GOOD_FOR
    asked.number, asked.tries = asked.number + 1, 0
    asked.save()
    with translation.override(pledge.language):
        subject, sheet = code_letter(pledge, code)
        queue_mail(
            kind="pledge_code",
            reference=f"{pledge.pk}:{asked.number}",
            recipient=pledge.email,
            language=pledge.language,
            subject=subject[:200],
            template="pledge_code",
            context=sheet,
            at=at,
            useless_after=asked.expires_at,
        )
    return asked


def code_letter(pledge: Pledge, code: str) -> tuple[str, dict[str, object]]:
    """Return the letter's subject and what its sheet shows, in the language that is active."""
    project = pledge.project
    title = text_in(project.title, pledge.language, project.default_language).text
    address = settings.PLEDGE_STATUS_ADDRESS.format(language=pledge.language, token=pledge.token)
    sheet: dict[str, object] = {
        "title": title,
        "code": code,
        "address": f"{settings.SITE_URL}{address}",
        "site_name": settings.SITE_NAME,
        "is_demo": settings.IS_DEMO,
    }
    return _("Your code for the pledge to %(title)s") % {"title": title}, sheet


def prove_address(*, pledge_id: UUID, code: str, at: datetime) -> None:
    """Take the code of the letter; once is enough. Raises WrongCode or CodeIsOver."""
    tried = _tried(pledge_id, code, at=at)
    if tried == "wrong":
        raise WrongCode(_("This is not the code of our newest letter."))
    if tried == "over":
        raise CodeIsOver(_("This code is no longer valid. Have another one sent."))


@transaction.atomic
def _tried(pledge_id: UUID, code: str, *, at: datetime) -> str:
    """Count the try, whatever comes of it, and say what did."""
    asked = AddressCode.objects.select_for_update().get(pledge_id=pledge_id)
    if asked.proved_at:
        return "proved"
    is_over = asked.expires_at is None or at >= asked.expires_at
    if is_over or asked.tries >= AddressCode.MOST_TRIES:
        return "over"
    asked.tries += 1
    is_right = constant_time_compare(asked.digest, _digest(pledge_id, code))
    if is_right:
        asked.proved_at = at
    asked.save(update_fields=["tries", "proved_at"])
    return "proved" if is_right else "wrong"


def _digest(pledge_id: UUID, code: str) -> str:
    typed = "".join(code.split()).upper()
    return salted_hmac(
        "pledges.address_code", f"{pledge_id}:{typed}", algorithm="sha256"
    ).hexdigest()
