"""A receipt as an A4 page in PDF: black on white, plates as outlined text.

The typeface (DejaVu Sans) knows Latin with its African letters, Greek, Cyrillic and more, so
that names come out as they are written.
"""

from pathlib import Path

from babel.dates import format_date
from django.utils.translation import gettext as _
from fpdf import FPDF

from backend.money.display import format_money
from backend.pledges.queries import ReceiptSheet
from frontend.drawing.qr import dark_runs, qr_rows

FONTS = Path(__file__).parent / "fonts"
LABEL_WIDTH_MM, LINE_MM, MODULE_MM = 55, 6, 0.8
GREY = 170


def draw_receipt(sheet: ReceiptSheet) -> bytes:
    """Return the receipt as the bytes of a PDF file."""
    page = FPDF(format="A4", unit="mm")
    title = _("Receipt %(number)s") % {"number": sheet.number}
    page.set_title(title)
    page.set_lang(sheet.language)
    page.add_font("dejavu", fname=FONTS / "DejaVuSans.ttf")
    page.add_font("dejavu", style="B", fname=FONTS / "DejaVuSans-Bold.ttf")
    page.set_margin(22)
    page.add_page()
    _plates(page, sheet)
    page.set_font("dejavu", "B", 22)
    page.cell(0, 14, title, new_x="LMARGIN", new_y="NEXT")
    page.ln(4)
    sums = {_("Charged"), _("This receipt now stands for")}
    for label, text in _rows(sheet):
        _row(page, label, text, is_sum=label in sums)
    page.ln(6)
    page.set_font("dejavu", size=10)
    note = sheet.tax_note.text or _("This is a receipt, not a tax certificate.")
    page.multi_cell(0, 6, note, new_x="LMARGIN", new_y="NEXT")
    if sheet.is_sample:
        page.set_font("dejavu", "B", 10)
        sample = _("Sample from a demonstration: no money has moved.")
        page.multi_cell(0, 6, sample, new_x="LMARGIN", new_y="NEXT")
    _code(page, sheet.ledger_address)
    return bytes(page.output())


def _plates(page: FPDF, sheet: ReceiptSheet) -> None:
    page.set_font("dejavu", "B", 10)
    for city in (sheet.home_city, sheet.twin_city):
        text = city.upper()
        width = page.get_string_width(text) + 8
        page.rect(page.x, page.y, width, 9, round_corners=True, corner_radius=1.6)
        page.cell(width, 9, text, align="C")
        page.cell(3, 9, "")
    page.ln(18)


def _rows(sheet: ReceiptSheet) -> list[tuple[str, str]]:
    def shown(amount: object) -> str:
        return format_money(amount, sheet.language)  # type: ignore[arg-type]  # always Money here

    rows = [(_("For the project"), sheet.title.text)]
    if sheet.name:
        rows.append((_("From"), sheet.name))
    receiver = "\n".join(filter(None, [sheet.committee_legal_name, sheet.committee_address]))
    rows += [
        (_("Received by"), receiver),
        (_("Day"), format_date(sheet.settled_at.date(), "long", sheet.language)),
        (_("Gift"), shown(sheet.gift)),
    ]
    if sheet.cover:
        rows.append((_("Added for the fees"), shown(sheet.cover)))
    return [
        *rows,
        (_("Charged"), shown(sheet.gross)),
        *(_corrections(sheet) or _fees(sheet)),
        (_("Your line in the ledger"), sheet.public_reference),
        (_("Open ledger"), sheet.ledger_address),
    ]


def _fees(sheet: ReceiptSheet) -> list[tuple[str, str]]:
    """Return what Stripe and the platform kept, and what reached the project."""
    fees, language = sheet.fees, sheet.language
    stripe = _("Stripe’s fee, about") if fees.is_estimate else _("Stripe’s fee")
    net = _("Reaches the project, about") if fees.is_estimate else _("Reaches the project")
    platform = format_money(fees.platform_fee, language) if fees.platform_fee else _("none")
    return [
        (stripe, format_money(fees.stripe_fee, language)),
        (_("Twinfund’s fee"), platform),
        (net, format_money(fees.net, language)),
    ]


def _corrections(sheet: ReceiptSheet) -> list[tuple[str, str]]:
    """Return what went back since, and what the receipt stands for now."""
    if not sheet.corrections:
        return []
    rows = []
    for back in sheet.corrections:
        day = format_date(back.on, "long", sheet.language)
        label = (
            _("Taken back by the bank on %(day)s") if back.is_dispute else _("Refunded on %(day)s")
        )
        rows.append((label % {"day": day}, f"− {format_money(back.amount, sheet.language)}"))
    return [
        *rows,
        (_("This receipt now stands for"), format_money(sheet.kept, sheet.language)),
    ]


def _row(page: FPDF, label: str, text: str, *, is_sum: bool = False) -> None:
    page.set_font("dejavu", size=10)
    top = page.y
    page.multi_cell(LABEL_WIDTH_MM - 3, LINE_MM, label, align="L", new_x="LMARGIN", new_y="NEXT")
    under_label = page.y
    page.set_xy(page.l_margin + LABEL_WIDTH_MM, top)
    page.set_font("dejavu", "B" if is_sum else "", 10)
    page.multi_cell(0, LINE_MM, text, align="L", new_x="LMARGIN", new_y="NEXT")
    page.set_y(max(page.y, under_label))
    page.set_draw_color(GREY)
    page.line(page.l_margin, page.y + 1, page.w - page.r_margin, page.y + 1)
    page.set_draw_color(0)
    page.ln(2)


def _code(page: FPDF, address: str) -> None:
    """Draw the code that leads to the open ledger."""
    left, top = page.l_margin, page.y + 8
    for y, row in enumerate(qr_rows(address)):
        for x, width in dark_runs(row):
            page.rect(
                left + x * MODULE_MM, top + y * MODULE_MM, width * MODULE_MM, MODULE_MM, style="F"
            )
