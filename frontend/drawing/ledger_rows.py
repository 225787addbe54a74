"""Lines of an open book, ready for the table of the ledger."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from backend.common.translated import text_in as choose_text
from backend.money import Money
from backend.money.display import format_money
from backend.reports.books import Movement, SiteMovement
from frontend.drawing.names import LEDGER_KIND_OTHER, LEDGER_KINDS
from frontend.moments import short_day_in_words
from frontend.templatetags.words import text_in

FINGERPRINT = 12


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """The ready texts of one line; `amount_in` and `amount_out` are "" for none."""

    number: str
    day: str
    what: str
    amount_in: str
    amount_out: str
    fingerprint: str = ""


def ledger_rows(
    movements: Iterable[Movement], language: str, *, with_fingerprints: bool = False
) -> list[LedgerRow]:
    """Return the rows; a fingerprint is the beginning of the line's hash."""
    return [
        LedgerRow(
            number=str(line.seq),
            day=short_day_in_words(line.day, language),
            what=_what(line, language),
            amount_in=_shown(_amount(line), language, sign=1),
            amount_out=_shown(_amount(line), language, sign=-1),
            fingerprint=line.hash[:FINGERPRINT] if with_fingerprints else "",
        )
        for line in movements
    ]


def _amount(line: Movement) -> Money | None:
    """Return what the line adds to what the project can use, or takes of it, or None.

    A fee that came with another movement stands in words. What a bank keeps had been taken when
    the dispute was opened, so that line moves nothing more.
    """
    if line.kind == "dispute_lost":
        return None
    if line.received:
        return line.received
    taken = line.held or line.fee
    return -taken if taken else None


def _what(line: Movement, language: str) -> str:
    """Name the line; a fee that came with another movement stands beside it in words."""
    kind = kind_in_words(line.kind)
    if line.kind == "dispute_lost" and line.held:
        return f"{kind}: {format_money(-line.held, language)}"
    if not ((line.received or line.held) and line.fee):
        return kind
    if line.fee.minor < 0:
        return _("%(what)s; fee %(fee)s returned") % {
            "what": kind,
            "fee": format_money(-line.fee, language),
        }
    return _("%(what)s; fee %(fee)s") % {"what": kind, "fee": format_money(line.fee, language)}


def kind_in_words(kind: str) -> str:
    """Return what the page calls a kind of posting."""
    return str(LEDGER_KINDS.get(kind, LEDGER_KIND_OTHER))


def _shown(money: Money | None, language: str, *, sign: int) -> str:
    """Return the sum without its sign, if it has that sign."""
    if money is None or money.minor * sign <= 0:
        return ""
    return format_money(money if sign > 0 else -money, language)


@dataclass(frozen=True, slots=True)
class SiteRow:
    """A line of any project's book with a link to the project."""

    day: str
    title: str
    address: str
    what: str
    amount: str


def site_rows(lines: Iterable[SiteMovement], language: str) -> list[SiteRow]:
    """Return the newest lines of all books."""
    base = reverse("pages:projects")
    return [
        SiteRow(
            day=short_day_in_words(line.movement.day, language),
            title=text_in(choose_text(line.title, language, line.default_language)),
            address=f"{base}{line.slug}/",
            what=kind_in_words(line.movement.kind),
            amount=_signed(line.movement, language),
        )
        for line in lines
    ]


def _signed(line: Movement, language: str) -> str:
    amount = _amount(line)
    if not amount:
        return ""
    if amount.minor > 0:
        return f"+ {format_money(amount, language)}"
    return f"− {format_money(-amount, language)}"
