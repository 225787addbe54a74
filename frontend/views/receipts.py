"""The receipt of a settled pledge, to print or to keep as a file."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from backend.pledges.queries import NoSuchPledge, ReceiptSheet, receipt_sheet
from frontend.drawing.qr import qr_code
from frontend.receiptpdf import draw_receipt


@never_cache
@require_safe
def receipt(request: HttpRequest, token: str) -> HttpResponse:
    """Show the receipt on an A4 page."""
    sheet = _sheet_or_404(token)
    context = {"sheet": sheet, "token": token, "qr": qr_code(sheet.ledger_address)}
    response = render(request, "pages/receipt.html", context)
    response["Referrer-Policy"] = "no-referrer"
    return response


@never_cache
@require_safe
def pdf(request: HttpRequest, token: str) -> HttpResponse:
    """Give the receipt as a PDF."""
    sheet = _sheet_or_404(token)
    response = HttpResponse(draw_receipt(sheet), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="receipt-{sheet.number}.pdf"'
    response["Referrer-Policy"] = "no-referrer"
    return response


def _sheet_or_404(token: str) -> ReceiptSheet:
    try:
        return receipt_sheet(token, language=get_language() or "en")
    except NoSuchPledge as unknown:
        raise Http404 from unknown
