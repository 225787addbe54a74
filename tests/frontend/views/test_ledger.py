"""The open book of a project: its page, its two files and the script that reads them.

Planted and seen to fall: a cell that begins like a formula left alone; the second page beginning at
the wrong line; the book of a draft sent.
"""

import csv
import json
import re
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from backend.ledger.verifier import verify
from backend.money import Money
from backend.payments.models import Payout
from tests.backend.ledger.books import a_posting, settlement_lines
from tests.factories import NOON, a_draft
from tests.frontend.views.reading import described, html_of, links_of, text_of, title_of
from tests.frontend.views.rows import a_project_open_now, a_settled_pledge

pytestmark = pytest.mark.django_db
FORMULAS = ('=HYPERLINK("http://example.org")', "+1+1", "-1", "@SUM(A1)", "\t=1", "\r=1")


def a_payout(project, name, minor, **fields):
    return Payout.objects.create(
        **{
            "id": name,
            "owner": str(project.committee_id),
            "amount_minor": minor,
            "currency": "EUR",
            "state": "paid",
            "made_at": NOON,
            "arrived_on": NOON.date(),
            **fields,
        }
    )


class TestPage:
    def test_says_the_totals_in_figures_and_in_a_sentence(self, client):
        project = a_project_open_now(slug="well")
        a_settled_pledge(project, amount=Money(5000, "EUR"), fee_minor=100)
        a_settled_pledge(project, amount=Money(2500, "EUR"), fee_minor=63)

        page = client.get("/en/projects/well/ledger/")

        text = text_of(page)
        assert title_of(page) == "Ledger: A well for Twintown – Twinfund"
        assert "2 lines brought €75.00. The payment service kept €1.63, and €73.37 arrived" in text
        assert "Pledge paid; fee €0.63" in text
        assert "+ €50.00" in text

    def test_says_what_has_arrived_at_the_committees_bank_and_no_more(self, client):
        project = a_project_open_now(slug="well")
        a_payout(project, "po_1", 123_400)
        a_payout(project, "po_2", 600)
        a_payout(project, "po_3", 7_000, state="under_way", arrived_on=None)
        a_payout(project, "po_4", 7_000, owner="platform")

        text = text_of(client.get("/en/projects/well/ledger/"))

        assert "So far Stripe has paid €1,240.00 out to the bank of Committee (sample)" in text
        assert "in 2 payouts; the last arrived on June 1, 2030." in text

    def test_before_the_first_payment_says_when_it_starts(self, client):
        a_project_open_now(slug="well")

        text = text_of(client.get("/en/projects/well/ledger/"))

        assert "The ledger starts with the first confirmed payment." in text
        assert "The chain has no line yet." in text
        assert "Month by month" not in text
        assert "So far Stripe has paid" not in text

    def test_draws_each_month_and_says_the_same_in_a_table(self, client):
        project = a_project_open_now(slug="well")
        for month, gross in ((3, 4000), (5, 9000)):
            a_posting(
                chain=project.chain, reference=f"pledge:{month}", public_reference=f"p-{month}",
                lines=settlement_lines(project=project.chain, gross=gross, fee=100),
                at=datetime(2030, month, 2, tzinfo=UTC),
            )  # fmt: skip

        page = client.get("/en/projects/well/ledger/")

        text = text_of(page)
        assert "Since March 2, 2030, 2 lines brought €130.00." in text
        assert "May 2030 brought the most: €90.00." in text
        assert "May 2030 €90.00 €1.00 March 2030 €40.00 €1.00" in text
        assert 'role="img" aria-label="May 2030 brought the most: €90.00."' in html_of(page)
        assert "the last of May 2, 2030" in text

    def test_draws_the_same_columns_in_each_language(self, client):
        project = a_project_open_now(slug="well")
        for month, gross in ((3, 4010), (4, 10), (5, 9000)):
            a_posting(
                chain=project.chain, reference=f"pledge:{month}", public_reference=f"p-{month}",
                lines=settlement_lines(project=project.chain, gross=gross, fee=1),
                at=datetime(2030, month, 2, tzinfo=UTC),
            )  # fmt: skip

        places = {
            tuple(re.findall(r'<text[^>]* (x="[^"]*" y="[^"]*")', html_of(page)))
            for page in (client.get(f"/{code}/projects/well/ledger/") for code in ("en", "fr"))
        }

        assert len(places) == 1

    def test_never_shows_who_gave(self, client):
        project = a_project_open_now(slug="well")
        a_settled_pledge(project, name="Ama Sample", visibility="public")

        for path in ("ledger/", "ledger.csv", "ledger.jsonl"):
            prefix = "/en" if path == "ledger/" else ""
            html = html_of(client.get(f"{prefix}/projects/well/{path}"))
            assert "Ama" not in html
            assert "guest@example.org" not in html

    def test_turns_pages_without_losing_a_line(self, client):
        project = a_project_open_now(slug="well")
        for number in range(1, 53):
            a_posting(
                chain=project.chain, reference=f"pledge:{number}", public_reference=f"p-{number}",
                lines=settlement_lines(project=project.chain, gross=1000 + number),
            )  # fmt: skip

        first = client.get("/en/projects/well/ledger/")
        second = client.get("/en/projects/well/ledger/?before=3")

        assert "?before=3" in links_of(first)
        assert text_of(first).count("Pledge paid") == 50
        assert "+ €10.52" in text_of(first)
        assert text_of(second).count("Pledge paid") == 2
        assert "+ €10.02" in text_of(second)
        assert "/en/projects/well/ledger/" in links_of(second)

    @pytest.mark.parametrize("before", ["x", "-1", "1" * 11, "٣", "1.5"])
    def test_forgets_a_page_that_does_not_exist(self, client, before):
        a_project_open_now(slug="well")

        answer = client.get("/en/projects/well/ledger/", {"before": before})

        assert (answer.status_code, answer["Location"]) == (302, "/en/projects/well/ledger/")

    def test_says_how_to_check_it(self, client):
        project = a_project_open_now(slug="well")
        a_settled_pledge(project)

        page = client.get("/en/projects/well/ledger/")

        head = verified_head(client)
        assert "curl -O http://localhost:8000/verify.py" in text_of(page)
        assert head in text_of(page)
        assert {"/projects/well/ledger.csv", "/projects/well/ledger.jsonl", "/verify.py"} <= set(
            links_of(page)
        )

    def test_stands_in_a_trail(self, client):
        a_project_open_now(slug="well")

        steps = described(client.get("/fr/projects/well/ledger/"))["BreadcrumbList"]

        assert [step["position"] for step in steps["itemListElement"]] == [1, 2, 3]
        assert steps["itemListElement"][1]["item"] == "http://localhost:8000/fr/projects/well/"

    @pytest.mark.parametrize(
        ("language", "sum_"), [("en", "€25.00"), ("fr", "25,00\xa0€"), ("es", "25,00\xa0€")]
    )
    def test_stands_in_each_language(self, client, language, sum_):
        a_settled_pledge(a_project_open_now(slug="well"))

        assert sum_ in text_of(client.get(f"/{language}/projects/well/ledger/"))

    @pytest.mark.parametrize("path", ["/en/projects/{}/ledger/", "/projects/{}/ledger.csv",
                                      "/projects/{}/ledger.jsonl"])  # fmt: skip
    def test_of_what_is_not_public_is_not_there(self, client, path):
        a_draft(slug="draft")
        a_project_open_now(slug="well")

        assert client.get(path.format("draft")).status_code == 404
        assert client.get(path.format("no-such")).status_code == 404
        assert client.post(path.format("well")).status_code == 405


