"""The open book of a project: as a page, as CSV, as JSON lines, and the script that checks it."""

import csv as csv_writer
from collections.abc import Iterable, Iterator
from importlib import resources
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from backend.common.translated import Localised, text_in
from backend.giving.queries import NoSuchCommittee, committee_chain
from backend.ledger.queries import PublicLine, chain_as_json_lines, chain_lines
from backend.money.display import format_money
from backend.payments.queries import paid_out_to
from backend.projects.queries import NoSuchProject, public_project
from backend.reports.books import (
    LedgerHistory,
    LedgerTotals,
    ledger_history,
    ledger_totals,
    movements_of,
)
from frontend.caching import SECONDS, public_page
from frontend.drawing.ledger_rows import ledger_rows
from frontend.drawing.months import months_chart
from frontend.drawing.structured import absolute, graph, trail_described
from frontend.moments import day_in_words
from frontend.templatetags.words import number

LINES = 50
MOST_DIGITS = 10
# A spreadsheet takes a cell that begins so for a formula; a quote before it makes it text.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
COLUMNS = ("seq", "day", "kind", "reference", "account", "currency", "debit_minor", "credit_minor")
HASHES = ("prev", "hash")


@public_page
@require_safe
def ledger(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the book's totals, its lines from the newest on, and how to check them."""
    project = _project_or_404(slug)
    before = request.GET.get("before", "")
    if before and not (before.isascii() and before.isdigit() and len(before) < MOST_DIGITS):
        return redirect(request.path)
    language = get_language() or "en"
    title = text_in(project.title, language, project.default_language)
    totals = ledger_totals(project.chain, project.currency)
    page = movements_of(project.chain, size=LINES, before_seq=int(before) if before else None)
    history = ledger_history(project.chain, totals.head, project.currency)
    trail = _trail(title, slug)
    context = {
        "project": project,
        "title": title,
        "trail": trail,
        "figures": _figures(totals, language),
        "in_words": _in_words(totals, history, language) if history else "",
        "months": months_chart(history.months, language) if history else None,
        "last_on": day_in_words(history.last_on, language) if history else "",
        "paid_out": _paid_out(project, language),
        "totals": totals,
        "rows": ledger_rows(page.movements, language, with_fingerprints=True),
        "next_href": f"?before={page.next_before}" if page.next_before else "",
        "previous_href": "" if page.is_first else request.path,
        "jsonl": absolute(reverse("machines:ledger_jsonl", args=[slug])),
        "verifier": absolute(reverse("machines:verifier")),
        "structured": graph(trail_described(trail)),
    }
    return render(request, "pages/ledger.html", context)


def _project_or_404(slug: str) -> Any:
    try:
        return public_project(slug)
    except NoSuchProject as unknown:
        raise Http404 from unknown


def _figures(totals: LedgerTotals, language: str) -> list[dict[str, str]]:
    return [
        {"value": format_money(totals.received, language), "label": _("received")},
        {"value": format_money(totals.fees, language), "label": _("kept by the payment service")},
        *_kept_by_platform(totals, language),
        *_held(totals, language),
        {"value": format_money(totals.kept, language), "label": _("arrived for the project")},
        {"value": number(totals.lines), "label": _("lines")},
    ]


def _kept_by_platform(totals: LedgerTotals, language: str) -> list[dict[str, str]]:
    """Return what the platform took, if it takes anything."""
    if not totals.platform_fees:
        return []
    value = format_money(totals.platform_fees, language)
    return [{"value": value, "label": _("kept by Twinfund")}]


def _held(totals: LedgerTotals, language: str) -> list[dict[str, str]]:
    """Return what banks hold, if they hold anything."""
    if not totals.held:
        return []
    return [{"value": format_money(totals.held, language), "label": _("held by donors’ banks")}]


def _in_words(totals: LedgerTotals, history: LedgerHistory, language: str) -> str:
    """Return the figures as a sentence, for whoever reads or hears rather than looks."""
    words = ngettext(
        "Since %(began)s, %(lines)s line brought %(received)s. The payment service kept %(fees)s,"
        " and %(kept)s arrived for the project.",
        "Since %(began)s, %(lines)s lines brought %(received)s. The payment service kept %(fees)s,"
        " and %(kept)s arrived for the project.",
        totals.lines,
    )
    if totals.platform_fees:
        words += " " + _("Twinfund kept %(platform)s.")
    if totals.held:
        words += " " + _("Donors’ banks hold %(held)s of it until they decide.")
    return words % {
        "held": format_money(totals.held, language),
        "platform": format_money(totals.platform_fees, language),
        "began": day_in_words(history.began_on, language),
        "lines": number(totals.lines),
        "received": format_money(totals.received, language),
        "fees": format_money(totals.fees, language),
        "kept": format_money(totals.kept, language),
    }


def _paid_out(project: Any, language: str) -> str:
    """Say how much Stripe has paid out to the committee's bank, for all of its projects."""
    so_far = paid_out_to(project.committee_id, project.currency)
    if so_far is None:
        return ""
    words = ngettext(
        "So far Stripe has paid %(amount)s out to the bank of %(committee)s, for all of its"
        " projects, in %(count)s payout; the last arrived on %(day)s.",
        "So far Stripe has paid %(amount)s out to the bank of %(committee)s, for all of its"
        " projects, in %(count)s payouts; the last arrived on %(day)s.",
        so_far.payouts,
    )
    return words % {
        "amount": format_money(so_far.amount, language),
        "committee": project.committee.name,
        "count": number(so_far.payouts),
        "day": day_in_words(so_far.last_on, language),
    }


def _trail(title: Localised, slug: str) -> list[dict[str, str]]:
    return [
        {"label": _("Projects"), "href": reverse("pages:projects")},
        {
            "label": title.text,
            "href": reverse("pages:project", args=[slug]),
            "language": "" if title.language == get_language() else title.language,
        },
        {"label": _("Ledger"), "href": ""},
    ]


@require_safe
def json_lines(request: HttpRequest, slug: str) -> StreamingHttpResponse:
    """Send the book line by line as it is hashed, for programs and for `verify.py`."""
    lines = chain_as_json_lines(_project_or_404(slug).chain)
    return _sent(lines, "application/x-ndjson", f"{slug}.ledger.jsonl")


@require_safe
def committee_json_lines(request: HttpRequest, slug: str) -> StreamingHttpResponse:
    """Send the book of what a committee is given for no project, as it is hashed."""
    try:
        chain = committee_chain(slug)
    except NoSuchCommittee as unknown:
        raise Http404 from unknown
    return _sent(chain_as_json_lines(chain), "application/x-ndjson", f"{slug}.ledger.jsonl")


@require_safe
def csv(request: HttpRequest, slug: str) -> StreamingHttpResponse:
    """Send the book for a spreadsheet: one row an entry, amounts in minor units."""
    rows = _csv_rows(chain_lines(_project_or_404(slug).chain))
    return _sent(rows, "text/csv; charset=utf-8", f"{slug}.ledger.csv")


def _sent(content: Iterable[Any], content_type: str, name: str) -> StreamingHttpResponse:
    response = StreamingHttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = f"public, max-age=0, s-maxage={SECONDS}"
    return response


class _Echo:
    """Hands every written row back, so that the csv module's rows can be streamed."""

    def write(self, row: str) -> str:
        """Return what was to be written."""
        return row


def _csv_rows(lines: Iterable[PublicLine]) -> Iterator[str]:
    write = csv_writer.writer(_Echo()).writerow
    yield write([*COLUMNS, *HASHES])
    for line in lines:
        for entry in line["entries"]:
            cells = line | entry
            yield write([_harmless(cells[column]) for column in (*COLUMNS, *HASHES)])


def _harmless(cell: str | int) -> str | int:
    if isinstance(cell, str) and cell.startswith(FORMULA_STARTS):
        return f"'{cell}"
    return cell


@require_safe
def verifier(request: HttpRequest) -> HttpResponse:
    """Send the script with which anybody can check a book on their own machine."""
    script = resources.files("backend.ledger.verifier").joinpath("verify.py").read_bytes()
    response = HttpResponse(script, content_type="text/x-python; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="verify.py"'
    response["Cache-Control"] = "public, max-age=300"
    return response
