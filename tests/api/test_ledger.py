"""`/api/v1/projects/{slug}/ledger/`."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from backend.ledger.operations import credit, debit, post
from backend.money import Money
from tests.api.rows import a_project_open_now
from tests.factories import NOON, a_draft

VERIFIER = Path(__file__).parents[2] / "backend" / "ledger" / "verifier" / "verify.py"
LEDGER = "/api/v1/projects/well/ledger/"


def a_book(lines):
    project = a_project_open_now(slug="well")
    for number in range(lines):
        money = Money(100 + number, "EUR")
        post(
            kind="pledge_settled",
            reference=f"pledge:{number}",
            chain=project.chain,
            lines=[debit("stripe:x:EUR", money), credit(f"{project.chain}:gifts", money)],
            at=NOON,
            public_reference=f"ref{number}",
        )


def numbers(answer):
    return [line["seq"] for line in answer.json()["results"]]


@pytest.mark.django_db
class TestLedger:
    def test_is_empty_before_the_first_payment(self, api):
        a_book(lines=0)

        assert api.get(LEDGER).json() == {"next": None, "previous": None, "results": []}

    def test_leads_through_all_lines_and_back(self, api):
        a_book(lines=45)

        first = api.get(LEDGER)
        second = api.get(first.json()["next"])
        third = api.get(second.json()["next"])

        assert numbers(first) + numbers(second) + numbers(third) == list(range(1, 46))
        assert numbers(api.get(third.json()["previous"])) == numbers(second)
        assert numbers(api.get(second.json()["previous"])) == numbers(first)
        assert first.json()["previous"] is None
        assert third.json()["next"] is None

    def test_ends_where_the_last_page_is_full(self, api):
        a_book(lines=20)

        assert api.get(LEDGER).json()["next"] is None

    def test_shows_lines_that_anybody_can_verify(self, api):
        a_book(lines=3)
        shown = api.get(LEDGER).json()["results"]
        canonical = {"sort_keys": True, "separators": (",", ":"), "ensure_ascii": False}
        lines = "".join(json.dumps(line, **canonical) + "\n" for line in shown)

        verified = subprocess.run(
            [sys.executable, VERIFIER, "-"], input=lines, text=True, capture_output=True
        )

        assert (verified.returncode, verified.stderr) == (0, "")
        assert set(shown[0]) == {"seq", "day", "kind", "reference", "entries", "prev", "hash"}

    @pytest.mark.parametrize("after", ["-1", "x", "1.5", "2147483648", "9" * 30, "१"])
    def test_refuses_a_line_that_cannot_be(self, api, after):
        a_book(lines=0)

        answer = api.get(f"{LEDGER}?after={after}")

        assert (answer.status_code, answer.json()["field"]) == (400, "after")

    def test_is_empty_after_the_last_line(self, api):
        a_book(lines=1)

        answer = api.get(f"{LEDGER}?after=2147483647")

        assert answer.json()["results"] == []

    def test_hides_the_book_of_a_draft(self, api):
        a_draft(slug="well")

        assert api.get(LEDGER).status_code == 404