def verified_head(client):
    content = b"".join(client.get("/projects/well/ledger.jsonl").streaming_content)
    return json.loads(content.splitlines()[-1])["hash"]


class TestJsonLines:
    def test_are_what_the_script_verifies(self, client, tmp_path):
        project = a_project_open_now(slug="well")
        a_settled_pledge(project)
        a_settled_pledge(project)
        answer = client.get("/projects/well/ledger.jsonl")
        book = b"".join(answer.streaming_content)

        checks = [
            subprocess.run(
                [sys.executable, verify.__file__, "-"], input=content, capture_output=True,
                check=False,
            ).returncode
            for content in (book, book.replace(b'"debit_minor":63', b'"debit_minor":64', 1))
        ]  # fmt: skip

        assert answer["Content-Type"] == "application/x-ndjson"
        assert answer["Content-Disposition"] == 'attachment; filename="well.ledger.jsonl"'
        assert checks == [0, 1]

    def test_of_an_empty_book_are_none(self, client):
        a_project_open_now(slug="well")

        assert html_of(client.get("/projects/well/ledger.jsonl")) == ""


class TestCsv:
    def test_has_a_row_for_each_entry_in_minor_units(self, client):
        a_settled_pledge(a_project_open_now(slug="well"))

        answer = client.get("/projects/well/ledger.csv")

        rows = list(csv.DictReader(html_of(answer).splitlines()))
        assert answer["Content-Type"] == "text/csv; charset=utf-8"
        assert [row["seq"] for row in rows] == ["1", "1", "1"]
        assert sum(int(row["debit_minor"]) for row in rows) == 2500
        assert sum(int(row["credit_minor"]) for row in rows) == 2500

    @pytest.mark.parametrize("reference", FORMULAS)
    def test_gives_a_spreadsheet_no_formula(self, client, reference):
        project = a_project_open_now(slug="well")
        lines = settlement_lines(project=project.chain)
        a_posting(chain=project.chain, lines=lines, public_reference=reference)

        content = html_of(client.get("/projects/well/ledger.csv"))

        row = next(csv.DictReader(content.splitlines(keepends=True)))
        assert row["reference"] == f"'{reference}"
