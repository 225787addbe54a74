"""The receipt, on a page and as a PDF.

Planted and seen to fall: the receipt of an unpaid pledge answered; the sum without its covered
fee; the PDF's page kept by a proxy.
"""

import pytest

from tests.factories import a_committee
from tests.frontend.views.reading import html_of, links_of, text_of, title_of
from tests.frontend.views.rows import a_pending_pledge, a_project_open_now, a_settled_pledge

pytestmark = pytest.mark.django_db


def a_receipt(**fields):
    committee = a_committee(legal_name="Well Friends", address="1 Sample Street\nOstend")
    return a_settled_pledge(a_project_open_now(committee=committee), **fields)


class TestReceipt:
    def test_names_number_parties_and_sums(self, client):
        pledge = a_receipt(name="Ama Sample", cover_fee=True)

        page = client.get(f"/en/pledges/{pledge.token}/receipt/")

        text = text_of(page)
        assert title_of(page) == f"Receipt {pledge.receipt} – Twinfund"
        assert "From Ama Sample Received by Well Friends 1 Sample Street Ostend" in text
        assert f"Gift €25.00 Added for the fees €0.{pledge.cover_minor} Charged" in text
        assert pledge.public_reference in text
        assert "This is a receipt, not a tax certificate." in text

    def test_says_what_the_committee_can_confirm(self, client):
        committee = a_committee(tax_note={"en": "Tax-deductible in Belgium."})
        pledge = a_settled_pledge(a_project_open_now(committee=committee))

        text = text_of(client.get(f"/en/pledges/{pledge.token}/receipt/"))

        assert "Tax-deductible in Belgium." in text
        assert "not a tax certificate" not in text

    def test_of_a_sample_says_that_no_money_moved(self, client):
        committee = a_committee(is_sample=True)
        pledge = a_settled_pledge(a_project_open_now(committee=committee))

        text = text_of(client.get(f"/en/pledges/{pledge.token}/receipt/"))

        assert "Sample from a demonstration: no money has moved." in text

    def test_leads_to_the_ledger_by_a_code(self, client):
        pledge = a_receipt()

        page = client.get(f"/en/pledges/{pledge.token}/receipt/")

        assert 'aria-label="QR code of the open ledger"' in html_of(page)
        assert f"/en/pledges/{pledge.token}/receipt.pdf" in links_of(page)

    @pytest.mark.parametrize("name", ["receipt/", "receipt.pdf"])
    def test_is_private_and_only_of_what_was_paid(self, client, name):
        paid, unpaid = a_receipt(), a_pending_pledge()

        answer = client.get(f"/en/pledges/{paid.token}/{name}")

        assert "no-store" in answer["Cache-Control"]
        assert answer["Referrer-Policy"] == "no-referrer"
        assert client.get(f"/en/pledges/{unpaid.token}/{name}").status_code == 404
        assert client.get(f"/en/pledges/{'x' * 43}/{name}").status_code == 404
        assert client.post(f"/en/pledges/{paid.token}/{name}").status_code == 405

    @pytest.mark.parametrize(
        ("language", "sum_"), [("en", "€25.00"), ("fr", "25,00\xa0€"), ("es", "25,00\xa0€")]
    )
    def test_stands_in_each_language(self, client, language, sum_):
        pledge = a_receipt()

        assert sum_ in text_of(client.get(f"/{language}/pledges/{pledge.token}/receipt/"))


class TestPdf:
    @pytest.mark.parametrize("language", ["en", "fr", "es"])
    def test_is_a_file_with_the_receipts_number(self, client, language):
        pledge = a_receipt(name="Ɔkɔ Ŋɔ́")

        answer = client.get(f"/{language}/pledges/{pledge.token}/receipt.pdf")

        assert answer["Content-Type"] == "application/pdf"
        assert answer.content.startswith(b"%PDF-")
        assert answer["Content-Disposition"].startswith('inline; filename="receipt-')
