"""Whether the books agree, for everybody to see."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from backend.money import Money
from backend.reconciliation.queries import Status, Unexplained
from backend.reconciliation.queries import status as books_status
from frontend.caching import public_page
from frontend.drawing.rules import rule_of

MOST_SHOWN = 50


@dataclass(frozen=True, slots=True)
class DifferenceShown:
    """A difference in words."""

    text: str
    amount: Money
    since: datetime


@public_page
@require_safe
def status(request: HttpRequest) -> HttpResponse:
    """Show the last comparison of the three records, and the rules that always hold."""
    books = books_status(at=timezone.now())
    broken = [look for look in books.invariants if look.broken]
    context = {
        "books": books,
        "verdict": _verdict(books),
        "differences": list(_in_words(books.unexplained[:MOST_SHOWN])),
        "more": max(0, len(books.unexplained) - MOST_SHOWN),
        "rules": [
            {"text": rule_of(look.name), "looked_at": look.looked_at, "broken": look.broken}
            for look in sorted(books.invariants, key=lambda look: -look.broken)
        ],
        "broken": broken,
        "rows": sum(look.looked_at for look in books.invariants),
        "looked_at": min((look.at for look in books.invariants), default=None),
    }
    return render(request, "pages/status.html", context)


def _verdict(books: Status) -> tuple[str, str]:
    """Return the kind of the notice, and what it says."""
    if books.comparison is None:
        return "wait", _("The books have not been compared yet")
    if books.unexplained:
        count = len(books.unexplained)
        text = ngettext("%(count)s thing does not agree", "%(count)s things do not agree", count)
        return "bad", text % {"count": count}
    if books.comparison.silent_accounts:
        return "wait", _("Stripe did not answer for every account; we ask again")
    return "good", _("All three agree, to the cent")


def _in_words(differences: Iterable[Unexplained]) -> Iterable[DifferenceShown]:
    texts = {
        "only_at_stripe": _("Moved at Stripe, not in our book"),
        "only_in_book": _("In our book, not at Stripe"),
        "other_amount": _("Another amount at Stripe than in our book"),
        "unbooked": _("Arrived at Stripe, and a person must look at it"),
        "told_not_booked": _("A receipt names another sum than our book"),
        "booked_not_told": _("In our book, without a receipt"),
    }
    for one in differences:
        yield DifferenceShown(texts[one.kind], one.amount, one.since)
