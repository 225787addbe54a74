"""The receipt, on a page and as a PDF.

Planted and seen to fall: the receipt of an unpaid pledge answered; the sum without its covered
fee; the PDF's page kept by a proxy.
"""

import pytest

from backend.pledges.models import Pledge
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

    def test_tells_the_fees_as_an_estimate_until_they_are_known(self, client):
        known, guessed = a_receipt(), a_receipt()
        Pledge.objects.filter(pk=known.pk).update(fee_minor=60, platform_fee_minor=25)
        Pledge.objects.filter(pk=guessed.pk).update(fee_minor=None)

        pages = [f"/en/pledges/{pledge.token}/" for pledge in (known, guessed)]
        told = [text_of(client.get(page)) for page in pages]
        receipts = [text_of(client.get(f"{page}receipt/")) for page in pages]

        for text in (told[0], receipts[0]):
            assert "Stripe’s fee €0.60 Twinfund’s fee €0.25 Reaches the project €24.15" in text
        for text in (told[1], receipts[1]):
            assert "Stripe’s fee, about €0.63 Twinfund’s fee none" in text
            assert "Reaches the project, about €24.37" in text

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
